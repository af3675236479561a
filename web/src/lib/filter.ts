// The one filter that every list understands: its parts, how they stand in the address, and what they are called.

import { clock, keyName } from './format';

const numbers = [
    'year_from', 'year_to', 'length_from', 'length_to', 'rating_from', 'plays_from', 'plays_to', 'tempo_from', 'tempo_to',
    'energy_from', 'energy_to', 'max_per_artist', 'max_per_album', 'variance', 'seed', 'not_in_list',
] as const;
const flags = ['favourite', 'one_version', 'keep_versions_apart'] as const;
const texts = ['server', 'folder', 'genre', 'genre_not', 'artist', 'artist_not', 'key', 'vocal', 'except'] as const;

export type NumberName = (typeof numbers)[number];
export type FlagName = (typeof flags)[number];
export type TextName = (typeof texts)[number];
export type FilterName = NumberName | FlagName | TextName;
/** As text, as it stands in an address; what is not there asks for nothing. */
export type Filter = Partial<Record<FilterName, string>>;

/** Parts that shape a list that is made, and mean nothing for the library as a whole. */
export const listRules: FilterName[] = ['max_per_artist', 'max_per_album', 'one_version', 'keep_versions_apart', 'variance', 'seed', 'not_in_list', 'except'];

const names: FilterName[] = [...numbers, ...flags, ...texts];

/** The filter in an address; what makes no sense there is left out. */
export function readFilter(query: URLSearchParams): Filter {
    const filter: Filter = {};
    for (const name of names) {
        const value = query.get(name)?.trim();
        if (!value) continue;
        if ((numbers as readonly string[]).includes(name) && !/^-?\d+(\.\d+)?$/.test(value)) continue;
        if ((flags as readonly string[]).includes(name) && value !== 'true') continue;
        if (name === 'vocal' && value !== 'vocal' && value !== 'instrumental') continue;
        filter[name] = value;
    }
    return filter;
}

/** `query` with its filter replaced. */
export function withFilter(query: URLSearchParams, filter: Filter): URLSearchParams {
    const next = new URLSearchParams(query);
    for (const name of names) {
        const value = filter[name];
        if (value) next.set(name, value);
        else next.delete(name);
    }
    return next;
}

/** For a body: numbers and truths as such. */
export function filterBody(filter: Filter): Record<string, string | number | boolean> {
    const body: Record<string, string | number | boolean> = {};
    for (const name of names) {
        const value = filter[name];
        if (!value) continue;
        if ((numbers as readonly string[]).includes(name)) body[name] = Number(value);
        else body[name] = (flags as readonly string[]).includes(name) ? true : value;
    }
    return body;
}

export interface FilterChip {
    label: string;
    /** the parts that go when the chip is taken away */
    names: FilterName[];
}

/** One chip for each thing asked for, in words. */
export function filterChips(filter: Filter): FilterChip[] {
    const chips: FilterChip[] = [];
    const say = (names: FilterName[], label: string) => {
        if (label) chips.push({ label, names });
    };
    say(['genre'], listed(filter.genre));
    say(['genre_not'], negated(filter.genre_not));
    say(['artist'], listed(filter.artist));
    say(['artist_not'], negated(filter.artist_not));
    say(['year_from', 'year_to'], range(filter.year_from, filter.year_to, (v) => v));
    say(['length_from', 'length_to'], range(filter.length_from, filter.length_to, (v) => clock(Number(v))));
    say(['rating_from'], filter.rating_from ? `${'★'.repeat(Math.min(5, Math.round(Number(filter.rating_from))))} and up` : '');
    say(['favourite'], filter.favourite ? 'Favourites' : '');
    say(['plays_from', 'plays_to'], playsChip(filter));
    say(['tempo_from', 'tempo_to'], range(filter.tempo_from, filter.tempo_to, (v) => v, ' BPM'));
    say(['key'], filter.key ? keyChip(filter.key) : '');
    say(['vocal'], filter.vocal === 'vocal' ? 'With voice' : filter.vocal === 'instrumental' ? 'Instrumental' : '');
    say(['energy_from', 'energy_to'], range(filter.energy_from, filter.energy_to, (v) => String(Math.round(Number(v) * 100)), ' % energy'));
    say(['server'], filter.server ? `On ${filter.server}` : '');
    say(['folder'], filter.folder ? `In ${filter.folder}` : '');
    say(['max_per_artist'], cap(filter.max_per_artist, 'artist'));
    say(['max_per_album'], cap(filter.max_per_album, 'album'));
    say(['one_version'], filter.one_version ? 'One version of a song' : '');
    say(['keep_versions_apart'], filter.keep_versions_apart ? 'Live and acoustic kept apart' : '');
    say(['variance', 'seed'], filter.variance && Number(filter.variance) > 0 ? `Varied ${Math.round(Number(filter.variance) * 100)} %` : '');
    say(['not_in_list'], filter.not_in_list ? 'Not in a list' : '');
    say(['except'], filter.except ? 'Some left out' : '');
    return chips;
}

export function without(filter: Filter, gone: FilterName[]): Filter {
    const next = { ...filter };
    for (const name of gone) delete next[name];
    return next;
}

/** "Rock, Jazz " as ["Rock", "Jazz"]; a comma within a name stands behind a backslash. */
export function words(list: string | undefined): string[] {
    const parts = (list ?? '').match(/(\\.|[^\\,])+/g) ?? [];
    return parts.map((word) => word.replace(/\\(.)/g, '$1').trim()).filter(Boolean);
}

function listed(list: string | undefined): string {
    return words(list).join(' or ');
}

function negated(list: string | undefined): string {
    const all = words(list);
    return all.length ? `No ${all.join(', no ')}` : '';
}

/** "1990 – 1999", "From 120 BPM", "Up to 3:00"; "" without an end. */
export function range(from: string | undefined, to: string | undefined, say: (value: string) => string, unit = ''): string {
    if (from && to) return from === to ? `${say(from)}${unit}` : `${say(from)} – ${say(to)}${unit}`;
    if (from) return `From ${say(from)}${unit}`;
    return to ? `Up to ${say(to)}${unit}` : '';
}

function cap(n: string | undefined, whose: string): string {
    if (!n) return '';
    return n === '0' ? `Any number per ${whose}` : `${n} per ${whose}`;
}

function playsChip(filter: Filter): string {
    if (filter.plays_to === '0') return 'Never played';
    return range(filter.plays_from, filter.plays_to, (v) => v, ' plays');
}

function keyChip(key: string): string {
    const [tone, scale] = key.split(' ');
    return keyName(tone, scale);
}
