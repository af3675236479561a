// What happens behind each door.

import * as api from '../api';
import type { Door, Thing } from '../lib/doors';
import { thingName } from '../lib/doors';
import type { Track } from '../lib/types';
import { panels } from './panels.svelte';
import { player } from './player.svelte';
import { toasts } from './toasts.svelte';

/** The tracks of a thing, in its own order. */
export function tracksOf(thing: Thing): Promise<Track[]> {
    switch (thing.kind) {
        case 'track':
            return Promise.resolve([thing.track]);
        case 'tracks':
            return Promise.resolve(thing.tracks);
        case 'list':
            return api.list(thing.list.id).then((list) => list.tracks);
        case 'album':
            return api.albumTracks(thing.name, thing.artist);
        case 'artist':
            return api.artistTracks(thing.name);
    }
}

/** Opens a door. What goes wrong is said at the foot of the page. */
export async function openDoor(thing: Thing, door: Door): Promise<void> {
    if (door.shut) return;
    try {
        const tracks = await tracksOf(thing);
        if (!tracks.length) return toasts.problem(`There is no track of “${thingName(thing)}” here.`);
        switch (door.id) {
            case 'play':
                return player.play(tracks);
            case 'next':
                return player.playNext(tracks);
            case 'similar':
                return panels.similar(tracks[0]);
            case 'list':
                return panels.add(tracks, thing.kind === 'track' ? '' : thingName(thing));
        }
    } catch (error) {
        toasts.problem(error);
    }
}
