// Seeds: what a search in Explore starts from, and how they stand in its address.

import type { SimilarSeed } from '../api';
import type { Track } from './types';

export type SeedType = 'song' | 'artist' | 'playlist' | 'mood' | 'anchor';

export interface Seed {
    type: SeedType;
    /** item id, artist's name, list id, mood or anchor id */
    id: string;
    /** to be kept away from rather than looked for */
    minus: boolean;
    label: string;
    /** known for songs: their picture and sound */
    track?: Track;
}

export const modes = ['ask', 'similar', 'path', 'blend', 'fingerprint'] as const;
export type Mode = (typeof modes)[number];

/** Whether what lies in the tray is what a mode starts from, and stands in its address. */
export function takesSeeds(mode: Mode): boolean {
    return mode === 'similar' || mode === 'blend';
}

export interface Way {
    from: Track | null;
    via: Track[];
    to: Track | null;
}

const types: SeedType[] = ['song', 'artist', 'playlist', 'mood', 'anchor'];
export const most_seeds = 30;

export function seedKey(seed: Pick<Seed, 'type' | 'id'>): string {
    return `${seed.type}:${seed.id}`;
}

export function songSeed(track: Track, minus = false): Seed {
    return { type: 'song', id: track.item_id, minus, label: track.title, track };
}

/** With one more seed; one that is there already takes its new sign. */
export function withSeed(seeds: Seed[], seed: Seed): Seed[] {
    const at = seeds.findIndex((s) => seedKey(s) === seedKey(seed));
    if (at >= 0) return seeds.map((s, i) => (i === at ? { ...s, minus: seed.minus } : s));
    return [...seeds, seed].slice(-most_seeds);
}

export function withoutSeed(seeds: Seed[], key: string): Seed[] {
    return seeds.filter((s) => seedKey(s) !== key);
}

export function turned(seeds: Seed[], key: string): Seed[] {
    return seeds.map((s) => (seedKey(s) === key ? { ...s, minus: !s.minus } : s));
}

/** The seeds an address names, in its order, their labels not known yet. */
export function readSeeds(query: URLSearchParams): Seed[] {
    let seeds: Seed[] = [];
    for (const [name, value] of query) {
        if (name !== 'plus' && name !== 'minus') continue;
        const colon = value.indexOf(':');
        const type = types.find((t) => t === value.slice(0, colon));
        const id = value.slice(colon + 1);
        if (type && id) seeds = withSeed(seeds, { type, id, minus: name === 'minus', label: type === 'song' ? '' : id });
    }
    return seeds;
}

export function sameSeeds(a: Seed[], b: Seed[]): boolean {
    return a.length === b.length && a.every((seed, i) => seedKey(seed) === seedKey(b[i]) && seed.minus === b[i].minus);
}

/** `query` with its seeds or its way replaced by these; everything else in it stays. */
export function seedQuery(query: URLSearchParams, mode: Mode, seeds: Seed[], way: Way): URLSearchParams {
    const next = new URLSearchParams();
    if (mode === 'path') {
        if (way.from) next.set('from', way.from.item_id);
        for (const stop of way.via) next.append('via', stop.item_id);
        if (way.to) next.set('to', way.to.item_id);
    } else if (takesSeeds(mode)) {
        for (const seed of seeds) next.append(seed.minus ? 'minus' : 'plus', seedKey(seed));
    }
    for (const [name, value] of query) if (!['plus', 'minus', 'from', 'via', 'to'].includes(name)) next.append(name, value);
    return next;
}

export function exploreHref(mode: Mode, seeds: Seed[] = [], way: Way = { from: null, via: [], to: null }): string {
    const query = seedQuery(new URLSearchParams(), mode, seeds, way).toString();
    return `explore/${mode}${query ? `?${query}` : ''}`;
}

/** What “similar” compares with: the songs looked for, or else the first mood or anchor; null when there is none. */
export function similarSeed(seeds: Seed[]): SimilarSeed | null {
    const plus = seeds.filter((s) => !s.minus);
    const songs = plus.filter((s) => s.type === 'song').map((s) => s.id);
    if (songs.length === 1) return { item_id: songs[0] };
    if (songs.length) return { seeds: songs.join(',') };
    const other = plus.find((s) => s.type === 'mood' || s.type === 'anchor');
    if (!other) return null;
    return other.type === 'mood' ? { mood: other.id } : { anchor: other.id };
}

/** Whether “similar” makes use of a seed. */
export function isCompared(seed: Seed, seeds: Seed[]): boolean {
    const used = similarSeed(seeds);
    if (!used || seed.minus) return false;
    if (used.item_id || used.seeds) return seed.type === 'song';
    return seed.id === (used.mood ?? used.anchor) && seed.type === (used.mood ? 'mood' : 'anchor');
}

export const most_temperature = 3;

/** How adventurous a blend is, for people. The scale is the server's: 0 takes the nearest, at 1 it roams as far as they lie apart. */
export function temperatureWord(temperature: number): string {
    if (temperature < 0.15) return 'close';
    if (temperature < 0.6) return 'near';
    if (temperature < 1.25) return 'open';
    if (temperature < 2.3) return 'roaming';
    return 'adventurous';
}

/** The moods that the server knows centroids of. */
export const moodNames = ['happy', 'sad', 'aggressive', 'relaxed', 'danceable', 'party'];
