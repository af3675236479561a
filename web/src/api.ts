// The one place that talks to the server. Every function throws ApiError with a sentence that can be shown as it is.

import type {
    Anchor,
    Arc,
    ArtistDetail,
    ArtistRow,
    Asked,
    BlendFound,
    Draft,
    DraftList,
    Failure,
    FingerprintFound,
    Issue,
    LibraryFilter,
    LibraryOrder,
    List,
    ListWithTracks,
    LyricsTrack,
    PathFound,
    Radio,
    SimilarTrack,
    Summary,
    Task,
    Track,
    TrackDetail,
} from './lib/types';
import type { Access, Role, Session, Token, User } from './lib/access';
import type { Login, ServerAccount } from './lib/accounts';
import { EventReader } from './lib/events';
import { filterBody, type Filter } from './lib/filter';
import { capital } from './lib/format';
import type { Cleaning } from './lib/cleaning';
import type { Backups, Schedule, ScheduleBody } from './lib/schedules';
import type { Seed } from './lib/seeds';
import type { Changes, LogLevel, LogLine, Setting, SettingGroup } from './lib/settings';
import type { Creds, Kind, Probe, Server } from './lib/servers';

let signedOut: () => void = () => undefined;

/** What to do when the server does not know who asks any more. */
export function onSignedOut(call: () => void): void {
    signedOut = call;
}

export class ApiError extends Error {
    constructor(
        message: string,
        /** HTTP status; 0 when the server could not be reached */
        readonly status: number,
        readonly code: string,
        readonly body: Record<string, unknown> = {},
    ) {
        super(message);
    }
}

async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    try {
        return await fetch(path, {
            method,
            signal,
            headers: body === undefined ? undefined : { 'Content-Type': 'application/json' },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
    } catch (cause) {
        if (signal?.aborted) throw cause;
        throw new ApiError('The server cannot be reached. It may be restarting; this page tries again by itself.', 0, 'unreachable');
    }
}

async function answerOf<T>(response: Response, signal?: AbortSignal): Promise<T> {
    if (response.status === 204) return undefined as T;
    let answer: unknown = null;
    try {
        answer = await response.json();
    } catch (cause) {
        if (signal?.aborted) throw cause;
    }
    if (!response.ok) {
        const fields = (answer ?? {}) as Record<string, unknown>;
        if (fields.error_code === 'unauthorized') signedOut();
        const message = fields.error ?? fields.message ?? `The server answered ${response.status} ${response.statusText}.`;
        throw new ApiError(String(message), response.status, String(fields.error_code ?? ''), fields);
    }
    return answer as T;
}

async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    return answerOf(await send(method, path, body, signal), signal);
}

const id = encodeURIComponent;

/** A query of what is given. */
function params(values: Record<string, string | number | boolean | undefined>): URLSearchParams {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') given.set(name, String(value));
    return given;
}

export function access(): Promise<Access> {
    return request('GET', 'api/auth');
}

export function setUp(user: string, password: string): Promise<unknown> {
    return request('POST', 'api/auth/setup', { user, password });
}

export function signIn(user: string, password: string): Promise<unknown> {
    return request('POST', 'auth', { user, password });
}

export function signOut(): Promise<unknown> {
    return request('POST', 'logout', {});
}

export function schedules(signal?: AbortSignal): Promise<Schedule[]> {
    return request('GET', 'api/cron', undefined, signal);
}

export function saveSchedule(schedule: ScheduleBody): Promise<{ id: number }> {
    return request('POST', 'api/cron', schedule);
}

export function removeSchedule(schedule_id: number): Promise<unknown> {
    return request('DELETE', `api/cron/${schedule_id}`);
}

/** When a cron expression is due next. */
export function previewSchedule(cron_expr: string, time_zone: string, signal?: AbortSignal): Promise<{ next_runs: number[] }> {
    return request('GET', `api/cron/preview?${params({ cron_expr, time_zone })}`, undefined, signal);
}

/** What is gone: at most `limit` albums of it. */
export function cleaning(limit: number, signal?: AbortSignal): Promise<Cleaning> {
    return request('GET', `api/cleaning/preview?${params({ limit })}`, undefined, signal);
}

