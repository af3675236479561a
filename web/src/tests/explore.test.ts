import { describe, expect, it } from 'vitest';
import { arcs, curve, soundLine } from '../lib/arcs';
import { filterBody, filterChips, readFilter, withFilter, without, words } from '../lib/filter';
import { PlayClock } from '../lib/plays';
import { newAddress, parseRoute } from '../lib/routes';
import { exploreHref, isCompared, most_seeds, readSeeds, sameSeeds, seedQuery, similarSeed, songSeed, temperatureWord, turned, withoutSeed, withSeed, type Seed } from '../lib/seeds';
import type { Track } from '../lib/types';

const track = (id: string): Track => ({
    item_id: id,
    title: `Title ${id}`,
    author: 'Somebody',
    artists: [],
    album: '',
    album_artist: '',
    year: null,
    duration_s: 100,
    genres: [],
    state: 'analysed',
    has_cover: false,
    added_at: 0,
});
const seed = (type: Seed['type'], id: string, minus = false): Seed => ({ type, id, minus, label: id });
const query = (text: string) => new URLSearchParams(text);

describe('the tray', () => {
    it('holds every seed once, with its latest sign', () => {
        let seeds = withSeed([], songSeed(track('1')));
        seeds = withSeed(seeds, seed('artist', 'A, B & C'));
        seeds = withSeed(seeds, songSeed(track('1'), true));
        expect(seeds.map((s) => [s.id, s.minus])).toEqual([['1', true], ['A, B & C', false]]);
        expect(turned(seeds, 'song:1')[0].minus).toBe(false);
        expect(withoutSeed(seeds, 'song:1')).toHaveLength(1);
        for (let i = 0; i < 50; i++) seeds = withSeed(seeds, songSeed(track(String(i))));
        expect(seeds).toHaveLength(most_seeds);
    });

    it('stands in the address as it is, whatever its names are', () => {
        const seeds = [songSeed(track('1')), seed('artist', 'A:B, C & D', true), seed('mood', 'happy')];
        const address = exploreHref('blend', seeds);
        expect(parseRoute(address.split('?')[0])).toEqual({ place: 'explore', id: 'blend' });
        expect(sameSeeds(readSeeds(query(address.split('?')[1])), seeds)).toBe(true);
        expect(readSeeds(query('plus=nonsense:1&plus=song:&other=song:2'))).toEqual([]);
    });

    it('replaces its own part of an address and leaves the filter alone', () => {
        const next = seedQuery(query('plus=song:1&year_from=1990&from=9'), 'similar', [songSeed(track('2'))], { from: null, via: [], to: null });
        expect(next.toString()).toBe('plus=song%3A2&year_from=1990');
        const way = { from: track('1'), via: [track('2'), track('3')], to: track('4') };
        expect(seedQuery(query('genre=Jazz'), 'path', [], way).toString()).toBe('from=1&via=2&via=3&to=4&genre=Jazz');
    });
});

describe('similar', () => {
    it('compares with the songs, or else with the first mood or anchor', () => {
        expect(similarSeed([])).toBeNull();
        expect(similarSeed([songSeed(track('1'), true)])).toBeNull();
        expect(similarSeed([songSeed(track('1'))])).toEqual({ item_id: '1' });
        expect(similarSeed([seed('mood', 'sad'), songSeed(track('1')), songSeed(track('2'))])).toEqual({ seeds: '1,2' });
        expect(similarSeed([seed('artist', 'A'), seed('anchor', '3')])).toEqual({ anchor: '3' });
    });

    it('says which seeds it makes no use of', () => {
        const seeds = [songSeed(track('1')), seed('mood', 'sad'), songSeed(track('2'), true)];
        expect(seeds.map((s) => isCompared(s, seeds))).toEqual([true, false, false]);
    });
});

describe('the temperature', () => {
    it('has a word for every part of the scale, from close to adventurous', () => {
        const said = [0, 0.3, 1, 1.6, 3].map(temperatureWord);
        expect(said[0]).toBe('close');
        expect(said[4]).toBe('adventurous');
        expect(new Set(said).size).toBe(5);
    });
});

