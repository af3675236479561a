// Requests in words: what was understood, in words again, and the same request without a part of it.

import { range, withFilter, type Filter } from './filter';
import { capital, clock, count, keyName, span } from './format';
import type { Condition } from './types';

/** How a request is understood. */
export interface Way {
    /** by the rules, whatever model there is */
    rules?: boolean;
    /** without these conditions of what a model understood, by their text */
    without?: string[];
}

/** Where a request is answered; without words, where one is made. */
export function askHref(words: string, filter: Filter = {}, way: Way = {}): string {
    const query = new URLSearchParams(words ? { q: words } : {});
    if (way.rules) query.set('by', 'rules');
    for (const text of way.without ?? []) query.append('without', text);
    return `explore/ask?${withFilter(query, filter)}`.replace(/\?$/, '');
}

export function wayOf(query: URLSearchParams): Way {
    return { rules: query.get('by') === 'rules', without: query.getAll('without') };
}

/** Whether what is typed where names are looked for reads like a wish, or may be one: no name has it. `matches` is null
    while that is not known. */
export function isWish(words: string, matches: number | null): boolean {
    return /\S\s+\S/.test(words) || (words !== '' && matches === 0);
}

/** Requests to begin with, which show what can be said; one sounds like an artist of the library, where one is known. */
export function exampleRequests(artist?: string): string[] {
    return [
        'Upbeat 90s rock for a run, 40 minutes, no metal',
        'Calm piano, not played lately',
        '20 jazz or soul songs, one per artist',
        'Slow songs in a minor key, female singer',
        'Ruhige Musik zum Einschlafen, ohne Gesang',
        artist ? `Like ${artist}, but more energetic` : 'Energetic electronic music, around 125 bpm',
    ];
}

const text = (number: number | null) => (number === null ? undefined : String(number));

/** What a condition asks for, in a few words: "Happy", "No metal", "1990 – 1999", "Slower". */
export function meaning({ kind, degree, value, from, to }: Condition): string {
    const not = degree === 'is_not';
    const more = degree === 'more';
    const compared = more || degree === 'less';
    const bounds = (say: (value: string) => string, unit = '') => `${not ? 'Not ' : ''}${range(text(from), text(to), say, unit)}`;
    const thing = (no: string) => (compared ? `${more ? 'More' : 'Less'} ${value}` : not ? `${no} ${value}` : capital(value));
    switch (kind) {
        case 'mood':
        case 'style':
            return thing('Not');
        case 'genre':
        case 'instrument':
            return thing('No');
        case 'voice':
            if (value === 'female' || value === 'male') return `${not ? 'No' : 'A'} ${value} voice`;
            return value === 'vocal' ? 'With voice' : capital(value);
        case 'tempo':
            return compared ? (more ? 'Faster' : 'Slower') : bounds((v) => v, ' BPM');
        case 'energy':
            return compared ? (more ? 'More energetic' : 'Calmer') : energyRange(from, to, not);
        case 'key':
            return `${not ? 'Not in' : 'In'} ${/^(major|minor)$/.test(value) ? `a ${value} key` : keyName(value)}`;
        case 'year':
            return bounds((v) => v);
        case 'song_length':
            return compared ? `${more ? 'Longer' : 'Shorter'} songs` : `Songs: ${lower(bounds((v) => clock(Number(v))))}`;
        case 'artist':
            return `${not ? 'Nothing by' : 'By'} ${value}`;
        case 'song':
            return `${not ? 'Not ' : ''}“${value}”`;
        case 'like_artist':
        case 'like_song':
            return `${not ? 'Unlike' : 'Like'} ${value}`;
        case 'similar_artist':
            return `${not ? 'Not by' : 'By'} artists like ${value}`;
        case 'described':
            return `${not ? 'Unlike' : 'Sounds like'} “${value}”`;
        case 'unplayed':
            if (from === null) return not ? 'Played before' : 'Never played';
            return `${not ? 'Played in the last' : 'Not played for'} ${count(from, 'day')}`;
        case 'favourite':
            return not ? 'No favourites' : 'Favourites';
        case 'rating':
            return bounds((v) => v, ' stars');
        case 'count':
            return count(from ?? 0, 'song');
        case 'duration':
            return `${span(from ?? 0)} of music`;
        case 'per_artist':
            return `${count(from ?? 1, 'song')} per artist`;
        default:
            // of a newer server
            return `${not ? 'Not ' : ''}${value || capital(kind.replace(/_/g, ' '))}`;
    }
}

