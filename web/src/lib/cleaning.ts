// What no server and no folder has any more, in plain words.

import { count, date } from './format';

export interface ServerOrphans {
    server_id: string;
    /** empty: the server was removed */
    server: string;
    tracks: number;
    /** of them, those that a cleaning removes now */
    due: number;
}

/** Tracks of one album that one server had last. Times are Unix seconds. */
export interface OrphanGroup {
    server_id: string;
    server: string;
    artist: string;
    album: string;
    tracks: number;
    gone_since: number;
    last_gone: number;
    removed_from: number;
    last_removed_from: number;
    sample: { item_id: string; title: string; author: string }[];
}

/** What was removed at once. */
export interface CleaningRun {
    run: number;
    removed_at: number;
    undo_until: number;
    tracks: number;
    servers: ServerOrphans[];
}

export interface Cleaning {
    orphan_days: number;
    catalogue: number;
    tracks: number;
    due: number;
    servers: ServerOrphans[];
    groups: OrphanGroup[];
    total_groups: number;
    runs: CleaningRun[];
}

export function serverName(name: string): string {
    if (name === 'Local folders') return 'Folders of this machine';
    return name || 'A removed server';
}

export function groupTitle(group: Pick<OrphanGroup, 'artist' | 'album'>): string {
    return [group.artist, group.album].filter(Boolean).join(' – ') || 'Without a name';
}

/** "3 tracks, gone since 1 Nov 2026, kept until 1 Dec 2026". */
export function groupLine(group: OrphanGroup, now = Date.now() / 1000): string {
    const gone = `${count(group.tracks, 'track')}, gone since ${date(group.gone_since)}`;
    if (group.last_removed_from <= now) return `${gone}, ${group.tracks === 1 ? 'goes' : 'go'} now`;
    if (group.removed_from <= now) return `${gone}, some go now, the last on ${date(group.last_removed_from)}`;
    return `${gone}, kept until ${date(group.removed_from)}`;
}

/** A cleaning of what is due now would be refused: it looks like a disk that is not there. */
export function isTooMuch(cleaning: Pick<Cleaning, 'due' | 'catalogue'>): boolean {
    return cleaning.due * 2 > cleaning.catalogue;
}

/** "Navidrome 8, A removed server 4". */
export function serversLine(servers: ServerOrphans[]): string {
    return servers.map((server) => `${serverName(server.server)} ${server.tracks.toLocaleString('en')}`).join(', ');
}

/** What is gone, and for how long it is kept. */
export function goneSentence(cleaning: Pick<Cleaning, 'tracks' | 'servers' | 'orphan_days'>): string {
    const one = cleaning.tracks === 1;
    const gone = `${count(cleaning.tracks, 'track')} ${one ? 'is' : 'are'} on no server and in no folder any more (${serversLine(cleaning.servers)}).`;
    if (cleaning.orphan_days === 0) return `${gone} ${one ? 'It is' : 'They are'} hidden.`;
    return `${gone} ${one ? 'It is' : 'They are'} hidden, and kept for ${count(cleaning.orphan_days, 'day')} in case ${one ? 'it comes' : 'they come'} back.`;
}

/** What a cleaning does, before it is started. */
export function question(orphan_days: number): string {
    const what = orphan_days === 0 ? 'What none of them has any more' : `What none of them has had for ${count(orphan_days, 'day')}`;
    return `Servers and folders are listed anew first. ${what} leaves playlists, too, and can be put back for a week. Nothing is removed when a server is away or most of the library seems to be missing.`;
}
