// What Explore, the artists and the player ask of the test double: simple stand-ins for the real searches, over the same library.

import { card, similarTo } from './library.mjs';

const moods = { happy: 'happy', sad: 'sad', aggressive: 'aggressive', relaxed: 'relaxed', danceable: 'danceable', party: 'party' };
const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const list = (text) => String(text ?? '').split(',').map((t) => fold(t.trim())).filter(Boolean);

/** Whether a track is what the filter asks for. `get` reads a parameter by name. */
export function passes(e, get) {
    const number = (name) => (get(name) === undefined || get(name) === null || get(name) === '' ? null : Number(get(name)));
    const between = (value, from, to) => (number(from) === null || value >= number(from)) && (number(to) === null || value <= number(to));
    const genres = e.track.genres.map(fold);
    const artists = e.track.artists.map(fold);
    const heard = e.state === 'analysed' ? e.heard : null;
    const sounds = ['tempo_from', 'tempo_to', 'energy_from', 'energy_to', 'key', 'vocal'].some((name) => get(name));
    if (sounds && !heard) return false;
    const key = String(get('key') ?? '').replace(/^(\S+?)m$/, '$1 minor');
    const instrumental = heard?.moods.some((m) => m.name === 'instrumental');
    return (
        (!list(get('genre')).length || list(get('genre')).some((g) => genres.includes(g))) &&
        !list(get('genre_not')).some((g) => genres.includes(g)) &&
        (!list(get('artist')).length || list(get('artist')).some((a) => artists.includes(a))) &&
        !list(get('artist_not')).some((a) => artists.includes(a)) &&
        between(e.track.year, 'year_from', 'year_to') &&
        between(e.track.duration_s, 'length_from', 'length_to') &&
        between(e.plays ?? 0, 'plays_from', 'plays_to') &&
        (!heard || between(heard.tempo, 'tempo_from', 'tempo_to')) &&
        (!heard || between(heard.energy, 'energy_from', 'energy_to')) &&
        (!key || !heard || key === `${heard.key} ${heard.scale}`) &&
        (!get('vocal') || (get('vocal') === 'instrumental') === Boolean(instrumental)) &&
        !(String(get('favourite')) === 'true' && e.track.item_id.charCodeAt(1) % 3)
    );
}

function capped(cards, get) {
    const most = Number(get('max_per_artist') ?? 0);
    if (!most) return cards;
    const counts = new Map();
    return cards.filter((c) => {
        counts.set(c.author, (counts.get(c.author) ?? 0) + 1);
        return counts.get(c.author) <= most;
    });
}

/** A track that stands for several: the mean of how they sound, in the style of most. */
function centroid(entries) {
    const mean = (f) => entries.reduce((sum, e) => sum + f(e.heard), 0) / entries.length;
    const styles = new Map();
    for (const e of entries) styles.set(e.heard.style, (styles.get(e.heard.style) ?? 0) + 1);
    const [[style]] = [...styles].sort((a, b) => b[1] - a[1]);
    return { heard: { tempo: mean((h) => h.tempo), energy: mean((h) => h.energy), key: '', scale: '', style } };
}

const far = (a, b) => (a.heard.style === b.heard.style ? 0.04 : 0.35) + Math.abs(a.heard.tempo - b.heard.tempo) / 200 + Math.abs(a.heard.energy - b.heard.energy) * 0.4;