export function undoCleaning(run: number): Promise<{ restored: number }> {
    return request('POST', 'api/cleaning/undo', { run });
}

export function backups(signal?: AbortSignal): Promise<Backups> {
    return request('GET', 'api/backups', undefined, signal);
}

export function createBackup(): Promise<{ success: boolean; filename?: string; message?: string }> {
    return request('POST', 'api/backup/create', {});
}

export function backupUrl(filename: string): string {
    return `api/backup/download/${id(filename)}`;
}

/** Reads the whole file; throws when it is damaged. */
export function checkBackup(filename: string): Promise<{ tracks: number }> {
    return request('POST', 'api/backup/check', { filename });
}

export function restoreBackup(filename: string, confirmation: string): Promise<{ tracks: number; kept_as: string | null }> {
    return request('POST', 'api/backup/restore', { filename, confirmation });
}

export async function users(signal?: AbortSignal): Promise<User[]> {
    return (await request<{ users: User[] }>('GET', 'api/users', undefined, signal)).users;
}

export function addUser(user: { username: string; password: string; role: Role; current_password: string }): Promise<unknown> {
    return request('POST', 'api/users', user);
}

export function removeUser(user_id: number, current_password: string): Promise<unknown> {
    return request('DELETE', `api/users/${user_id}`, { current_password });
}

export function changePassword(user_id: number, password: string, current_password: string): Promise<unknown> {
    return request('PUT', `api/users/${user_id}/password`, { password, current_password });
}

export async function sessions(signal?: AbortSignal): Promise<Session[]> {
    return (await request<{ sessions: Session[] }>('GET', 'api/sessions', undefined, signal)).sessions;
}

export function endSession(session_id: number): Promise<unknown> {
    return request('DELETE', `api/sessions/${session_id}`);
}

export async function tokens(signal?: AbortSignal): Promise<Token[]> {
    return (await request<{ tokens: Token[] }>('GET', 'api/tokens', undefined, signal)).tokens;
}

/** The token itself, which is shown this once. */
export async function addToken(name: string, scopes: string): Promise<string> {
    return (await request<{ token: string }>('POST', 'api/tokens', { name, scopes })).token;
}

export function removeToken(token_id: number): Promise<unknown> {
    return request('DELETE', `api/tokens/${token_id}`);
}

/** The servers that one may have an account on. */
export async function serverAccounts(signal?: AbortSignal): Promise<ServerAccount[]> {
    return (await request<{ servers: ServerAccount[] }>('GET', 'api/account/servers', undefined, signal)).servers;
}

export function linkAccount(server_id: string, login: Login): Promise<ServerAccount> {
    return request<ServerAccount>('PUT', `api/account/servers/${server_id}`, login);
}

export function unlinkAccount(server_id: string): Promise<unknown> {
    return request('DELETE', `api/account/servers/${server_id}`);
}

export async function hiddenArtists(signal?: AbortSignal): Promise<string[]> {
    return (await request<{ artists: string[] }>('GET', 'api/account/hidden_artists', undefined, signal)).artists;
}

/** Both return all that are hidden then. */
export async function hideArtist(artist: string): Promise<string[]> {
    return (await request<{ artists: string[] }>('PUT', 'api/account/hidden_artists', { artist })).artists;
}

export async function showArtist(artist: string): Promise<string[]> {
    return (await request<{ artists: string[] }>('DELETE', `api/account/hidden_artists?artist=${encodeURIComponent(artist)}`)).artists;
}

export async function settings(signal?: AbortSignal): Promise<SettingGroup[]> {
    return (await request<{ groups: SettingGroup[] }>('GET', 'api/settings', undefined, signal)).groups;
}

/** Starts the program anew; it is away for some seconds. */
export function restart(): Promise<unknown> {
    return request('POST', 'api/restart');
}

/** Saves these settings and no others. `previous` puts back what they were, but for secrets. */
export function changeSettings(changes: Changes): Promise<{ previous: Changes; settings: Setting[] }> {
    return request('PATCH', 'api/settings', changes);
}

