// The page's test double: the routes the page calls, over a made-up library, with jobs that pretend. Plain Node.
//   node mock/server.mjs [--port 8123] [--tracks 96] [--analysed] [--pace 60]
// --analysed starts with everything listened to and playlists made; --pace is milliseconds per track of the pretended analysis.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discoveryRoutes, passes } from './discovery.mjs';
import { card, families, makeLibrary, profile, search, summary } from './library.mjs';
import { mapPicture, placeTracks } from './map.mjs';
import { serverRoutes } from './servers.mjs';
import { wav } from './wav.mjs';
import { answerWords } from './words.mjs';

const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const port = option('port', 8123);
const pace = option('pace', 60);
const library = makeLibrary(option('tracks', 96));
const byId = new Map(library.map((e) => [e.track.item_id, e]));
const dist = join(fileURLToPath(new URL('.', import.meta.url)), '../dist');

class Problem extends Error {
    constructor(status, code, message, more = {}) {
        super(message);
        Object.assign(this, { status, code, more });
    }
}

let lists = [];
let nextList = 1;
let draft = null;
let tasks = [];
let active = null;
const listeners = new Set();
const now = () => Date.now() / 1000;

function say(event, data) {
    for (const response of listeners) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function listOf(entry) {
    const { track_ids, ...rest } = entry;
    const members = track_ids.map((id) => byId.get(id)).filter(Boolean);
    return { ...rest, track_count: members.length, duration_s: members.reduce((s, e) => s + e.track.duration_s, 0), profile: profile(members), covers: [] };
}

function startTask(task_type, step) {
    const task = {
        task_id: crypto.randomUUID(),
        task_type,
        status: 'PENDING',
        progress: 0,
        details: { status_message: 'Waiting for its turn', log: [], step, eta_s: null, counts: {} },
        created_at: now(),
        started_at: null,
        finished_at: null,
        running_time_seconds: 0,
    };
    tasks = [task, ...tasks].slice(0, 100);
    active = task;
    return task;
}

function announce(task) {
    const { status_message, eta_s, counts } = task.details;
    say('job', { task_id: task.task_id, task_type: task.task_type, status: task.status, progress: task.progress, status_message, eta_s, counts });
}

function note(task, text) {
    task.details.status_message = text;
    task.details.log = [...task.details.log, `${new Date().toISOString().slice(11, 19)} ${text}`].slice(-10);
}

function finish(task, status, text) {
    note(task, text);
    Object.assign(task, { status, progress: 100, finished_at: now() });
    task.details.eta_s = null;
    if (active === task) active = null;
    announce(task);
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function analyse(task) {
    task.started_at = now();
    task.status = 'PROGRESS';
    const todo = library.filter((e) => e.state === 'pending');
    const known = library.length - todo.length;
    const counts = { found: library.length, total: library.length, analysed: 0, known, failed: 0 };
    task.details.counts = counts;
    note(task, `Found ${library.length} tracks in /music`);
    announce(task);
    for (const [i, entry] of todo.entries()) {
        await pause(pace);
        if (task.status === 'REVOKED') return;
        entry.state = entry.failure ? 'failed' : 'analysed';
        entry.failed_at = entry.failure ? now() : null;
        counts[entry.failure ? 'failed' : 'analysed']++;
        task.progress = Math.round((100 * (i + 1)) / todo.length);
        task.running_time_seconds = now() - task.started_at;
        task.details.eta_s = i < 4 ? null : ((todo.length - i - 1) * pace) / 1000;
        note(task, entry.failure ? entry.failure.error : `${entry.track.author} – ${entry.track.title}`);
        announce(task);
        if (i % 8 === 7) say('library', { tracks: library.length, analysed: library.filter((e) => e.state === 'analysed').length });
    }
    const analysed = library.filter((e) => e.state === 'analysed').length;
    say('library', { tracks: library.length, analysed });
    say('index', { count: analysed });
    finish(task, 'SUCCESS', `Found ${counts.found}: ${counts.analysed} analysed, ${counts.known} known, ${counts.failed} failed`);
}

/** What a search finds: a list for each style. */
function group(task_id) {
    const found = families.map((family) => library.filter((e) => e.state === 'analysed' && e.heard.style === family)).filter((members) => members.length >= 3);
    return {
        task_id,
        made_at: now(),
        algorithm: 'kmeans',
        score: 0.5,
        lists: found.map((members, i) => {
            const [a, b] = members[0].heard.moods;
            const name = `${a.name}_${b.name}_Instrumental_Medium`.replace(/(^|_)\w/g, (c) => c.toUpperCase());
            return { number: i + 1, name, replaces: lists.find((l) => l.kind === 'automatic' && l.track_ids[0] === members[0].track.item_id)?.id ?? null, recipe: { algorithm: 'kmeans', runs: 50 }, track_ids: members.slice(0, 40).map((e) => e.track.item_id) };
        }),
    };
}

function draftListOf({ track_ids, ...rest }) {
    const members = track_ids.map((id) => byId.get(id));
    const sample = [0, 1, 2].map((i) => members[Math.floor((i * members.length) / 3)]);
    return { ...rest, track_count: members.length, duration_s: members.reduce((s, e) => s + e.track.duration_s, 0), profile: profile(members), covers: [], sample: sample.map(card), track_ids, points: members.map((e) => library.indexOf(e) + 1) };
}

/** Makes lists of the draft the automatic playlists. */
function publish(chosen = draft.lists.map(({ number }) => ({ number }))) {
    if (!chosen.length) throw new Problem(400, 'invalid_argument', 'None of the lists is to be kept.');
    const made = chosen.map(({ number, name }) => {
        const list = draft.lists.find((l) => l.number === number);
        if (!list) throw new Problem(404, 'not_found', `The draft has no list ${number}. A newer search may have replaced it; look again.`);
        return { id: list.replaces ?? nextList++, name: name || list.name, kind: 'automatic', created_at: now(), updated_at: now(), recipe: list.recipe, track_ids: list.track_ids };
    });
    lists = [...made, ...lists.filter((l) => l.kind !== 'automatic')];
    draft = null;
    say('playlists', {});
    return made.length;
}

async function cluster(task, runs = 50, publishes = true) {
    const step = runs > 1000 ? pace * 50 : pace * 3;
    task.started_at = now();
    task.status = 'PROGRESS';
    for (let run = 1; run <= 10; run++) {
        await pause(step);
        if (task.status === 'REVOKED') return;
        draft = group(task.task_id);
        task.progress = run * 10;
        task.details.eta_s = ((10 - run) * step) / 1000;
        note(task, `Progress: ${(run * runs) / 10}/${runs} runs. Active batches: 2. Best score: ${(0.4 + run / 100).toFixed(3)}`);
        announce(task);
    }
    if (publishes) publish();
    finish(task, 'SUCCESS', publishes ? 'Playlists are ready.' : `${draft.lists.length} playlists wait to be looked at.`);
}

if (process.argv.includes('--analysed')) {
    for (const e of library) {
        e.state = e.failure ? 'failed' : 'analysed';
        e.failed_at = e.failure ? now() - 7200 : null;
    }
    for (const e of library.slice(0, 24)) Object.assign(e, { plays: 24 - Number(e.track.item_id.slice(1)) || 1, last_played: now() - 86400 * Number(e.track.item_id.slice(1)) });
    draft = group('earlier');
    publish();
    const past = (task_type, step, hours_ago, seconds, counts, text) => {
        const task = startTask(task_type, step);
        const started = now() - hours_ago * 3600;
        Object.assign(task, { status: 'SUCCESS', progress: 100, created_at: started, started_at: started, finished_at: started + seconds, running_time_seconds: seconds });
        task.details.counts = counts;
        note(task, text);
    };
    past('main_analysis', 'analyse', 3, library.length * 0.4, { found: library.length, total: library.length, analysed: library.filter((e) => e.state === 'analysed').length, known: 0, failed: library.filter((e) => e.failure).length }, 'Every track has been heard');
    past('main_clustering', 'cluster', 2, 21, {}, `${lists.length} playlists made`);
    active = null;
}

function entryOf(id) {
    const entry = byId.get(id);
    if (!entry) throw new Problem(404, 'not_found', `There is no track ${id}.`);
    return entry;
}

function listById(id) {
    const entry = lists.find((l) => l.id === Number(id));
    if (!entry) throw new Problem(404, 'not_found', `There is no playlist ${id}. It may have been deleted, or replaced by a newer run.`);
    return entry;
}

function begin(task_type, step, run) {
    if (active) throw new Problem(409, 'conflict', 'Another task is running. Wait for it, or cancel it first.', { task_id: active.task_id, task_type: active.task_type, status: active.status });
    const task = startTask(task_type, step);
    void run(task);
    return { status: 202, json: { status: 'queued', task_id: task.task_id, task_type } };
}

function nameFrom(body, self) {
    const name = String(body.name ?? '').trim();
    if (!name) throw new Problem(400, 'invalid_argument', 'A playlist needs a name.');
    if (lists.some((l) => l.kind === 'own' && l !== self && l.name === name)) throw new Problem(409, 'conflict', `There is a playlist named “${name}” already. Choose another name.`);
    return name;
}

function m3u8(name, ids) {
    const lines = ['#EXTM3U', `#PLAYLIST:${name}`];
    for (const e of ids.map(entryOf)) lines.push(`#EXTINF:${Math.round(e.track.duration_s)},${e.track.author} - ${e.track.title}`, e.path);
    const file = encodeURIComponent(`${name}.m3u8`);
    return { type: 'audio/x-mpegurl', body: `${lines.join('\n')}\n`, headers: { 'Content-Disposition': `attachment; filename="playlist.m3u8"; filename*=UTF-8''${file}` } };
}

const routes = [
    ['GET', /^\/api\/auth$/, () => ({ json: { enabled: false, setup_needed: false, user: null, signed_in_by: 'off', rights: ['read', 'playlists', 'jobs', 'admin'] } })],
    ['GET', /^\/api\/health$/, () => ({ json: { status: 'ok' } })],
    ['GET', /^\/api\/library\/summary$/, () => ({ json: summary(library, lists) })],
    ['GET', /^\/api\/library\/tracks$/, (_, query) => {
        const found = search(library, { q: query.get('q') ?? '', filter: query.get('filter') ?? 'all', order: query.get('order') ?? 'relevance' }).filter((e) => passes(e, (name) => query.get(name)));
        const offset = Number(query.get('offset') ?? 0);
        const limit = Math.min(200, Number(query.get('limit') ?? 50));
        return { json: { total: found.length, tracks: found.slice(offset, offset + limit).map(card) } };
    }],
    ['GET', /^\/api\/library\/tracks\/([^/]+)$/, ([id]) => {
        const e = entryOf(id);
        const moods_all = e.state === 'analysed' ? e.heard.moods : [];
        return { json: { ...card(e), path: e.path, track_number: 1, disc_number: 1, moods_all, chroma: new Array(12).fill(0.5), model: { name: 'audiomuse-mini', version: '1' }, tempo_confidence: e.state === 'analysed' ? e.heard.confidence : null, key_confidence: e.state === 'analysed' ? 1 - e.heard.confidence : null, loudness: null, decode_settings: e.state === 'analysed' ? '16000 Hz, first 600 s' : '', warning: null, lyrics: null, failure: e.state === 'failed' ? { ...e.failure, failed_at: e.failed_at } : null } };
    }],
    ['GET', /^\/api\/library\/tracks\/([^/]+)\/audio$/, ([id], _q, _b, headers) => {
        const e = entryOf(id);
        const body = wav(Number(id.slice(1)), e.track.duration_s);
        const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
        if (!range) return { type: 'audio/wav', body, headers: { 'Accept-Ranges': 'bytes' } };
        const from = Number(range[1]);
        const to = range[2] ? Number(range[2]) : body.length - 1;
        return { status: 206, type: 'audio/wav', body: body.subarray(from, to + 1), headers: { 'Accept-Ranges': 'bytes', 'Content-Range': `bytes ${from}-${to}/${body.length}` } };
    }],
    ['GET', /^\/api\/library\/tracks\/([^/]+)\/cover$/, () => { throw new Problem(404, 'not_found', 'This track has no cover.'); }],
    ['GET', /^\/api\/library\/ask$/, (_, query) => {
        const q = query.get('q') ?? '';
        if (!q.trim()) throw new Problem(400, 'invalid_argument', "Missing 'q' parameter.");
        return { json: answerWords(library, q, Number(query.get('n') ?? 50), (e) => passes(e, (name) => query.get(name))) };
    }],
    ['GET', /^\/chat\/api\/config_defaults$/, () => ({ json: { default_ai_provider: 'NONE' } })],
    ...discoveryRoutes({ Problem, library, entryOf, listById, lists: () => lists, nextList: () => nextList++, say }),
    ['GET', /^\/api\/library\/failures$/, (_, query) => {
        const failed = library.filter((e) => e.state === 'failed');
        const offset = Number(query.get('offset') ?? 0);
        const rows = failed.slice(offset, offset + Number(query.get('limit') ?? 50));
        return { json: { total: failed.length, failures: rows.map((e) => ({ item_id: e.track.item_id, path: e.path, title: e.track.title, author: e.track.author, ...e.failure, failed_at: e.failed_at })) } };
    }],
    ['POST', /^\/api\/library\/failures\/retry$/, (_, _q, body) => {
        const started = begin('main_analysis', 'analyse', analyse);
        const failed = library.filter((e) => e.state === 'failed' && (!body.item_id || e.track.item_id === body.item_id));
        for (const e of failed) e.state = 'pending';
        return { ...started, json: { forgotten: failed.length, ...started.json } };
    }],
    ['GET', /^\/api\/lists$/, () => ({ json: { lists: lists.map(listOf) } })],
    ['POST', /^\/api\/lists$/, (_, _q, body) => {
        const entry = { id: nextList++, name: nameFrom(body), kind: 'own', created_at: now(), updated_at: now(), recipe: {}, track_ids: body.track_ids ?? [] };
        lists.push(entry);
        say('playlists', {});
        return { status: 201, json: listOf(entry) };
    }],
    ['GET', /^\/api\/lists\/(\d+)$/, ([id]) => {
        const entry = listById(id);
        return { json: { ...listOf(entry), tracks: entry.track_ids.map((t) => card(byId.get(t))) } };
    }],
    ['PATCH', /^\/api\/lists\/(\d+)$/, ([id], _q, body) => {
        const entry = listById(id);
        if (body.name !== undefined) entry.name = nameFrom(body, entry);
        if (body.track_ids) entry.track_ids = body.track_ids;
        entry.updated_at = now();
        say('playlists', {});
        return { json: listOf(entry) };
    }],
    ['DELETE', /^\/api\/lists\/(\d+)$/, ([id]) => {
        const entry = listById(id);
        lists = lists.filter((l) => l !== entry);
        say('playlists', {});
        return { status: 204 };
    }],
    ['POST', /^\/api\/lists\/export\.m3u8$/, (_, _q, body) => m3u8(String(body.name ?? 'AudioMuse'), body.track_ids ?? [])],
    ['GET', /^\/api\/lists\/(\d+)\/export\.m3u8$/, ([id]) => {
        const entry = listById(id);
        return m3u8(entry.name, entry.track_ids);
    }],
    ...serverRoutes(Problem, () => library.length),
    ['GET', /^\/api\/tasks$/, (_, query) => ({ json: { tasks: tasks.slice(0, Number(query.get('limit') ?? 30)) } })],
    ['GET', /^\/api\/active_tasks$/, () => ({ json: active ?? {} })],
    ['POST', /^\/api\/analysis\/start$/, () => begin('main_analysis', 'analyse', analyse)],
    ['POST', /^\/api\/clustering\/start$/, (_, _q, body) => begin('main_clustering', 'cluster', (task) => cluster(task, body.clustering_runs, body.publish ?? true))],
    ['GET', /^\/api\/playlists$/, () => ({ json: Object.fromEntries(lists.filter((l) => l.kind === 'automatic').map((l) => [`${l.name}_automatic`, l.track_ids.map((id) => ({ item_id: id, title: entryOf(id).track.title, author: entryOf(id).track.author }))])) })],
    ['GET', /^\/api\/clustering\/draft$/, () => ({ json: { draft: draft && { ...draft, lists: draft.lists.map(draftListOf) } } })],
    ['GET', /^\/api\/clustering\/draft\/lists\/(\d+)$/, ([number]) => {
        const list = draft?.lists.find((l) => l.number === Number(number));
        if (!list) throw new Problem(404, 'not_found', `The draft has no list ${number}. It may have been published, or replaced by a newer one.`);
        return { json: { ...draftListOf(list), tracks: list.track_ids.map((id) => card(byId.get(id))) } };
    }],
    ['POST', /^\/api\/clustering\/draft\/publish$/, (_, _q, body) => {
        if (!draft) throw new Problem(404, 'not_found', 'There are no playlists to be published. Start a search first.');
        if (body.task_id && body.task_id !== draft.task_id) throw new Problem(404, 'not_found', 'A newer search has taken the place of these playlists. Look at what it found.');
        if (body.made_at && body.made_at !== draft.made_at) throw new Problem(404, 'not_found', 'The search has found better playlists since. Look at what it found.');
        return { json: { playlists_created: publish(body.lists), problem: '' } };
    }],
    ['DELETE', /^\/api\/clustering\/draft$/, () => {
        draft = null;
        return { status: 204 };
    }],
    ['POST', /^\/api\/cancel\/([^/]+)$/, ([id]) => {
        const task = tasks.find((t) => t.task_id === id);
        if (!task) throw new Problem(404, 'not_found', `There is no task ${id}.`);
        if (task.finished_at) throw new Problem(400, 'conflict', `Task ${id} is over already (${task.status}).`);
        finish(task, 'REVOKED', 'Cancelled');
        return { json: { message: 'Cancelled.', task_id: id, cancelled_jobs_count: 1 } };
    }],
    ['GET', /^\/api\/library\/map$/, () => ({ type: 'application/octet-stream', body: mapPicture(placeTracks(library, families), families) })],
    ['GET', /^\/api\/library\/map\/tracks$/, (_, query) => ({
        json: {
            tracks: query.get('points').split(',').map(Number).filter((n) => library[n - 1]).map((n) => ({ ...card(library[n - 1]), point: n })),
        },
    })],
    ['GET', /^\/api\/library\/map\/points$/, (_, query) => {
        const ids = query.get('list_id') ? lists.find((l) => l.id === Number(query.get('list_id')))?.track_ids ?? [] : (query.get('items') ?? '').split(',');
        return { json: { points: ids.map((item) => (byId.get(item)?.state === 'analysed' ? library.indexOf(byId.get(item)) + 1 : null)) } };
    }],
    ['POST', /^\/api\/rebuild_map_cache$/, () => ({ json: { ok: true, message: 'map cache rebuilt' } })],
];

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob: data:; object-src 'none'; frame-ancestors 'none'; base-uri 'none'";

async function file(pathname) {
    const wanted = normalize(pathname).replace(/^(\.\.[/\\])+/, '');
    for (const candidate of [wanted, 'index.html']) {
        try {
            const body = await readFile(join(dist, candidate));
            return { type: types[extname(candidate)] ?? 'application/octet-stream', body, headers: { 'Content-Security-Policy': policy } };
        } catch {
            // not a file of the page: its own router answers
        }
    }
    throw new Problem(404, 'not_found', 'The page is not built. Run: npm run build');
}

async function answer(request) {
    const url = new URL(request.url, 'http://localhost');
    for (const [method, pattern, handle] of routes) {
        const match = pattern.exec(url.pathname);
        if (!match || method !== request.method) continue;
        let text = '';
        for await (const chunk of request) text += chunk;
        return handle(match.slice(1).map(decodeURIComponent), url.searchParams, text ? JSON.parse(text) : {}, request.headers);
    }
    if (url.pathname.startsWith('/api')) throw new Problem(404, 'not_found', `There is no route ${request.method} ${url.pathname}.`);
    return file(url.pathname);
}

createServer(async (request, response) => {
    if (request.url.startsWith('/api/events')) {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        response.write(': hello\n\n');
        listeners.add(response);
        request.on('close', () => listeners.delete(response));
        if (active) announce(active);
        return;
    }
    let reply;
    try {
        reply = await answer(request);
    } catch (error) {
        reply = { status: error.status ?? 500, json: { error: error.message, error_code: error.code ?? 'internal', ...error.more } };
    }
    const body = reply.json !== undefined ? JSON.stringify(reply.json) : (reply.body ?? '');
    response.writeHead(reply.status ?? 200, {
        'Content-Type': reply.json !== undefined ? 'application/json' : (reply.type ?? 'text/plain'),
        ...(reply.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }),
        ...reply.headers,
    });
    response.end(body);
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`));
