import { describe, expect, it } from 'vitest';
import { askHref, exampleRequests, isWish, meaning, phrasesOf, phrasesOfModel, sameMeanings, wayOf, waysWithout } from '../lib/ask';
import { parseRoute } from '../lib/routes';
import type { Condition } from '../lib/types';

const condition = (kind: string, more: Partial<Condition> = {}): Condition => ({ kind, degree: 'is', value: '', from: null, to: null, words: '', text: '', state: 'met', tracks: 1, note: '', ...more });
/** "jazz" is wanted, "-jazz" not */
const genres = (...words: string[]) => words.map((w) => condition('genre', { value: w.replace('-', ''), words: w.replace('-', ''), degree: w.startsWith('-') ? 'is_not' : 'is' }));
const without = (request: string, conditions: Condition[], words: string) => {
    const phrases = phrasesOf(request, conditions);
    return waysWithout(request, phrases, phrases.find((p) => p.words === words)!);
};

describe('a wish', () => {
    it('is two words, or one that no name has', () => {
        expect(isWish('calm piano', 12)).toBe(true);
        expect(isWish('piano', 12)).toBe(false);
        expect(isWish('piano', null)).toBe(false);
        expect(isWish('静かな曲', 0)).toBe(true);
        expect(isWish('', 0)).toBe(false);
    });

    it('stands in the address with what the list is narrowed down to', () => {
        const [path, query] = askHref('rock & roll, 50 % louder?', { year_from: '1990' }).split('?');
        expect(parseRoute(path)).toEqual({ place: 'explore', id: 'ask' });
        expect([...new URLSearchParams(query)]).toEqual([['q', 'rock & roll, 50 % louder?'], ['year_from', '1990']]);
        expect(askHref('')).toBe('explore/ask');
    });

    it('keeps in the address how it is understood', () => {
        const way = { rules: true, without: ['genre not metal', 'year 1990..1999'] };
        expect(wayOf(new URLSearchParams(askHref('jazz', {}, way).split('?')[1]))).toEqual(way);
        expect(wayOf(new URLSearchParams('q=jazz'))).toEqual({ rules: false, without: [] });
        expect(askHref('jazz', {}, { rules: false })).toBe('explore/ask?q=jazz');
    });

    it('may be one of six examples, all different', () => {
        expect(new Set(exampleRequests()).size).toBe(6);
        expect(exampleRequests('Air').some((words) => words.includes('Air'))).toBe(true);
    });
});

describe('what a model understood', () => {
    it('is a phrase for each condition, named by what it means', () => {
        const jazz = condition('genre', { value: 'jazz', words: 'jazz' });
        const calm = condition('described', { value: 'a slow, smoky voice' });
        const like = condition('similar_artist', { value: 'Air' });
        expect(phrasesOfModel([jazz, calm, like]).map((p) => p.words)).toEqual(['Jazz', 'Sounds like “a slow, smoky voice”', 'By artists like Air']);
        expect(phrasesOfModel([jazz])[0].conditions).toEqual([jazz]);
        expect(meaning({ ...like, degree: 'is_not' })).toBe('Not by artists like Air');
    });
});

describe('a meaning', () => {
    const said = (kind: string, more: Partial<Condition> = {}) => meaning(condition(kind, more));

    it('is said in words, for every kind and degree', () => {
        expect(said('mood', { value: 'happy' })).toBe('Happy');
        expect(said('mood', { value: 'sad', degree: 'is_not' })).toBe('Not sad');
        expect(said('mood', { value: 'sad', degree: 'less' })).toBe('Less sad');
        expect(said('genre', { value: 'metal', degree: 'is_not' })).toBe('No metal');
        expect(said('instrument', { value: 'piano' })).toBe('Piano');
        expect(said('voice', { value: 'instrumental' })).toBe('Instrumental');
        expect(said('voice', { value: 'female', degree: 'is_not' })).toBe('No female voice');
        expect(said('tempo', { from: 120 })).toBe('From 120 BPM');
        expect(said('tempo', { from: 110, to: 130, degree: 'is_not' })).toBe('Not 110 – 130 BPM');
        expect(said('tempo', { degree: 'less' })).toBe('Slower');
        expect(said('energy', { degree: 'more' })).toBe('More energetic');
        expect(said('key', { value: 'F# minor' })).toBe('In F♯ minor');
        expect(said('key', { value: 'minor', degree: 'is_not' })).toBe('Not in a minor key');
        expect(said('year', { from: 1990, to: 1999 })).toBe('1990 – 1999');
        expect(said('year', { from: 1999, to: 1999 })).toBe('1999');
        expect(said('song_length', { to: 180 })).toBe('Songs: up to 3:00');
        expect(said('song_length', { degree: 'more' })).toBe('Longer songs');
        expect(said('artist', { value: 'Air', degree: 'is_not' })).toBe('Nothing by Air');
        expect(said('song', { value: 'Creep by Radiohead', degree: 'is_not' })).toBe('Not “Creep by Radiohead”');
        expect(said('like_artist', { value: 'Air' })).toBe('Like Air');
        expect(said('unplayed', { from: 30 })).toBe('Not played for 30 days');
        expect(said('unplayed')).toBe('Never played');
        expect(said('favourite')).toBe('Favourites');
        expect(said('rating', { from: 4 })).toBe('From 4 stars');
        expect(said('count', { from: 20 })).toBe('20 songs');
        expect(said('duration', { from: 2400 })).toBe('40 min of music');
        expect(said('per_artist', { from: 1 })).toBe('1 song per artist');
        expect(said('of_a_newer_server')).toBe('Of a newer server');
    });

    it('tells thirds of the energy apart, and what they leave', () => {
        const thirds = [{ from: 0.67 }, { from: 0.33, to: 0.67 }, { to: 0.33 }, { from: 0.33 }, { to: 0.67 }, { from: 0.33, to: 0.67, degree: 'is_not' as const }];
        const words = thirds.map((third) => said('energy', third));
        expect(words).toEqual(['High energy', 'Medium energy', 'Low energy', 'Not low in energy', 'Not high in energy', 'Low or high energy']);
    });
});