/** The oldest first. */
export async function log(level: LogLevel, q: string, signal?: AbortSignal): Promise<LogLine[]> {
    return (await request<{ lines: LogLine[] }>('GET', `api/log?${params({ level, q })}`, undefined, signal)).lines;
}

export function summary(signal?: AbortSignal): Promise<Summary> {
    return request('GET', 'api/library/summary', undefined, signal);
}

export interface TrackQuery {
    q?: string;
    filter?: LibraryFilter;
    order?: LibraryOrder;
    /** what the tracks are narrowed down to besides */
    only?: Filter;
    offset?: number;
    limit?: number;
}

export function tracks({ only, ...query }: TrackQuery, signal?: AbortSignal): Promise<{ total: number; tracks: Track[] }> {
    return request('GET', `api/library/tracks?${params({ ...only, ...query })}`, undefined, signal);
}

/** Tracks whose lyrics have all words of `q`. */
export async function inLyrics(q: string, only: Filter, limit: number, signal?: AbortSignal): Promise<LyricsTrack[]> {
    const answer = await request<{ tracks: LyricsTrack[] }>('GET', `api/library/lyrics?${params({ ...only, q, limit })}`, undefined, signal);
    return answer.tracks;
}

/** The first `most` tracks of a query, in as many requests as that takes. */
export async function firstTracks(query: Omit<TrackQuery, 'offset' | 'limit'>, most: number, signal?: AbortSignal): Promise<Track[]> {
    const all: Track[] = [];
    while (all.length < most) {
        const page = await tracks({ ...query, offset: all.length, limit: Math.min(200, most - all.length) }, signal);
        all.push(...page.tracks);
        if (!page.tracks.length || all.length >= page.total) break;
    }
    return all;
}

/** The tracks of one album, in its order. */
export async function albumTracks(album: string, artist: string, signal?: AbortSignal): Promise<Track[]> {
    const found = await tracks({ q: album, order: 'artist', limit: 200 }, signal);
    const same = found.tracks.filter((t) => t.album === album);
    const by = same.filter((t) => !artist || (t.album_artist || t.author) === artist);
    return by.length ? by : same;
}

/** The tracks an artist takes part in, album by album. */
export async function artistTracks(artist: string, signal?: AbortSignal): Promise<Track[]> {
    const found = await tracks({ q: artist, order: 'artist', limit: 200 }, signal);
    return found.tracks.filter((t) => t.author === artist || t.artists.includes(artist) || t.album_artist === artist);
}

export function track(item_id: string, signal?: AbortSignal): Promise<TrackDetail> {
    return request('GET', `api/library/tracks/${id(item_id)}`, undefined, signal);
}

export function audioUrl(item_id: string): string {
    return `api/library/tracks/${id(item_id)}/audio`;
}

export function coverUrl(item_id: string): string {
    return `api/library/tracks/${id(item_id)}/cover`;
}

/** What is compared with: one track, several ("1,2,3"), a mood or a saved anchor. */
export interface SimilarSeed {
    item_id?: string;
    seeds?: string;
    mood?: string;
    anchor?: string;
}

export interface SimilarFound {
    seed?: Track;
    seeds?: Track[];
    tracks: SimilarTrack[];
}

export function similar(seed: SimilarSeed, n: number, radius: boolean, filter: Filter = {}, signal?: AbortSignal): Promise<SimilarFound> {
    return request('GET', `api/library/similar?${params({ ...seed, n, radius, ...filter })}`, undefined, signal);
}

export interface PathQuery {
    from: string;
    to: string;
    /** waypoints, in order */
    via: string[];
    n: number;
    /** whether exactly n tracks are wanted */
    exact: boolean;
}

export function path({ from, to, via, n, exact }: PathQuery, filter: Filter, signal?: AbortSignal): Promise<PathFound> {
    return request('GET', `api/library/path?${params({ from, to, via: via.join(','), n, exact, ...filter })}`, undefined, signal);
}

export interface BlendQuery {
    seeds: Seed[];
    n: number;
    temperature: number;
}

/** The seeds of a blend as the server takes them. */
function blendItems(seeds: Seed[]) {
    return seeds.map((seed) => ({ op: seed.minus ? 'SUBTRACT' : 'ADD', type: seed.type, id: seed.id }));
}

