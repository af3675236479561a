// Media servers of the test double: kept as the program does, Subsonic servers really asked, other kinds never there.

import { createHash, randomBytes } from 'node:crypto';

const unchanged = '__unchanged__';
const titles = { jellyfin: 'Jellyfin', emby: 'Emby', navidrome: 'Navidrome (Subsonic)', lyrion: 'Lyrion', plex: 'Plex', mpd: 'MPD' };

class Wrong extends Error {
    constructor(field, code, message) {
        super(message);
        Object.assign(this, { field, code });
    }
}

/** One request of the Subsonic protocol. */
async function ask({ url, user, password }, method, query = {}) {
    const s = randomBytes(6).toString('hex');
    const t = createHash('md5').update(password + s).digest('hex');
    const at = `${titles.navidrome} at ${url}`;
    let response;
    try {
        response = await fetch(`${url.replace(/\/+$/, '')}/rest/${method}.view?${new URLSearchParams({ u: user, t, s, v: '1.16.1', c: 'AudioMuse', f: 'json', ...query })}`);
    } catch {
        throw new Wrong('url', 'unavailable', `${at} cannot be reached: the connection was refused. Check host and port, and that the server runs.`);
    }
    const answer = await response.json().catch(() => null);
    const said = answer?.['subsonic-response'];
    if (!said) throw new Wrong('url', 'invalid_argument', `${at} answers with a web page. Check the path of the address, and that it is a Navidrome.`);
    if (said.status !== 'ok') {
        if (said.error.code === 50) throw new Wrong('user', 'permission_denied', `${at} does not let this user do that.`);
        throw new Wrong('password', 'login_refused', `${at} refuses the login (${said.error.message}). Check user and password.`);
    }
    return said;
}

function check(kind, creds) {
    const scheme = kind === 'mpd' ? /^(mpd:\/\/[^/]|\/)/ : /^https?:\/\/[^/]/;
    if (!scheme.test(creds.url)) throw new Wrong('url', 'invalid_argument', `The address of ${titles[kind].replace(/ .*/, '')} must begin with http:// or https:// and name a host, e.g. http://nas:8096.`);
    for (const pair of creds.path_map) {
        if (!pair.local.startsWith('/')) throw new Wrong('path_map', 'invalid_argument', `The folder for ${pair.server} on this machine must be a whole path that begins with "/".`);
    }
}

async function probe(kind, creds) {
    check(kind, creds);
    if (kind !== 'navidrome') throw new Wrong('url', 'unavailable', `${titles[kind]} at ${creds.url} cannot be reached: the connection was refused. Check host and port, and that the server runs.`);
    const hello = await ask(creds, 'ping');
    const folders = (await ask(creds, 'getMusicFolders')).musicFolders?.musicFolder ?? [];
    const libraries = [];
    for (const { id, name } of folders) {
        const albums = (await ask(creds, 'getAlbumList2', { type: 'alphabeticalByName', size: 500, musicFolderId: id })).albumList2?.album ?? [];
        libraries.push({ id: String(id), name, tracks: albums.reduce((sum, album) => sum + album.songCount, 0) });
    }
    const tracks = libraries.reduce((sum, library) => sum + library.tracks, 0);
    const found = { ok: tracks > 0, server: hello.type, version: hello.serverVersion, user: creds.user, libraries, tracks, advice: '' };
    if (tracks === 0) Object.assign(found, { error: `${hello.type} answers and takes the login, but shows no music. Let this user see a music library on the server, or wait until its scan has ended.`, error_code: 'empty', field: 'libraries' });
    return found;
}

/** Tracks of the chosen libraries: this double reads a server the moment it is added. */
async function tracksOf(kind, creds) {
    const { libraries } = await probe(kind, creds).catch(() => ({ libraries: [] }));
    return libraries.filter(({ id }) => !creds.libraries.length || creds.libraries.includes(id)).reduce((sum, { tracks }) => sum + tracks, 0);
}

/** The routes of /api/servers. `Problem` as the test double throws it. */
export function serverRoutes(Problem, tracksHere) {
    let next = 2;
    let kept = [{ server_id: '1', name: 'Local folders', server_type: 'local', creds: {}, is_default: true }];

    const shown = ({ creds, ...server }) => ({
        ...server,
        creds: { ...creds, password: creds.password ? unchanged : '', token: creds.token ? unchanged : '' },
        music_libraries: creds.libraries ?? [],
        tracks: server.server_type === 'local' ? tracksHere() : server.tracks,
    });
    const byId = (id) => {
        const server = kept.find((one) => one.server_id === id);
        if (!server) throw new Problem(404, 'not_found', 'Unknown server.');
        return server;
    };
    const merged = (body, known) => {
        const creds = { user: '', password: '', token: '', libraries: [], path_map: [], music_folder: '', ...known?.creds, ...body.creds };
        for (const secret of ['password', 'token']) if (creds[secret] === unchanged) creds[secret] = known?.creds[secret] ?? '';
        return creds;
    };
    const named = (name, self) => {
        if (kept.some((one) => one !== self && one.name === name)) throw new Problem(409, 'conflict', `There is a server called "${name}" already. Choose another name.`, { field: 'name' });
        return name;
    };
    const checked = (kind, creds) => {
        try {
            check(kind, creds);
        } catch (error) {
            throw new Problem(400, error.code, error.message, { field: error.field });
        }
        return creds;
    };
    const setDefault = (id) => {
        for (const one of kept) one.is_default = one.server_id === id;
    };

    return [
        ['GET', /^\/api\/servers$/, () => ({ json: { servers: kept.map(shown), default_id: kept.find((one) => one.is_default).server_id, multi_server_enabled: true, sweep_task: null } })],
        ['POST', /^\/api\/servers\/test$/, async (_, _q, body) => {
            const known = body.server_id ? byId(body.server_id) : undefined;
            try {
                return { json: await probe(known?.server_type ?? body.server_type, merged(body, known)) };
            } catch (error) {
                if (!error.field) throw error;
                return { json: { ok: false, error: error.message, error_code: error.code, field: error.field } };
            }
        }],
        ['POST', /^\/api\/servers$/, async (_, _q, body) => {
            const creds = checked(body.server_type, merged(body));
            const server = { server_id: String(next++), name: named(body.name), server_type: body.server_type, creds, is_default: false, tracks: await tracksOf(body.server_type, creds) };
            kept.push(server);
            if (kept.filter((one) => one.server_type !== 'local').length === 1) setDefault(server.server_id);
            return { status: 201, json: { ...shown(server), sweep_task_id: null } };
        }],
        ['PATCH', /^\/api\/servers\/(\d+)$/, ([id], _q, body) => {
            const server = byId(id);
            server.creds = checked(server.server_type, merged(body, server));
            if (body.name) server.name = named(body.name, server);
            return { json: { ...shown(server), sweep_task_id: null } };
        }],
        ['DELETE', /^\/api\/servers\/(\d+)$/, ([id]) => {
            const gone = byId(id);
            kept = kept.filter((one) => one !== gone);
            if (gone.is_default) setDefault((kept.find((one) => one.server_type !== 'local') ?? kept[0]).server_id);
            return { json: { deleted: id } };
        }],
        ['POST', /^\/api\/servers\/(\d+)\/default$/, ([id]) => {
            setDefault(byId(id).server_id);
            return { json: shown(byId(id)) };
        }],
    ];
}