describe('phrases', () => {
    it('hold all that the same words mean, and are found where they stand', () => {
        const request = 'Run, not rock: rock 90s';
        const phrases = phrasesOf(request, [condition('energy', { words: 'Run' }), condition('tempo', { words: 'Run' }), ...genres('rock'), condition('year', { words: '90s' })]);
        expect(phrases.map((p) => [p.words, p.conditions.length])).toEqual([['Run', 2], ['rock', 1], ['90s', 1]]);
        expect(phrases.map((p) => request.slice(p.begin, p.end))).toEqual(['Run', 'rock', '90s']);
    });

    it('are two where the same words say a thing and its contrary', () => {
        expect(phrasesOf('jazz, no jazz', genres('jazz', '-jazz')).map((p) => p.begin)).toEqual([0, 9]);
    });

    it('take their closing quotation mark along', () => {
        expect(without('like “Time”, slower', [condition('like_song', { words: 'like “Time' }), condition('tempo', { words: 'slower', degree: 'less' })], 'like “Time')[0]).toBe('slower');
    });
});

describe('without a phrase', () => {
    it('a request keeps its other words and loses what led to these', () => {
        const request = 'Calm rock for a run, 1.5 hours, no metal 90s';
        const conditions = [condition('mood', { words: 'Calm' }), ...genres('rock'), condition('tempo', { words: 'run' }), condition('duration', { words: '1.5 hours' }), ...genres('-metal'), condition('year', { words: '90s' })];
        expect(without(request, conditions, 'run')[0]).toBe('Calm rock, 1.5 hours, no metal 90s');
        expect(without(request, conditions, 'metal')[0]).toBe('Calm rock for a run, 1.5 hours, 90s');
        expect(without(request, conditions, 'Calm')[0]).toBe('rock for a run, 1.5 hours, no metal 90s');
        expect(without(request, conditions, '90s')[0]).toBe('Calm rock for a run, 1.5 hours, no metal');
        expect(without(request, conditions, '1.5 hours')[0]).toBe('Calm rock for a run, no metal 90s');
    });

    it('can say "no" before each that is not wanted, where one had held for several', () => {
        const request = 'no metal, rap or country, not too fast, 5 songs';
        const conditions = [...genres('-metal', '-rap', '-country'), condition('tempo', { words: 'fast', to: 130 }), condition('count', { words: '5' })];
        expect(without(request, conditions, 'metal')[2]).toBe('no rap, no country, not too fast, 5 songs');
        expect(without(request, conditions, 'rap')[2]).toBe('no metal, no country, not too fast, 5 songs');
        expect(without(request, conditions, 'country')[2]).toBe('no metal, no rap, not too fast, 5 songs');
        expect(without(request, conditions, 'fast')[0]).toBe('no metal, rap or country, 5 songs');
    });

    it('keeps what belongs to the words before, if that is what leads there', () => {
        const request = 'jazz, 6 songs from the 90s, loud';
        const conditions = [...genres('jazz'), condition('count', { words: '6' }), condition('year', { words: 'from the 90s' }), condition('energy', { words: 'loud' })];
        expect(without(request, conditions, 'from the 90s')[1]).toBe('jazz, 6 songs, loud');
    });

    it('is compared by meaning, not by words or order', () => {
        const [a, b] = genres('jazz', '-rock');
        expect(sameMeanings([a, b], [{ ...b, words: 'Rock', state: 'dropped' }, a])).toBe(true);
        expect(sameMeanings([a, b], [a, { ...b, degree: 'is' }])).toBe(false);
        expect(sameMeanings([a, a], [a, b])).toBe(false);
        expect(sameMeanings([a], [a, b])).toBe(false);
    });
});
