// What the newest search for playlists has found, and what somebody has changed of it and not yet published. The changes are kept
// between visits; with a newer draft they go.

import { untrack } from 'svelte';
import * as api from '../api';
import { noEdits, type Edits } from '../lib/draft';
import type { Draft } from '../lib/types';
import { Resource } from './resource.svelte';
import { load, save } from './store';

interface Saved extends Edits {
    of: string;
}

const name = (draft: Draft) => `${draft.task_id} ${draft.made_at}`;

class DraftState {
    /** why what was looked at is no longer there, in a sentence */
    notice = $state('');
    edits = $state.raw<Edits>(noEdits);
    #read = new Resource(async (signal) => ({ draft: await api.draft(signal) }));
    #reading = Promise.resolve();
    #of = '';

    /** null where there is none, and until that is known */
    get value(): Draft | null {
        return this.#read.value?.draft ?? null;
    }

    get known(): boolean {
        return this.#read.value !== null;
    }

    get error(): Error | null {
        return this.#read.error;
    }

    /** Reads again. A later call overtakes an earlier one, and both end when its answer is there. */
    async refresh(): Promise<void> {
        let reading = (this.#reading = this.#readAgain());
        for (await reading; reading !== this.#reading; await reading) reading = this.#reading;
    }

    async #readAgain(): Promise<void> {
        // an effect that reads again is not to do so for what it has read
        const before = untrack(() => this.value);
        await this.#read.refresh();
        const now = this.value;
        if (!now || name(now) === this.#of) return;
        if (before && before.task_id !== now.task_id) this.notice ||= 'A newer search has taken the place of the playlists you looked at. This is what it found.';
        const saved = load<Saved | null>('draft', null);
        this.#of = name(now);
        this.edits = saved?.of === this.#of ? { dropped: saved.dropped, names: saved.names } : noEdits;
    }

    change(edits: Edits): void {
        this.edits = edits;
        save('draft', { of: this.#of, ...edits } satisfies Saved);
    }
}

export const draft = new DraftState();
