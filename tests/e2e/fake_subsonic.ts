// A small Subsonic server: two libraries, and users of whom one may nothing and one sees nothing; each has playlists of their own. As strict about logins as Navidrome.

import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const users: Record<string, string> = { anna: 'pa&ss wörd', bo: 'bo there', guest: 'guest', newcomer: 'newcomer' };
const folders = [
    { id: 1, name: 'Albums', tracks: 12 },
    { id: 2, name: 'Spoken word', tracks: 3 },
];

interface Playlist {
    id: string;
    name: string;
    owner: string;
    songs: string[];
}

type Answer = Record<string, unknown>;
const failure = (code: number, message: string): Answer => ({ status: 'failed', error: { code, message } });

function mayEnter(query: URLSearchParams): boolean {
    const password = users[query.get('u') ?? ''];
    if (password === undefined) return false;
    const token = createHash('md5').update(password + query.get('s')).digest('hex');
    return query.get('s') ? query.get('t') === token : query.get('p') === `enc:${Buffer.from(password).toString('hex')}`;
}

function album(folder: (typeof folders)[number]): Answer {
    return { id: `album-${folder.id}`, name: folder.name, artist: 'The Paper Kites', songCount: folder.tracks, duration: 30 * folder.tracks, created: '2026-01-02T03:04:05Z' };
}

function playlistOf({ id, name, owner, songs }: Playlist): Answer {
    return { id, name, owner, songCount: songs.length, duration: 0, public: false, created: '2026-01-02T03:04:05Z', changed: '2026-01-02T03:04:05Z' };
}

function songs(folder: (typeof folders)[number]): Answer[] {
    return Array.from({ length: folder.tracks }, (_, i) => ({
        id: `song-${folder.id}-${i + 1}`,
        parent: `album-${folder.id}`,
        albumId: `album-${folder.id}`,
        isDir: false,
        type: 'music',
        title: `Served Song ${folder.id}.${i + 1}`,
        artist: 'The Paper Kites',
        album: folder.name,
        track: i + 1,
        duration: 30,
        size: 1000,
        suffix: 'wav',
        contentType: 'audio/wav',
        path: `${folder.name}/${i + 1}.wav`,
        created: '2026-01-02T03:04:05Z',
    }));
}

function answerTo(method: string, query: URLSearchParams, playlists: Playlist[]): Answer {
    if (!mayEnter(query)) return failure(40, 'Wrong username or password');
    const user = query.get('u');
    if (user === 'guest') return failure(50, 'User is not authorized for the given operation');
    const all = user === 'newcomer' ? [] : folders;
    const read = all.filter((folder) => !query.get('musicFolderId') || String(folder.id) === query.get('musicFolderId'));
    const page = <T>(rows: T[], offset: string, size: string, most: number) => {
        const from = Number(query.get(offset) ?? 0);
        return rows.slice(from, from + Number(query.get(size) ?? most));
    };
    const ok = (more: Answer): Answer => ({ status: 'ok', ...more });
    switch (method) {
        case 'ping':
            return ok({});
        case 'getMusicFolders':
            return ok({ musicFolders: { musicFolder: all.map(({ id, name }) => ({ id, name })) } });
        case 'getAlbumList2':
            return ok({ albumList2: { album: page(read.map(album), 'offset', 'size', 10) } });
        case 'search3':
            return ok({ searchResult3: { song: page(read.flatMap(songs), 'songOffset', 'songCount', 20) } });
        case 'getAlbum': {
            const folder = all.find((one) => `album-${one.id}` === query.get('id'));
            return folder ? ok({ album: { ...album(folder), song: songs(folder) } }) : failure(70, 'Album not found');
        }
        case 'getPlaylists':
            return ok({ playlists: { playlist: playlists.filter((one) => one.owner === user).map(playlistOf) } });
        case 'createPlaylist': {
            const made = { id: `list-${playlists.length + 1}`, name: query.get('name') ?? '', owner: user ?? '', songs: query.getAll('songId') };
            playlists.push(made);
            return ok({ playlist: playlistOf(made) });
        }
        case 'getPlaylist': {
            const found = playlists.find((one) => one.id === query.get('id') && one.owner === user);
            return found ? ok({ playlist: { ...playlistOf(found), entry: found.songs.map((id) => ({ id })) } }) : failure(70, 'Playlist not found');
        }
        case 'getScanStatus':
            return ok({ scanStatus: { scanning: false, count: 15, lastScan: '2026-01-02T03:04:05Z' } });
        case 'download':
        case 'stream':
            return failure(70, 'The file is gone');
        default:
            return failure(0, `Unknown method ${method}`);
    }
}

export interface FakeSubsonic {
    url: string;
    /** of everybody, as they were made */
    playlists: Playlist[];
    stop(): Promise<void>;
}

/** Listens on a free port. Below /page there is a web page instead. */
export async function startFakeSubsonic(): Promise<FakeSubsonic> {
    const playlists: Playlist[] = [];
    const server: Server = createServer((request, response) => {
        const url = new URL(request.url ?? '/', 'http://localhost');
        const method = /^\/rest\/(\w+)\.view$/.exec(url.pathname)?.[1];
        if (!method) {
            response.writeHead(url.pathname.startsWith('/page/') ? 200 : 404, { 'Content-Type': 'text/html' });
            response.end('<!doctype html><title>Some page</title>');
            return;
        }
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
            const query = new URLSearchParams(request.method === 'POST' ? body : url.search);
            const common = { version: '1.16.1', type: 'paperdrome', serverVersion: '0.9.1', openSubsonic: true };
            response.writeHead(200, { 'Content-Type': 'application/json' });
            response.end(JSON.stringify({ 'subsonic-response': { ...common, ...answerTo(method, query, playlists) } }));
        });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    return {
        playlists,
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        stop: () =>
            new Promise((done) => {
                server.close(() => done());
                server.closeAllConnections();
            }),
    };
}
