// How the test double answers a request in words: genres, decades, "instrumental", "like" an artist and numbers of songs or
// minutes, in the shape of the real answer. "No" holds for the genre behind it, and on for "or".

import { card, similarTo } from './library.mjs';

const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const filler = /^(a|an|and|but|for|from|me|music|of|or|please|play|some|songs?|the|tracks?|with)$/i;

/** Each rule reads what stands at the beginning of the text: a condition's words and the rest of it, or null. */
function rules(library) {
    const genres = new Map(library.flatMap((e) => e.track.genres).map((g) => [fold(g), g.toLowerCase()]));
    const artists = new Map(library.map((e) => [fold(e.track.author), e.track.author]));
    const named = (names, text) => [...names.keys()].filter((name) => fold(text).startsWith(name) && !/^\p{L}/u.test(text.slice(name.length))).sort((a, b) => b.length - a.length)[0];
    return [
        (text) => {
            const [words, n, unit] = /^(\d+) (songs?|tracks?|minutes?)\b/i.exec(text) ?? [];
            if (!words) return null;
            return /^m/i.test(unit) ? { words, kind: 'duration', from: n * 60 } : { words: n, kind: 'count', from: Number(n) };
        },
        (text) => {
            const [words, decade] = /^(?:from the )?([5-9]0)s\b/i.exec(text) ?? [];
            const year = 1900 + Number(decade);
            return words ? { words, kind: 'year', from: year, to: year + 9, test: (e) => e.track.year >= year && e.track.year < year + 10 } : null;
        },
        (text) => {
            const [words] = /^instrumental\b/i.exec(text) ?? [];
            return words ? { words, kind: 'voice', value: 'instrumental', test: (e) => e.heard.moods.some((m) => m.name === 'instrumental') } : null;
        },
        (text) => {
            const [lead] = /^like /i.exec(text) ?? [];
            const name = lead && named(artists, text.slice(lead.length));
            return name ? { words: text.slice(0, lead.length + name.length), kind: 'like_artist', value: artists.get(name), test: () => true } : null;
        },
        (text) => {
            const name = named(genres, text);
            return name ? { words: text.slice(0, name.length), kind: 'genre', value: genres.get(name), test: (e) => e.track.genres.some((g) => fold(g) === name) } : null;
        },
    ];
}

function understand(library, q) {
    const conditions = [];
    const not_understood = [];
    const read = rules(library);
    let not = false;
    let or = false;
    for (let at = 0; at < q.length; ) {
        const text = q.slice(at);
        const [blank] = /^[\s,;.]+/.exec(text) ?? [];
        const found = blank ? null : read.map((rule) => rule(text)).find(Boolean);
        const word = /^[^\s,;.]*/.exec(text)[0];
        if (blank) {
            if (/[,;.]/.test(blank)) not = or = false;
        } else if (found) {
            const unwanted = found.kind === 'genre' && not;
            conditions.push({ value: '', from: null, to: null, ...found, degree: unwanted ? 'is_not' : 'is' });
            [not, or] = [false, unwanted];
        } else if (/^(no|not|without)$/i.test(word)) not = true;
        else if (/^or$/i.test(word)) not = or;
        else if (!filler.test(word)) not_understood.push(word);
        at += (blank ?? found?.words ?? word).length;
    }
    return { conditions, not_understood };
}

/** `passes` says which tracks the list may have. */
export function answerWords(library, q, n, passes) {
    const { conditions, not_understood } = understand(library, q);
    const meets = (c, e) => c.test(e) === (c.degree === 'is');
    const sounding = conditions.filter((c) => c.test);
    const of = (kind) => conditions.filter((c) => c.kind === kind && c.degree === 'is');
    const [like] = of('like_artist');
    const ranked = like ? similarTo(library, library.find((e) => e.track.author === like.value), library.length).map((c) => library.find((e) => e.track.item_id === c.item_id)) : library.filter((e) => e.state === 'analysed');
    // genres are alternatives and never give way; the years do
    const strict = ranked.filter((e) => passes(e) && sounding.filter((c) => c.degree === 'is_not' || c.kind === 'voice').every((c) => meets(c, e)) && (!of('genre').length || of('genre').some((c) => c.test(e))));
    const dated = strict.filter((e) => of('year').every((c) => c.test(e)));
    const found = conditions.length ? [...dated, ...(dated.length < 10 ? strict.filter((e) => !dated.includes(e)) : [])] : [];
    const seconds = of('duration')[0]?.from ?? Infinity;
    const entries = [];
    let total_duration_s = 0;
    for (const e of found.slice(0, of('count')[0]?.from ?? n)) {
        if (total_duration_s >= seconds) break;
        entries.push(e);
        total_duration_s += e.track.duration_s;
    }
    const told = conditions.map(({ test, ...c }) => {
        const length = c.kind === 'count' || c.kind === 'duration';
        const tracks = length ? entries.length : entries.filter((e) => meets({ ...c, test }, e)).length;
        const whole = !entries.length ? false : c.kind === 'count' ? tracks === c.from : c.kind === 'duration' ? total_duration_s >= c.from : tracks === entries.length || c.kind === 'genre';
        const state = !entries.length || !tracks ? 'dropped' : whole ? 'met' : 'relaxed';
        const note = { met: '', dropped: entries.length ? 'No track that meets the other conditions does.' : 'There is no list.', relaxed: length ? `${tracks} tracks: there are no more that fit.` : `${tracks} of ${entries.length} tracks.` }[state];
        return { ...c, text: [c.kind, c.degree === 'is_not' ? 'not' : '', c.value, c.from ?? ''].filter(Boolean).join(' '), state, tracks, note };
    });
    const message = entries.length ? '' : !conditions.length && not_understood.length ? 'None of these words is understood.' : 'No track of the library fits.';
    return { understood_by: 'rules', why_rules: '', steps: [], conditions: told, not_understood, language: 'en', cut: q.length > 1000, message, tracks: entries.map(card), total_duration_s };
}