function lower(text: string): string {
    return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Places in the library, 0 the quietest track to 1 the loudest. */
function energyRange(from: number | null, to: number | null, not: boolean): string {
    const half = 0.5;
    if (from !== null && to !== null) return not ? 'Low or high energy' : 'Medium energy';
    if (from !== null) return from >= half ? 'High energy' : 'Not low in energy';
    if (to !== null) return to <= half ? 'Low energy' : 'Not high in energy';
    return 'Any energy';
}

/** Words of a request and what they were understood as: "workout" is two things. */
export interface Phrase {
    words: string;
    conditions: Condition[];
    /** where the words are in the request, the closing quotation mark included */
    begin: number;
    end: number;
}

export function phrasesOf(request: string, conditions: Condition[]): Phrase[] {
    const phrases: Phrase[] = [];
    let from = 0;
    for (const condition of conditions) {
        const last = phrases.at(-1);
        // one phrase says a thing once: "jazz, no jazz" is two
        if (last?.words === condition.words && !last.conditions.some((c) => c.kind === condition.kind && c.value === condition.value)) {
            last.conditions.push(condition);
            continue;
        }
        const begin = Math.max(0, request.indexOf(condition.words, from));
        const end = begin + condition.words.length;
        const closing = /^["'”“’»«)\]]*/.exec(request.slice(end))![0].length;
        phrases.push({ words: condition.words, conditions: [condition], begin, end: end + closing });
        from = end;
    }
    return phrases;
}

/** What a model understood: it may have read one thing in words of several places, so each condition is a phrase of its own. */
export function phrasesOfModel(conditions: Condition[]): Phrase[] {
    return conditions.map((condition) => ({ words: meaning(condition), conditions: [condition], begin: 0, end: 0 }));
}

/** Without the blanks and commas that a cut leaves behind; "1.5" stays what it is. */
function tidy(request: string): string {
    return request.replace(/\s+/g, ' ').replace(/ ([,;.])/g, '$1').replace(/([,;])(?:\s*[,;])+/g, '$1').replace(/^[\s,;.]+|[\s,;.]+$/g, '');
}

const unwanted = (phrase: Phrase | undefined) => phrase?.conditions.every((c) => c.degree === 'is_not') ?? false;

/**
 * The request without the words of one phrase, in three ways, the nicest first: also without what leads to them ("no", "for a");
 * with it, as it may belong to what comes before ("6 songs" from the 90s); and with a "no" for each thing that is not wanted, as
 * that may have stood before the first alone ("no metal, rap or country"). Which of them is understood as the rest was is for
 * the server to tell, see `sameMeanings`.
 */
export function waysWithout(request: string, phrases: Phrase[], gone: Phrase): string[] {
    return ['cut', 'led', 'spelled'].map((way) => {
        const pieces = phrases.map((phrase, i) => {
            const begin = phrases[i - 1]?.end ?? 0;
            const lead = request.slice(begin, phrase.begin);
            if (phrase === gone) return way === 'led' ? lead : /[,;]/.test(lead) ? ', ' : ' ';
            return way === 'spelled' && unwanted(phrase) && unwanted(phrases[i - 1]) ? `, no ${phrase.words}` : request.slice(begin, phrase.end);
        });
        return tidy(pieces.join('') + request.slice(phrases[phrases.length - 1].end));
    });
}

/** Whether both ask for the same, in whatever words and order. */
export function sameMeanings(a: Condition[], b: Condition[]): boolean {
    const said = (conditions: Condition[]) => JSON.stringify(conditions.map(({ kind, degree, value, from, to }) => JSON.stringify([kind, degree, value, from, to])).sort());
    return said(a) === said(b);
}
