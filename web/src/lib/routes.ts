// Addresses of the page's places.

export type Place = 'home' | 'library' | 'similar' | 'playlists' | 'playlist' | 'tasks' | 'settings' | 'server' | 'nowhere';

export interface Route {
    place: Place;
    /** track, list or media server ("new" for one to add) the place shows; empty for none */
    id: string;
}

export function parseRoute(pathname: string): Route {
    const parts = pathname.split('/').filter(Boolean).map(decode);
    const [first, second = '', third = ''] = parts;
    if (parts.length === 0) return { place: 'home', id: '' };
    if (parts.length === 1 && (first === 'library' || first === 'tasks' || first === 'settings')) return { place: first, id: '' };
    if (parts.length <= 2 && first === 'similar') return { place: 'similar', id: second };
    if (first === 'playlists' && parts.length === 1) return { place: 'playlists', id: '' };
    if (first === 'playlists' && parts.length === 2 && /^\d+$/.test(second)) return { place: 'playlist', id: second };
    if (parts.length === 3 && first === 'settings' && second === 'servers' && /^(new|\d+)$/.test(third)) return { place: 'server', id: third };
    return { place: 'nowhere', id: '' };
}

export function similarHref(item_id: string): string {
    return `/similar/${encodeURIComponent(item_id)}`;
}

export function listHref(list_id: number): string {
    return `/playlists/${list_id}`;
}

export function serverHref(server_id: string): string {
    return `/settings/servers/${server_id}`;
}

export function artistHref(name: string): string {
    return `/artist/${encodeURIComponent(name)}`;
}

export function albumHref(name: string, artist: string): string {
    return `/album/${encodeURIComponent(name)}${artist ? `?${new URLSearchParams({ artist })}` : ''}`;
}

/** The map, with a track, an artist or a list shown on it. */
export function mapHref(shown: { track?: string; artist?: string; list?: string } = {}): string {
    const query = new URLSearchParams(shown).toString();
    return query ? `/map?${query}` : '/map';
}

/** Whether this version of the page has such a place. */
export function hasPlace(pathname: string): boolean {
    return parseRoute(pathname).place !== 'nowhere';
}

export function searchHref(words: string): string {
    return `/library?q=${encodeURIComponent(words)}`;
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}