export function blend({ seeds, n, temperature }: BlendQuery, filter: Filter, signal?: AbortSignal): Promise<BlendFound> {
    return request('POST', 'api/library/blend', { items: blendItems(seeds), n, temperature, filter: filterBody(filter) }, signal);
}

/** A list for a request in plain words: `n` tracks, where the words do not say how many. */
/** Understood by the rules where `rules` is set or there is no language model. */
export function ask(q: string, n: number, filter: Filter, rules: boolean, signal?: AbortSignal): Promise<Asked> {
    return request('GET', `api/library/ask?${params({ q, n, rules: rules || undefined, ...filter })}`, undefined, signal);
}

/** The same by the language model of the settings, which may take minutes: `onstep` is told what is done meanwhile. `without`:
    conditions that are not to count, by their text. */
export async function askModel(q: string, n: number, filter: Filter, without: string[], onstep: (line: string) => void, signal: AbortSignal): Promise<Asked> {
    const response = await send('POST', 'api/library/ask/stream', { q, n, without, filter: filterBody(filter) }, signal);
    if (!response.ok || !response.body) return answerOf(response, signal);
    const events = new EventReader();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const { done, value } = await reader.read();
        for (const event of events.read(value ?? '')) {
            if (event.type === 'log') onstep(event.line);
            else if (event.type === 'done') return event.response as Asked;
            else if (event.type === 'error') throw new ApiError(event.error, response.status, event.error_code);
        }
        if (done) throw new ApiError('The server ended the connection before there was a list. Try again.', 0, 'unreachable');
    }
}

/** The language model that is to understand requests, as people call it; "" where there is none. */
export async function languageModel(signal?: AbortSignal): Promise<string> {
    const settings = await request<Record<string, string>>('GET', 'chat/api/config_defaults', undefined, signal);
    const provider = settings.default_ai_provider.toLowerCase();
    return provider === 'none' ? '' : settings[`default_${provider}_model_name`];
}

export function fingerprint(n: number, filter: Filter, signal?: AbortSignal): Promise<FingerprintFound> {
    return request('GET', `api/library/fingerprint?${params({ n, ...filter })}`, undefined, signal);
}

/** The same tracks along an arc. */
export async function ordered(tracks: string[], arc: Arc, signal?: AbortSignal): Promise<Track[]> {
    return (await request<{ tracks: Track[] }>('POST', 'api/library/order', { tracks, arc }, signal)).tracks;
}

/** Of a filter, those who have tracks that pass it, and as many of these as they have. */
export function artists({ only, ...query }: Pick<TrackQuery, 'q' | 'only' | 'limit'>, signal?: AbortSignal): Promise<{ total: number; artists: ArtistRow[] }> {
    return request('GET', `api/library/artists?${params({ ...only, ...query })}`, undefined, signal);
}

export function artist(name: string, signal?: AbortSignal): Promise<ArtistDetail> {
    return request('GET', `api/library/artist?${params({ name })}`, undefined, signal);
}

export async function anchors(signal?: AbortSignal): Promise<Anchor[]> {
    return (await request<{ anchors: Anchor[] }>('GET', 'api/anchors', undefined, signal)).anchors;
}

/** Keeps where a blend stands under a name. */
export async function saveAnchor(name: string, seeds: Seed[]): Promise<Anchor> {
    return (await request<{ anchor: Anchor }>('POST', 'api/anchors', { name, items: blendItems(seeds) })).anchor;
}

export function deleteAnchor(anchor_id: number): Promise<unknown> {
    return request('DELETE', `api/anchors/${anchor_id}`);
}

export async function radios(signal?: AbortSignal): Promise<Radio[]> {
    return (await request<{ radios: Radio[] }>('GET', 'api/radios', undefined, signal)).radios;
}

/** What a radio is made of, and how. */
export interface NewRadio {
    /** an anchor, or else what is played most */
    anchor_id?: number;
    type?: 'fingerprint';
    temperature?: number;
    n_results: number;
    filter?: Filter;
}

export async function createRadio({ filter = {}, ...radio }: NewRadio): Promise<Radio> {
    return (await request<{ radio: Radio }>('POST', 'api/radios', { ...radio, filter: filterBody(filter), enabled: true })).radio;
}

