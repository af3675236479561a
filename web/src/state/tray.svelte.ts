// The seed tray: songs, artists, playlists, moods and anchors put aside for Explore, and the way of a path. It outlives every change of
// place and every visit.

import { exploreHref, seedKey, seedQuery, songSeed, turned, withoutSeed, withSeed, type Seed, type Way } from '../lib/seeds';
import type { Track } from '../lib/types';
import { router } from './router.svelte';
import { load, save } from './store';
import { toasts } from './toasts.svelte';

const nowhere: Way = { from: null, via: [], to: null };

class Tray {
    seeds = $state.raw<Seed[]>(load<Seed[]>('tray', []));
    way = $state.raw<Way>(load<Way>('way', nowhere));

    set(seeds: Seed[]): void {
        this.seeds = seeds;
        save('tray', seeds);
        this.#show();
    }

    setWay(way: Way): void {
        this.way = way;
        save('way', way);
        this.#show();
    }

    /** Puts seeds aside from anywhere, and says so where the tray is not in sight. */
    put(seeds: Seed[]): void {
        this.set(seeds.reduce(withSeed, this.seeds));
        if (router.route.place === 'explore') return;
        const what = seeds.length === 1 ? `“${seeds[0].label}”` : `${seeds.length} songs`;
        toasts.done(`${what} ${seeds.length === 1 ? 'is' : 'are'} in the blend.`, { label: 'Open', run: () => router.go(exploreHref('blend', this.seeds)) });
    }

    remove(seed: Seed): void {
        this.set(withoutSeed(this.seeds, seedKey(seed)));
    }

    turn(seed: Seed): void {
        this.set(turned(this.seeds, seedKey(seed)));
    }

    /** Opens the path with this end; the other end stays if there is one. */
    pathFrom(track: Track): void {
        const to = this.way.to?.item_id === track.item_id ? null : this.way.to;
        this.#walk({ ...this.way, from: track, to });
    }

    pathTo(track: Track): void {
        const from = this.way.from?.item_id === track.item_id ? null : this.way.from;
        this.#walk({ ...this.way, from, to: track });
    }

    /** The songs of the tray as a way, for who comes from there with no way yet. */
    wayFromSeeds(): Way {
        const songs = this.seeds.filter((s) => s.type === 'song' && !s.minus && s.track).map((s) => s.track!);
        return { from: songs[0] ?? null, via: songs.slice(1, -1).slice(0, 8), to: songs.length > 1 ? songs[songs.length - 1] : null };
    }

    seedsFromWay(): Seed[] {
        const { from, via, to } = this.way;
        return [from, ...via, to].filter((t): t is Track => t !== null).map((t) => songSeed(t));
    }

    #walk(way: Way): void {
        this.way = way;
        save('way', way);
        router.go(exploreHref('path', [], way));
    }

    /** In Explore the address says what is in the tray. */
    #show(): void {
        const { place, id } = router.route;
        if (place === 'explore') router.replaceQuery(seedQuery(router.query, id as 'similar', this.seeds, this.way));
    }
}

export const tray = new Tray();
