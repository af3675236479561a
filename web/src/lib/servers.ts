// Media servers: what each kind is called and asks for, and the form they are added with.

export type Kind = 'jellyfin' | 'emby' | 'navidrome' | 'lyrion' | 'plex' | 'mpd';
export type Field = 'name' | 'url' | 'user' | 'password' | 'token' | 'libraries' | 'path_map' | 'music_folder';
export type Login = 'password' | 'key';

/** Stands for a password or key that is set: the server never tells it, and keeps it when this comes back. */
export const unchanged = '__unchanged__';

export interface PathPair {
    server: string;
    local: string;
}

export interface Creds {
    url: string;
    user: string;
    password: string;
    token: string;
    libraries: string[];
    path_map: PathPair[];
    music_folder: string;
    /** Subsonic over http: the password itself is sent where a server takes no tokens */
    allow_plain_password: boolean;
}

export interface Server {
    server_id: string;
    name: string;
    server_type: Kind | 'local';
    creds: Creds;
    is_default: boolean;
    tracks: number;
}

export interface MusicLibrary {
    id: string;
    name: string;
    /** null: the server does not say */
    tracks: number | null;
}

/** What trying a server told. The first part is there when it answered, the second when something is wrong. */
export interface Probe {
    ok: boolean;
    server?: string;
    version?: string;
    user?: string;
    libraries?: MusicLibrary[];
    tracks?: number;
    advice?: string;
    error?: string;
    error_code?: string;
    field?: string;
}

export interface KindFacts {
    title: string;
    /** what else is meant by it */
    also: string;
    letter: string;
    /** one of the style hues */
    hue: string;
    address: string;
    logins: Login[];
    /** whether the key alone says who it is */
    keyNamesUser: boolean;
    needsLogin: boolean;
    keyLabel: string;
    keyHelp: string;
}

export const kinds: Record<Kind, KindFacts> = {
    jellyfin: { title: 'Jellyfin', also: '', letter: 'J', hue: 'dance', address: 'http://nas:8096', logins: ['password', 'key'], keyNamesUser: false, needsLogin: true, keyLabel: 'API key', keyHelp: 'Jellyfin: Dashboard, API Keys, New.' },
    emby: { title: 'Emby', also: '', letter: 'E', hue: 'folk', address: 'http://nas:8096', logins: ['password', 'key'], keyNamesUser: false, needsLogin: true, keyLabel: 'API key', keyHelp: 'Emby: Settings, Advanced, API Keys, New.' },
    navidrome: { title: 'Navidrome', also: 'or any Subsonic server', letter: 'N', hue: 'electronic', address: 'http://nas:4533', logins: ['password', 'key'], keyNamesUser: true, needsLogin: true, keyLabel: 'API key', keyHelp: 'For servers with OpenSubsonic API keys. Navidrome wants user and password.' },
    lyrion: { title: 'Lyrion', also: 'Squeezebox Server', letter: 'L', hue: 'hip-hop', address: 'http://nas:9000', logins: ['password'], keyNamesUser: false, needsLogin: false, keyLabel: '', keyHelp: '' },
    plex: { title: 'Plex', also: '', letter: 'P', hue: 'jazz', address: 'http://nas:32400', logins: ['key'], keyNamesUser: true, needsLogin: true, keyLabel: 'Token', keyHelp: 'Plex: a track’s Get Info, View XML; the address of that page ends with X-Plex-Token=.' },
    mpd: { title: 'MPD', also: 'Music Player Daemon', letter: 'M', hue: 'classical', address: 'mpd://nas:6600', logins: ['password'], keyNamesUser: false, needsLogin: false, keyLabel: '', keyHelp: '' },
};

export const kindNames = Object.keys(kinds) as Kind[];

export interface ServerForm {
    kind: Kind;
    name: string;
    url: string;
    login: Login;
    user: string;
    /** as typed just now; never what is stored */
    password: string;
    token: string;
    /** whether one is stored, and stays unless another is typed */
    keepsPassword: boolean;
    keepsToken: boolean;
    sendsReadable: boolean;
    musicFolder: string;
    paths: PathPair[];
    /** chosen ones by id or name; empty: all */
    libraries: string[];
}

export function emptyForm(kind: Kind = 'jellyfin'): ServerForm {
    return { kind, name: '', url: '', login: kinds[kind].logins[0], user: '', password: '', token: '', keepsPassword: false, keepsToken: false, sendsReadable: false, musicFolder: '', paths: [], libraries: [] };
}

