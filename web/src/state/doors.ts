// What happens behind each door.

import * as api from '../api';
import type { Door, Thing } from '../lib/doors';
import { thingName } from '../lib/doors';
import { artistHref } from '../lib/routes';
import { exploreHref, songSeed, type Seed } from '../lib/seeds';
import type { Track } from '../lib/types';
import { hidden } from './hidden.svelte';
import { panels } from './panels.svelte';
import { player } from './player.svelte';
import { router } from './router.svelte';
import { toasts } from './toasts.svelte';
import { tray } from './tray.svelte';

/** as many songs of an album or list as are compared with at once */
const most_songs = 10;

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

/** What a thing is in a blend. */
function seedsOf(thing: Thing, tracks: Track[]): Seed[] {
    if (thing.kind === 'artist') return [{ type: 'artist', id: thing.name, label: thing.name, minus: false }];
    if (thing.kind === 'list') return [{ type: 'playlist', id: String(thing.list.id), label: thing.list.name, minus: false }];
    return heard(tracks).slice(0, most_songs).map((t) => songSeed(t));
}

function heard(tracks: Track[]): Track[] {
    return tracks.filter((t) => t.state === 'analysed');
}

/** Opens a door. What goes wrong is said at the foot of the page. */
export async function openDoor(thing: Thing, door: Door): Promise<void> {
    if (door.shut) return;
    try {
        if (door.id === 'hide') return await hidden.hide(thingName(thing));
        if (door.id === 'show') return await hidden.show(thingName(thing));
        if (thing.kind === 'artist' && door.id === 'similar') return goTo(`${artistHref(thing.name)}#similar`);
        const tracks = await tracksOf(thing);
        const known = heard(tracks);
        const silent = door.id === 'play' || door.id === 'next' || door.id === 'list';
        if (!tracks.length) return toasts.problem(`There is no track of “${thingName(thing)}” here.`);
        if (!silent && !known.length) return toasts.problem(`Nothing of “${thingName(thing)}” has been listened to yet.`);
        switch (door.id) {
            case 'play':
                return player.play(tracks);
            case 'next':
                return player.playNext(tracks);
            case 'similar':
                return known.length === 1 ? panels.similar(known[0]) : goTo(exploreHref('similar', known.slice(0, most_songs).map((t) => songSeed(t))));
            case 'path-from':
                // an album or list goes on from its last song
                panels.leave();
                return tray.pathFrom(thing.kind === 'artist' ? known[0] : known[known.length - 1]);
            case 'path-to':
                panels.leave();
                return tray.pathTo(known[0]);
            case 'blend':
                return tray.put(seedsOf(thing, known));
            case 'list':
                return panels.add(tracks, thing.kind === 'track' ? '' : thingName(thing));
        }
    } catch (error) {
        toasts.problem(error);
    }
}

function goTo(href: string): void {
    panels.leave();
    router.go(href);
}
