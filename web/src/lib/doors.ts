// The doors: what every track, artist, album and list offers, wherever it stands, in the same order.

import { albumHref, artistHref, hasPlace, mapHref } from './routes';
import type { List, Track } from './types';

export type Thing =
    | { kind: 'track'; track: Track }
    | { kind: 'artist'; name: string }
    | { kind: 'album'; name: string; artist: string }
    | { kind: 'list'; list: Pick<List, 'id' | 'name' | 'kind'> }
    /** any tracks, e.g. those inside a lasso; the name is offered for a list of them */
    | { kind: 'tracks'; tracks: Track[]; name: string };

export type DoorId = 'play' | 'next' | 'similar' | 'path-from' | 'path-to' | 'blend' | 'list' | 'artist' | 'album' | 'map' | 'hide' | 'show';

export interface Door {
    id: DoorId;
    label: string;
    icon: 'play' | 'next' | 'similar' | 'path-from' | 'path-to' | 'blend' | 'plus' | 'artist' | 'album' | 'map' | 'mute' | 'volume';
    /** where it leads; without one it does something here */
    href?: string;
    /** why it is shut; "" when it is open */
    shut: string;
}

/** `hidden`: whether an artist is one that is never played; nothing: who asks may not say so. */
export function doorsOf(thing: Thing, hidden?: boolean): Door[] {
    const unheard = unheardWhy(thing);
    const doors: Door[] = [
        { id: 'play', label: 'Play', icon: 'play', shut: emptyWhy(thing) },
        { id: 'next', label: 'Play next', icon: 'next', shut: emptyWhy(thing) },
        { id: 'similar', label: thing.kind === 'artist' ? 'Similar artists' : 'Similar', icon: 'similar', shut: unheard },
        { id: 'path-from', label: 'Path from here', icon: 'path-from', shut: unheard },
        { id: 'path-to', label: 'Path to here', icon: 'path-to', shut: unheard },
        { id: 'blend', label: 'Add to a blend', icon: 'blend', shut: unheard },
        { id: 'list', label: 'Add to list', icon: 'plus', shut: emptyWhy(thing) },
    ];
    const artists = artistsOf(thing);
    for (const artist of artists) {
        doors.push({ id: 'artist', label: artists.length > 1 ? `Go to ${artist}` : 'Go to artist', icon: 'artist', href: artistHref(artist), shut: '' });
    }
    const album = albumOf(thing);
    if (album) doors.push({ id: 'album', label: 'Go to album', icon: 'album', href: album, shut: '' });
    const map = onMap(thing);
    if (map) doors.push({ id: 'map', label: 'Show on the map', icon: 'map', href: map, shut: unheard });
    if (thing.kind === 'artist' && hidden !== undefined)
        doors.push(hidden ? { id: 'show', label: 'Play this artist again', icon: 'volume', shut: '' } : { id: 'hide', label: 'Never play this artist', icon: 'mute', shut: '' });
    return doors.filter((door) => !door.href || hasPlace(door.href.split('?')[0]));
}

/** What stands above the doors. */
export function thingName(thing: Thing): string {
    switch (thing.kind) {
        case 'track':
            return thing.track.title;
        case 'list':
            return thing.list.name;
        default:
            return thing.name;
    }
}

/** The artists of a track, each once; `author` alone where the files name no list. */
export function trackArtists(track: Pick<Track, 'author' | 'artists'>): string[] {
    const named = track.artists.filter(Boolean);
    return [...new Set(named.length ? named : track.author ? [track.author] : [])];
}

const most_artists = 3;

function artistsOf(thing: Thing): string[] {
    if (thing.kind === 'track') return trackArtists(thing.track).slice(0, most_artists);
    if (thing.kind === 'artist') return [thing.name];
    if (thing.kind === 'album' && thing.artist) return [thing.artist];
    return [];
}

function albumOf(thing: Thing): string {
    if (thing.kind === 'album') return albumHref(thing.name, thing.artist);
    if (thing.kind === 'track' && thing.track.album) return albumHref(thing.track.album, thing.track.album_artist || thing.track.author);
    return '';
}

function onMap(thing: Thing): string {
    switch (thing.kind) {
        case 'track':
            return mapHref({ track: thing.track.item_id });
        case 'artist':
            return mapHref({ artist: thing.name });
        case 'list':
            return mapHref({ list: String(thing.list.id) });
        default:
            return '';
    }
}

function unheardWhy(thing: Thing): string {
    const waits = 'Not listened to yet';
    if (thing.kind === 'track') return thing.track.state === 'analysed' ? '' : thing.track.state === 'failed' ? 'This file could not be read' : waits;
    if (thing.kind === 'tracks') return thing.tracks.some((t) => t.state === 'analysed') ? '' : waits;
    return '';
}

function emptyWhy(thing: Thing): string {
    return thing.kind === 'tracks' && thing.tracks.length === 0 ? 'There is nothing here' : '';
}
