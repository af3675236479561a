// Addresses of the page's places.

import { modes } from './seeds';

export type Place = 'home' | 'library' | 'explore' | 'map' | 'artists' | 'artist' | 'album' | 'playlists' | 'playlist' | 'draft' | 'tasks' | 'settings' | 'all-settings' | 'log' | 'server' | 'nowhere';

export interface Route {
    place: Place;
    /** mode of Explore, artist, album, list or media server ("new" for one to add) the place shows; empty for none */
    id: string;
}

export function parseRoute(pathname: string): Route {
    const parts = pathname.split('/').filter(Boolean).map(decode);
    const [first, second = '', third = ''] = parts;
    if (parts.length === 0) return { place: 'home', id: '' };
    if (parts.length === 1 && (first === 'library' || first === 'map' || first === 'tasks' || first === 'settings')) return { place: first, id: '' };
    if (first === 'explore' && parts.length <= 2 && (second === '' || (modes as readonly string[]).includes(second))) return { place: 'explore', id: second || 'similar' };
    if (first === 'artists' && parts.length === 1) return { place: 'artists', id: '' };
    if ((first === 'artist' || first === 'album') && parts.length === 2) return { place: first, id: second };
    if (first === 'playlists' && parts.length === 1) return { place: 'playlists', id: '' };
    if (first === 'playlists' && parts.length === 2 && second === 'draft') return { place: 'draft', id: '' };
    if (first === 'playlists' && parts.length === 2 && /^\d+$/.test(second)) return { place: 'playlist', id: second };
    if (parts.length === 2 && first === 'settings' && second === 'all') return { place: 'all-settings', id: '' };
    if (parts.length === 2 && first === 'settings' && second === 'log') return { place: 'log', id: '' };
    if (parts.length === 3 && first === 'settings' && second === 'servers' && /^(new|\d+)$/.test(third)) return { place: 'server', id: third };
    return { place: 'nowhere', id: '' };
}

/** Pages of AudioMuse-AI, which its plugins link to and people have bookmarked, and addresses of earlier versions of this page. */
const moved: Record<string, string> = {
    analysis: 'tasks',
    cleaning: 'tasks',
    cron: 'tasks',
    similarity: 'explore/similar',
    path: 'explore/path',
    alchemy: 'explore/blend',
    sonic_fingerprint: 'explore/fingerprint',
    artist_similarity: 'artists',
    clap_search: 'library',
    mulan_search: 'library',
    lyrics_search: 'library',
    chat: 'explore/ask',
    browse: 'library',
    waveform: 'library',
    collection: 'settings',
    setup: 'settings/all',
    'provider-migration': 'settings',
    users: 'settings',
    backup: 'settings',
    hyperbolic: 'map',
    similar: 'explore/similar',
    explore: 'explore/similar',
    'index.html': './',
};

/** Where an old address leads now; null for one that is no old address. */
export function newAddress(pathname: string, search = ''): string | null {
    const parts = pathname.split('/').filter(Boolean).map(decode);
    const query = new URLSearchParams(search);
    const track = parts[0] === 'similar' ? parts[1] : query.get('item_id');
    if (parts[0] === 'similar' || parts[0] === 'similarity') {
        if (parts.length > 2) return null;
        return track ? similarHref(track) : 'explore/similar';
    }
    const to = parts.length === 1 ? moved[parts[0]] : undefined;
    return to && hasPlace(to) ? to + search : null;
}

export function similarHref(item_id: string): string {
    return `explore/similar?${new URLSearchParams({ plus: `song:${item_id}` })}`;
}

/** What a search for playlists has found and nobody has published. */
export const draftHref = 'playlists/draft';

export function listHref(list_id: number): string {
    return `playlists/${list_id}`;
}

export function serverHref(server_id: string): string {
    return `settings/servers/${server_id}`;
}

export function artistHref(name: string): string {
    return `artist/${encodeURIComponent(name)}`;
}

export function albumHref(name: string, artist: string): string {
    return `album/${encodeURIComponent(name)}${artist ? `?${new URLSearchParams({ artist })}` : ''}`;
}

/** The map, with a track, an artist or a list shown on it. */
export function mapHref(shown: { track?: string; artist?: string; list?: string } = {}): string {
    const query = new URLSearchParams(shown).toString();
    return query ? `map?${query}` : 'map';
}

/** Whether this version of the page has such a place. */
export function hasPlace(pathname: string): boolean {
    return parseRoute(pathname).place !== 'nowhere';
}

export function searchHref(words: string): string {
    return `library?q=${encodeURIComponent(words)}`;
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
