// The artists that one never wants to hear.

import * as api from '../api';
import { toasts } from './toasts.svelte';

class HiddenArtists {
    names = $state.raw<string[]>([]);

    async refresh(): Promise<void> {
        try {
            this.names = await api.hiddenArtists();
        } catch {
            // whoever may not ask has hidden nobody
        }
    }

    has(name: string): boolean {
        return this.names.some((hidden) => hidden.localeCompare(name, undefined, { sensitivity: 'base' }) === 0);
    }

    async hide(name: string): Promise<void> {
        try {
            this.names = await api.hideArtist(name);
            toasts.done(`${name} does not come up any more.`, { label: 'Undo', run: () => void this.show(name) });
        } catch (error) {
            toasts.problem(error);
        }
    }

    async show(name: string): Promise<void> {
        try {
            this.names = await api.showArtist(name);
            toasts.done(`${name} may come up again.`, { label: 'Undo', run: () => void this.hide(name) });
        } catch (error) {
            toasts.problem(error);
        }
    }
}

export const hidden = new HiddenArtists();