describe('the filter', () => {
    it('is read from an address without what makes no sense', () => {
        const filter = readFilter(query('year_from=1990&year_to=x&favourite=false&one_version=true&vocal=loud&genre= Jazz &q=words'));
        expect(filter).toEqual({ year_from: '1990', one_version: 'true', genre: 'Jazz' });
        expect(withFilter(query('q=words&year_to=2000'), filter).toString()).toBe('q=words&year_from=1990&one_version=true&genre=Jazz');
    });

    it('is numbers and truths in a body', () => {
        expect(filterBody({ year_from: '1990', energy_to: '0.5', favourite: 'true', key: 'A minor' })).toEqual({ year_from: 1990, energy_to: 0.5, favourite: true, key: 'A minor' });
    });

    it('has one chip for each thing, which takes its parts away', () => {
        const filter = readFilter(query('year_from=1990&year_to=1999&genre=Rock,Jazz&genre_not=Christmas&plays_to=0&key=A%23+minor&energy_to=0.4&max_per_artist=1&tempo_from=120&max_per_album=0'));
        const chips = filterChips(filter);
        expect(chips.map((chip) => chip.label)).toEqual(['Rock or Jazz', 'No Christmas', '1990 – 1999', 'Never played', 'From 120 BPM', 'A♯ minor', 'Up to 40 % energy', '1 per artist', 'Any number per album']);
        expect(chips.reduce((rest, chip) => without(rest, chip.names), filter)).toEqual({});
    });

    it('splits names at commas, not at those behind a backslash', () => {
        expect(words('Rock, Jazz ,')).toEqual(['Rock', 'Jazz']);
        expect(words('Earth\\, Wind & Fire,ABBA')).toEqual(['Earth, Wind & Fire', 'ABBA']);
    });
});

describe('a play', () => {
    const listen = (clock: PlayClock, from: number, to: number, duration: number) => {
        let plays = 0;
        for (let at = from; at <= to; at += 0.25) if (clock.tick(at, duration)) plays++;
        return plays;
    };

    it('is half of a track or four minutes, told once', () => {
        const clock = new PlayClock();
        expect(listen(clock, 0, 49, 100)).toBe(0);
        expect(listen(clock, 49.25, 100, 100)).toBe(1);
        clock.restart();
        expect(listen(clock, 0, 100, 100)).toBe(1);
        clock.restart();
        expect(listen(clock, 0, 239, 3600)).toBe(0);
        expect(listen(clock, 239.25, 300, 3600)).toBe(1);
    });

    it('is what was heard, not what was skipped', () => {
        const clock = new PlayClock();
        listen(clock, 0, 10, 100);
        expect(listen(clock, 80, 100, 100)).toBe(0);
        expect(listen(clock, 20, 60, 100)).toBe(1);
        expect(new PlayClock().tick(50, NaN)).toBe(false);
    });
});

describe('the line of a list', () => {
    it('goes from end to end, far steps further apart', () => {
        const even = soundLine([{ tempo: 60 }, { tempo: 120 }, { tempo: 180 }]);
        expect(even.x).toEqual([0, 0.5, 1]);
        expect(even.tempo).toEqual([0, 0.5, 1]);
        expect(even.energy).toEqual([null, null, null]);
        const { x } = soundLine([{}, {}, {}], [0, 3, 1]);
        expect(x[1]).toBeCloseTo(0.25 + 0.375);
        expect(x[2]).toBeCloseTo(1);
        expect(soundLine([{}], [0]).x).toEqual([0]);
        expect(soundLine([]).x).toEqual([]);
    });

    it('is drawn through what is known', () => {
        expect(curve([0, 0.5, 1], [0, null, 1], 100, 50)).toBe('M0 50C50 50 50 0 100 0');
        expect(curve([0], [null], 100, 50)).toBe('');
        expect(new Set(arcs.map((a) => a.arc)).size).toBe(5);
    });
});

describe('addresses', () => {
    it('of earlier pages lead on, with what they showed', () => {
        expect(newAddress('/alchemy')).toBe('explore/blend');
        expect(newAddress('/chat/')).toBe('explore/ask');
        expect(newAddress('/similar/a%2Fb')).toBe('explore/similar?plus=song%3Aa%2Fb');
        expect(newAddress('/similarity', '?item_id=7')).toBe('explore/similar?plus=song%3A7');
        expect(newAddress('/library')).toBeNull();
        expect(newAddress('/')).toBeNull();
        expect(newAddress('/explore/path')).toBeNull();
    });

    it('of places are read, with any name in them', () => {
        expect(parseRoute('/artist/AC%2FDC')).toEqual({ place: 'artist', id: 'AC/DC' });
        expect(parseRoute('/album/100%25')).toEqual({ place: 'album', id: '100%' });
        expect(parseRoute('/explore/nonsense').place).toBe('nowhere');
    });
});