export function formOf(server: Server): ServerForm {
    const kind = server.server_type as Kind;
    const { creds } = server;
    const login = creds.token !== '' && kinds[kind].logins.includes('key') ? 'key' : kinds[kind].logins[0];
    return {
        kind,
        name: server.name,
        url: creds.url,
        login,
        user: creds.user,
        password: '',
        token: '',
        keepsPassword: creds.password !== '',
        keepsToken: creds.token !== '',
        sendsReadable: creds.allow_plain_password,
        musicFolder: creds.music_folder,
        paths: creds.path_map.map((pair) => ({ ...pair })),
        libraries: [...creds.libraries],
    };
}

/** Which of the login's fields the form shows. */
export function loginFields(form: Pick<ServerForm, 'kind' | 'login'>): ('user' | 'password' | 'token')[] {
    const facts = kinds[form.kind];
    if (form.kind === 'mpd') return ['password'];
    if (form.login === 'key') return facts.keyNamesUser ? ['token'] : ['token', 'user'];
    return ['user', 'password'];
}

function secret(typed: string, kept: boolean): string {
    return typed === '' && kept ? unchanged : typed;
}

/** What is sent of the form. Fields that it does not show are emptied. */
export function credsOf(form: ServerForm): Creds {
    const shown = loginFields(form);
    return {
        url: form.url.trim(),
        user: shown.includes('user') ? form.user.trim() : '',
        password: shown.includes('password') ? secret(form.password, form.keepsPassword) : '',
        token: shown.includes('token') ? secret(form.token.trim(), form.keepsToken) : '',
        libraries: form.libraries,
        path_map: form.kind === 'mpd' ? [] : form.paths.map(trimmed).filter((pair) => pair.server || pair.local),
        music_folder: form.kind === 'mpd' ? form.musicFolder.trim() : '',
        allow_plain_password: form.sendsReadable && mayNeedReadable(form),
    };
}

/** Whether a readable password may have to be allowed: only Subsonic servers know tokens, and https hides it anyway. */
export function mayNeedReadable(form: Pick<ServerForm, 'kind' | 'login' | 'url'>): boolean {
    return form.kind === 'navidrome' && form.login === 'password' && /^http:/i.test(form.url.trim());
}

function trimmed(pair: PathPair): PathPair {
    return { server: pair.server.trim(), local: pair.local.trim() };
}

/** What a test depends on: with another of these, what it found says nothing any more. */
export function connectionOf(form: ServerForm): string {
    const { url, user, password, token, music_folder, allow_plain_password } = credsOf(form);
    return JSON.stringify([form.kind, url, user, password, token, music_folder, allow_plain_password]);
}

/** The chosen ones among those that are there: all unless some are named, by id or by name. */
export function chosenIds(libraries: MusicLibrary[], named: string[]): string[] {
    const wanted = new Set(named.map((name) => name.toLowerCase()));
    const found = libraries.filter((library) => wanted.has(library.id.toLowerCase()) || wanted.has(library.name.toLowerCase()));
    return (found.length ? found : libraries).map((library) => library.id);
}

/** What is kept of a choice: nothing when all are chosen, so that later ones belong to it as well. */
export function keptChoice(libraries: MusicLibrary[], ids: string[]): string[] {
    return ids.length === libraries.length ? [] : ids;
}

const fields: Field[] = ['name', 'url', 'user', 'password', 'token', 'libraries', 'path_map', 'music_folder'];

/** The field that a sentence of the server stands at. */
export function fieldOf(problem: { field?: unknown; error_code?: unknown }, form: Pick<ServerForm, 'kind' | 'login'>): Field {
    const shown: Field[] = [...loginFields(form), 'name', 'url', 'libraries', form.kind === 'mpd' ? 'music_folder' : 'path_map'];
    const named = fields.find((field) => field === problem.field);
    if (named && shown.includes(named)) return named;
    const secretField: Field = loginFields(form).includes('token') ? 'token' : 'password';
    if (problem.error_code === 'login_refused' || named === 'password' || named === 'token') return secretField;
    if (problem.error_code === 'permission_denied' || named === 'user') return shown.includes('user') ? 'user' : secretField;
    if (problem.error_code === 'empty') return 'libraries';
    return 'url';
}

/** Who answered: "Navidrome 0.53.3, as anna". */
export function whoAnswered(probe: Probe): string {
    const who = [probe.server, probe.version].filter(Boolean).join(' ');
    return probe.user ? `${who}, as ${probe.user}` : who;
}