/** Lets a radio pause, or go on. */
export async function enableRadio(radio_id: number, enabled: boolean): Promise<Radio> {
    return (await request<{ radio: Radio }>('PUT', `api/radios/${radio_id}`, { enabled })).radio;
}

export function deleteRadio(radio_id: number): Promise<unknown> {
    return request('DELETE', `api/radios/${radio_id}`);
}

/** The latest playlists of a radio, the newest first. */
export async function issues(radio_id: number, signal?: AbortSignal): Promise<Issue[]> {
    return (await request<{ issues: Issue[] }>('GET', `api/radios/${radio_id}/issues`, undefined, signal)).issues;
}

export interface RadiosRun {
    playlists_created: number;
    /** what went wrong, each in a sentence */
    failed: string[];
}

/** Makes the playlist of one radio anew, or of all that do not pause. */
export async function runRadios(radio_id?: number): Promise<RadiosRun> {
    const run = await request<RadiosRun>('POST', radio_id === undefined ? 'api/radios/run' : `api/radios/${radio_id}/run`, {});
    if (!run.playlists_created && run.failed.length) throw new ApiError(capital(run.failed[0]), 200, 'empty');
    return run;
}

/** Tells the server that a track was played. */
export function played(item_id: string): Promise<unknown> {
    return request('POST', 'api/plays', { item_id, completed: true });
}

export function failures(offset = 0, limit = 50, signal?: AbortSignal): Promise<{ total: number; failures: Failure[] }> {
    return request('GET', `api/library/failures?offset=${offset}&limit=${limit}`, undefined, signal);
}

/** The newest `n` failures, in as many requests as that takes. */
export async function firstFailures(n: number, signal?: AbortSignal): Promise<{ total: number; failures: Failure[] }> {
    const most = 200;
    const all: Failure[] = [];
    for (;;) {
        const page = await failures(all.length, Math.min(most, n - all.length), signal);
        all.push(...page.failures);
        if (all.length >= n || !page.failures.length || all.length >= page.total) return { total: page.total, failures: all };
    }
}

/** Forgets one failure, or all of them, and starts an analysis that tries again. */
export function retryFailures(item_id?: string): Promise<{ forgotten: number; task_id: string }> {
    return request('POST', 'api/library/failures/retry', item_id ? { item_id } : {});
}

export async function lists(signal?: AbortSignal): Promise<List[]> {
    return (await request<{ lists: List[] }>('GET', 'api/lists', undefined, signal)).lists;
}

export function list(list_id: number, signal?: AbortSignal): Promise<ListWithTracks> {
    return request('GET', `api/lists/${list_id}`, undefined, signal);
}

export function createList(name: string, track_ids: string[]): Promise<List> {
    return request('POST', 'api/lists', { name, track_ids });
}

export function changeList(list_id: number, change: { name?: string; track_ids?: string[] }): Promise<List> {
    return request('PATCH', `api/lists/${list_id}`, change);
}

export function deleteList(list_id: number): Promise<void> {
    return request('DELETE', `api/lists/${list_id}`);
}

export function exportUrl(list_id: number): string {
    return `api/lists/${list_id}/export.m3u8`;
}

export async function tasks(limit = 30, signal?: AbortSignal): Promise<Task[]> {
    return (await request<{ tasks: Task[] }>('GET', `api/tasks?limit=${limit}`, undefined, signal)).tasks;
}

export interface Started {
    task_id: string;
    task_type: string;
    status: string;
}

export function startCleaning(): Promise<Started> {
    return request('POST', 'api/cleaning/start', {});
}

export function startAnalysis(): Promise<Started> {
    return request('POST', 'api/analysis/start', {});
}

/** Searches for playlists. What is found waits as a draft, unless it is to be published at once. */
export function startClustering(publish: boolean): Promise<Started> {
    return request('POST', 'api/clustering/start', { publish });
}

export async function draft(signal?: AbortSignal): Promise<Draft | null> {
    return (await request<{ draft: Draft | null }>('GET', 'api/clustering/draft', undefined, signal)).draft;
}