export function discoveryRoutes({ Problem, library, entryOf, listById, lists, nextList, say }) {
    const heard = () => library.filter((e) => e.state === 'analysed');
    const from = (query) => (name) => query.get(name);
    const ofMood = (mood) => {
        const name = moods[mood];
        if (!name) throw new Problem(400, 'invalid_argument', `There is no mood “${mood}”. Choose one of ${Object.keys(moods).join(', ')}.`);
        return [...heard()].sort((a, b) => b.heard.other_features[name] - a.heard.other_features[name]).slice(0, 12);
    };
    const ofArtist = (name) => library.filter((e) => e.track.artists.includes(name));
    let anchors = [];
    let radios = [];
    const issues = new Map();
    let nextId = 1;
    const ofAnchor = (id) => {
        const anchor = anchors.find((a) => a.id === Number(id));
        if (!anchor) throw new Problem(404, 'not_found', 'Anchor not found');
        return anchor.members;
    };
    const ofItem = ({ type, id }) => {
        const found = { song: () => [entryOf(id)], artist: () => ofArtist(id), playlist: () => listById(id).track_ids.map(entryOf), mood: () => ofMood(id), anchor: () => ofAnchor(id) }[type]?.();
        return (found ?? []).filter((e) => e.state === 'analysed');
    };

    function similar(query) {
        const get = from(query);
        const n = Number(get('n') ?? 25);
        const ids = (get('item_id') ?? get('seeds') ?? '').split(',').filter(Boolean);
        const seeds = get('mood') ? ofMood(get('mood')) : get('anchor') ? ofAnchor(get('anchor')) : ids.map(entryOf);
        const waiting = seeds.find((e) => e.state !== 'analysed');
        if (waiting) throw new Problem(409, 'conflict', `“${waiting.track.title}” has not been listened to yet, so nothing can be compared with it. Start an analysis first.`);
        if (!seeds.length) throw new Problem(400, 'invalid_argument', 'A search needs a seed: item_id, seeds, mood or anchor.');
        const centre = seeds.length === 1 ? seeds[0] : centroid(seeds);
        const pool = library.filter((e) => passes(e, get) && !seeds.includes(e));
        const tracks = capped(similarTo(pool, centre, pool.length), get).slice(0, n);
        return { json: ids.length === 1 ? { seed: card(seeds[0]), tracks } : { seeds: ids.length ? seeds.map(card) : [], tracks } };
    }

    function path(query) {
        const get = from(query);
        const stops = [get('from'), ...(get('via') ?? '').split(',').filter(Boolean), get('to')].map(entryOf);
        const n = Math.max(stops.length, Number(get('n') ?? 25));
        const chosen = new Set(stops);
        const way = [stops[0]];
        for (let leg = 1; leg < stops.length; leg++) {
            const [a, b] = [stops[leg - 1], stops[leg]];
            const between = Math.floor((n - stops.length) / (stops.length - 1));
            for (let i = 1; i <= between; i++) {
                const t = i / (between + 1);
                const want = { tempo: a.heard.tempo + (b.heard.tempo - a.heard.tempo) * t, energy: a.heard.energy + (b.heard.energy - a.heard.energy) * t };
                const off = (e) => Math.abs(e.heard.tempo - want.tempo) / 60 + Math.abs(e.heard.energy - want.energy) + (e.heard.style === (t < 0.5 ? a : b).heard.style ? 0 : 0.4);
                const next = heard().filter((e) => !chosen.has(e) && passes(e, get)).sort((x, y) => off(x) - off(y))[0];
                if (!next) continue;
                chosen.add(next);
                way.push(next);
            }
            way.push(b);
        }
        const steps = way.map((e, i) => (i ? far(way[i - 1], e) : 0));
        const tracks = way.map((e, i) => ({ ...card(e), step: i, distance: steps[i] }));
        return { json: { tracks, total_distance: steps.reduce((s, d) => s + d, 0), stats: {} } };
    }

    function blend(body) {
        const get = (name) => body.filter?.[name];
        const plus = (body.items ?? []).filter((i) => i.op !== 'SUBTRACT').flatMap(ofItem);
        const minus = (body.items ?? []).filter((i) => i.op === 'SUBTRACT').flatMap(ofItem);
        if (!plus.length) throw new Problem(400, 'invalid_argument', 'A blend needs at least one thing to add.');
        const centre = centroid(plus);
        const away = minus.length ? centroid(minus) : null;
        const ranked = capped(similarTo(library.filter((e) => passes(e, get)), centre, library.length), get);
        const near = (c) => away && far(away, { heard: c }) < 0.2;
        return { json: { tracks: ranked.filter((c) => !near(c)).slice(0, body.n ?? 50), filtered_out: ranked.slice(0, 50).filter(near), points: {} } };
    }

    const named = (e) => ({ item_id: e.track.item_id, title: e.track.title });

    function artist(name) {
        const own = ofArtist(name);
        if (!own.length) throw new Problem(404, 'not_found', `There is no artist “${name}” in the library.`);
        const albums = new Map();
        for (const e of own) {
            const album = albums.get(e.track.album) ?? { album: e.track.album, album_artist: e.track.album_artist, year: e.track.year, tracks: 0, item_id: e.track.item_id, has_cover: false };
            album.tracks++;
            albums.set(e.track.album, album);
        }
        const mine = own.filter((e) => e.state === 'analysed');
        const others = new Map();
        for (const e of heard()) {
            const other = e.track.artists[0];
            if (other === name || !mine.length) continue;
            for (const m of mine) {
                const d = far(m, e);
                const pairs = others.get(other) ?? [];
                pairs.push({ d, mine: m, theirs: e });
                others.set(other, pairs);
            }
        }
        const alike = [...others].map(([other, pairs]) => {
            pairs.sort((a, b) => a.d - b.d);
            const distance = pairs.slice(0, 4).reduce((s, p) => s + p.d, 0) / Math.min(4, pairs.length);
            return { artist: other, tracks: ofArtist(other).length, cover_item_id: null, distance, similarity: Math.round(100 * Math.exp(-distance * 2)), matches: pairs.slice(0, 2).map((p) => ({ distance: p.d, similarity: 90, mine: [named(p.mine)], theirs: [named(p.theirs)] })) };
        });
        return { artist: name, tracks: own.map(card), albums: [...albums.values()], similar: alike.sort((a, b) => a.distance - b.distance).slice(0, 12) };
    }

    function order({ tracks, list_id, arc = 'smooth' }) {
        const entries = (tracks ?? listById(list_id).track_ids).map(entryOf);
        const level = (e) => (e.heard.energy + e.heard.tempo / 200) * (e.state === 'analysed' ? 1 : 0);
        const up = [...entries].sort((a, b) => level(a) - level(b));
        const shapes = {
            smooth: () => up,
            rise: () => up,
            fall: () => up.reverse(),
            arch: () => [...up.filter((_, i) => i % 2 === 0), ...up.filter((_, i) => i % 2).reverse()],
            wave: () => up.map((_, i) => up[i % 2 ? up.length - 1 - (i >> 1) : i >> 1]),
        };
        return { json: { tracks: shapes[arc]().map(card) } };
    }

    const mostPlayed = () => heard().filter((e) => e.plays).sort((a, b) => b.plays - a.plays).slice(0, 12);
    const radioById = (id) => {
        const radio = radios.find((r) => r.id === Number(id));
        if (!radio) throw new Problem(404, 'not_found', 'Radio not found');
        return radio;
    };

    function run(chosen) {
        for (const radio of chosen) {
            const seeds = radio.anchor_id ? ofAnchor(radio.anchor_id) : mostPlayed();
            const pool = library.filter((e) => passes(e, (name) => radio.filter[name]));
            const members = similarTo(pool, centroid(seeds), radio.n_results).map((c) => c.item_id);
            const at = Date.now() / 1000;
            const known = lists().find((l) => l.id === radio.list_id);
            radio.refreshed_at = at;
            if (known) Object.assign(known, { track_ids: members, updated_at: at });
            else lists().push({ id: (radio.list_id = nextList()), name: radio.name, kind: 'own', created_at: at, updated_at: at, recipe: { radio: radio.name }, track_ids: members });
            issues.set(radio.id, [{ number: (issues.get(radio.id)?.[0].number ?? 0) + 1, made_at: at, track_ids: members }, ...(issues.get(radio.id) ?? [])].slice(0, 5));
        }
        say('playlists', {});
        return { json: { message: `${chosen.length} of ${chosen.length} radios have a new list.`, radios_enabled: chosen.length, servers_enabled: 1, playlists_created: chosen.length, failed: [] } };
    }

    return [
        ['GET', /^\/api\/library\/similar$/, (_, query) => similar(query)],
        ['GET', /^\/api\/library\/path$/, (_, query) => path(query)],
        ['POST', /^\/api\/library\/blend$/, (_, _q, body) => blend(body)],
        ['GET', /^\/api\/library\/fingerprint$/, (_, query) => {
            const seeds = mostPlayed();
            if (!seeds.length) return { json: { seeds: [], tracks: [] } };
            const pool = library.filter((e) => !seeds.includes(e) && passes(e, from(query)));
            return { json: { seeds: seeds.map((e) => ({ ...card(e), plays: e.plays, last_played: e.last_played })), tracks: similarTo(pool, centroid(seeds), Number(query.get('n') ?? 50)) } };
        }],
        ['POST', /^\/api\/library\/order$/, (_, _q, body) => order(body)],
        ['GET', /^\/api\/library\/artists$/, (_, query) => {
            const counts = new Map();
            for (const e of library.filter((e) => passes(e, from(query)))) for (const a of e.track.artists) counts.set(a, (counts.get(a) ?? new Set()).add(e));
            const wanted = fold(query.get('q') ?? '');
            const all = [...counts].filter(([a]) => fold(a).includes(wanted)).sort((a, b) => a[0].localeCompare(b[0]));
            const offset = Number(query.get('offset') ?? 0);
            const rows = all.slice(offset, offset + Number(query.get('limit') ?? 50));
            return { json: { total: all.length, artists: rows.map(([a, own]) => ({ artist: a, tracks: own.size, cover_item_id: null })) } };
        }],
        ['GET', /^\/api\/library\/artist$/, (_, query) => ({ json: artist(query.get('name')) })],
        ['POST', /^\/api\/plays$/, (_, _q, body) => {
            const e = entryOf(body.item_id);
            e.plays = (e.plays ?? 0) + 1;
            e.last_played = Date.now() / 1000;
            return { json: { counted: true } };
        }],
        ['GET', /^\/api\/anchors$/, () => ({ json: { anchors: anchors.map(({ id, name }) => ({ id, name })) } })],
        ['POST', /^\/api\/anchors$/, (_, _q, body) => {
            const name = String(body.name ?? '').trim();
            if (!name) throw new Problem(400, 'invalid_argument', 'An anchor needs a name.');
            const anchor = { id: nextId++, name, members: (body.items ?? []).filter((i) => i.op !== 'SUBTRACT').flatMap(ofItem) };
            anchors.push(anchor);
            return { json: { anchor: { id: anchor.id, name } } };
        }],
        ['DELETE', /^\/api\/anchors\/(\d+)$/, ([id]) => {
            ofAnchor(id);
            anchors = anchors.filter((a) => a.id !== Number(id));
            radios = radios.filter((r) => r.anchor_id !== Number(id));
            return { json: { deleted: true } };
        }],
        ['GET', /^\/api\/radios$/, () => ({ json: { radios } })],
        ['POST', /^\/api\/radios$/, (_, _q, body) => {
            const anchor = anchors.find((a) => a.id === body.anchor_id);
            if (!anchor && body.type !== 'fingerprint') throw new Problem(400, 'invalid_argument', 'There is no such anchor.');
            const recipe = anchor ? {} : { type: 'fingerprint' };
            const radio = { id: nextId++, anchor_id: anchor?.id ?? 0, name: anchor?.name ?? 'Sonic fingerprint', temperature: body.temperature ?? 1, n_results: body.n_results, enabled: body.enabled ?? true, recipe, filter: body.filter ?? {}, list_id: null, refreshed_at: null };
            radios.push(radio);
            return { json: { radio } };
        }],
        ['PUT', /^\/api\/radios\/(\d+)$/, ([id], _q, body) => ({ json: { radio: Object.assign(radioById(id), body) } })],
        ['DELETE', /^\/api\/radios\/(\d+)$/, ([id]) => {
            radioById(id);
            radios = radios.filter((r) => r.id !== Number(id));
            return { json: { deleted: true } };
        }],
        ['GET', /^\/api\/radios\/(\d+)\/issues$/, ([id]) => ({ json: { issues: issues.get(radioById(id).id) ?? [] } })],
        ['POST', /^\/api\/radios\/run$/, () => run(radios.filter((r) => r.enabled))],
        ['POST', /^\/api\/radios\/(\d+)\/run$/, ([id]) => run([radioById(id)])],
    ];
}
