// What lies over or beside the place: the dock at the right, and dialogs.

import type { Thing } from '../lib/doors';
import { pointAnchor, type Anchor } from '../lib/place';
import type { Track } from '../lib/types';
import { similarHref } from '../lib/routes';
import { router } from './router.svelte';

export type Dock =
    | { kind: 'queue' }
    | { kind: 'track'; track: Track }
    | { kind: 'similar'; track: Track; trail: Track[] };

class Panels {
    dock = $state<Dock | null>(null);
    help = $state(false);
    nowPlaying = $state(false);
    /** tracks waiting to be put on a list, and a name to offer for a new one */
    adding = $state<{ tracks: Track[]; name: string } | null>(null);
    /** the doors of something, opened at a point rather than from a button of its own */
    menu = $state.raw<{ thing: Thing; anchor: Anchor } | null>(null);

    #opener: HTMLElement | null = null;

    open(dock: Dock): void {
        if (!this.dock && document.activeElement instanceof HTMLElement) this.#opener = document.activeElement;
        this.dock = dock;
    }

    close(): void {
        this.dock = null;
        this.#opener?.focus?.({ preventScroll: true });
        this.#opener = null;
    }

    /** Out of the way of the place that is gone to: the player in full, and on a phone the dock, which lies over it. */
    leave(): void {
        this.nowPlaying = false;
        if (innerWidth < 860) this.dock = null;
    }

    toggleQueue(): void {
        if (this.dock?.kind === 'queue') this.close();
        else this.open({ kind: 'queue' });
    }

    /** Tracks like this one: in the dock where there is room for it, in Explore from there and on a phone. */
    similar(track: Track): void {
        this.nowPlaying = false;
        if (router.route.place === 'explore' || !matchMedia('(min-width: 1100px)').matches) {
            this.dock = null;
            router.go(similarHref(track.item_id));
            return;
        }
        const before = this.dock?.kind === 'similar' ? [...this.dock.trail, this.dock.track] : [];
        const trail = before.filter((t) => t.item_id !== track.item_id).slice(-6);
        this.open({ kind: 'similar', track, trail });
    }

    /** Opens the doors of a thing at a point of the window. */
    doors(thing: Thing, x: number, y: number): void {
        this.menu = { thing, anchor: pointAnchor(x, y) };
    }

    add(tracks: Track[], name = ''): void {
        this.nowPlaying = false;
        if (tracks.length) this.adding = { tracks, name };
    }
}

export const panels = new Panels();