/** The tracks of a list of the draft. */
export async function draftTracks(list: DraftList, signal?: AbortSignal): Promise<Track[]> {
    const found = await request<DraftList & { tracks: Track[] }>('GET', `api/clustering/draft/lists/${list.number}`, undefined, signal);
    const same = found.track_ids.length === list.track_ids.length && found.track_ids.every((id, i) => id === list.track_ids[i]);
    if (!same) throw new ApiError('The search has found better playlists since. Look at what it found.', 404, 'not_found');
    return found.tracks;
}

/** Publishes these lists, some under new names. `problem` says what went wrong on media servers; "" when nothing did. */
export function publishDraft({ task_id, made_at }: Draft, lists: { number: number; name?: string }[]): Promise<{ playlists_created: number; problem: string }> {
    return request('POST', 'api/clustering/draft/publish', { task_id, made_at, lists });
}

export function discardDraft(): Promise<void> {
    return request('DELETE', 'api/clustering/draft');
}

export function cancelTask(task_id: string): Promise<unknown> {
    return request('POST', `api/cancel/${id(task_id)}`, {});
}

export async function servers(signal?: AbortSignal): Promise<Server[]> {
    return (await request<{ servers: Server[] }>('GET', 'api/servers', undefined, signal)).servers;
}

/** Tries a server; of one that is kept already, what `creds` leaves as it is. What goes wrong with it is an answer, too. */
export function testServer(kind: Kind, creds: Creds, server_id?: string, signal?: AbortSignal): Promise<Probe> {
    return request('POST', 'api/servers/test', { server_type: kind, creds, server_id }, signal);
}

/** Keeps a server and begins to read it, unless something else runs: `sweep_task_id` is null then. */
export function addServer(kind: Kind, name: string, creds: Creds): Promise<Server & { sweep_task_id: string | null }> {
    return request('POST', 'api/servers', { server_type: kind, name, creds });
}

/** Begins to read it when other music is meant now, unless something else runs. */
export function changeServer(server_id: string, name: string, creds: Creds): Promise<Server & { sweep_task_id: string | null }> {
    return request('PATCH', `api/servers/${id(server_id)}`, { name, creds });
}

export function removeServer(server_id: string): Promise<unknown> {
    return request('DELETE', `api/servers/${id(server_id)}`);
}

export function makeDefaultServer(server_id: string): Promise<Server> {
    return request('POST', `api/servers/${id(server_id)}/default`, {});
}

/** Tracks that are on no list yet as a file for other players. */
export async function exportTracks(name: string, track_ids: string[]): Promise<Blob> {
    const response = await fetch('api/lists/export.m3u8', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name, track_ids }),
    });
    if (!response.ok) throw new ApiError('The tracks could not be exported.', response.status, '');
    return response.blob();
}

/** The whole map, in the form that lib/map.ts reads. */
export async function map(signal?: AbortSignal): Promise<ArrayBuffer> {
    const response = await fetch('api/library/map', { signal });
    if (!response.ok) throw new ApiError(`The server answered ${response.status} ${response.statusText}.`, response.status, '');
    return response.arrayBuffer();
}

/** The tracks of up to 200 points of the map. */
/** A track of the map; `hidden`: by an artist whom one never wants to hear. */
export type MapTrack = Track & { point: number; hidden: boolean };

export async function mapTracks(points: number[], signal?: AbortSignal): Promise<MapTrack[]> {
    return (await request<{ tracks: MapTrack[] }>('GET', `api/library/map/tracks?points=${points.join(',')}`, undefined, signal)).tracks;
}

/** The points of up to 200 tracks; null for one that is not on the map. */
export async function mapPoints(items: string[]): Promise<(number | null)[]> {
    return (await request<{ points: (number | null)[] }>('GET', `api/library/map/points?items=${items.map(id).join(',')}`)).points;
}

export async function mapListPoints(list_id: number): Promise<(number | null)[]> {
    return (await request<{ points: (number | null)[] }>('GET', `api/library/map/points?list_id=${list_id}`)).points;
}

/** Brings the map up to date; answers when that is done. */
export function drawMap(): Promise<unknown> {
    return request('POST', 'api/rebuild_map_cache', {});
}

export const eventsUrl = 'api/events';
