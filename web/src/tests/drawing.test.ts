import { describe, expect, test } from 'vitest';
import { fieldRange, nearest, placeDots } from '../lib/field';
import { progressCells } from '../lib/progress';
import { artistHref, draftHref, parseRoute, searchHref, similarHref } from '../lib/routes';
import { spectrumBars } from '../lib/spectrum';
import { hash, tileShapes } from '../lib/tile';
import type { Track } from '../lib/types';
import { jobLine, listTitle, outcome, soundLine } from '../lib/words';

function heard(item_id: string, tempo: number, energy: number, style: string): Track {
    return { item_id, title: '', author: '', artists: [], album: '', album_artist: '', year: null, duration_s: 1, genres: [], state: 'analysed', has_cover: false, added_at: 0, tempo, energy, style };
}

describe('tiles', () => {
    test('are the same for the same music, and differ for other music', () => {
        expect(tileShapes('Björk\nHomogenic')).toEqual(tileShapes('Björk\nHomogenic'));
        const drawings = new Set(Array.from({ length: 200 }, (_, i) => JSON.stringify(tileShapes(`artist ${i}`))));
        expect(drawings.size).toBe(200);
    });

    test('come in all four kinds, about equally often', () => {
        const kinds = [0, 0, 0, 0];
        for (let i = 0; i < 400; i++) kinds[hash(`album ${i}`) % 4]++;
        for (const n of kinds) expect(n).toBeGreaterThan(60);
    });
});

describe('the field', () => {
    const tracks = [heard('a', 60, 0.2, 'ambient'), heard('b', 180, 0.9, 'metal'), heard('c', 120, 0.5, 'jazz')];
    const dots = placeDots(tracks, fieldRange(tracks), 800, 400);

    test('slow is left of fast, calm below intense, all inside', () => {
        const [a, b, c] = dots;
        expect(a.x).toBeLessThan(c.x);
        expect(c.x).toBeLessThan(b.x);
        expect(a.y).toBeGreaterThan(c.y);
        expect(c.y).toBeGreaterThan(b.y);
        for (const d of dots) {
            expect(d.x).toBeGreaterThan(0);
            expect(d.x).toBeLessThan(800);
            expect(d.y).toBeGreaterThan(0);
            expect(d.y).toBeLessThan(400);
        }
    });

    test('tracks that are all alike stand in the middle, not at the edges', () => {
        const same = [heard('a', 100, 0.5, 'pop'), heard('b', 101, 0.51, 'pop')];
        for (const d of placeDots(same, fieldRange(same), 800, 400)) {
            expect(d.x).toBeGreaterThan(300);
            expect(d.x).toBeLessThan(500);
        }
    });

    test('the nearest dot within reach is found, of the lit style only', () => {
        const [a] = dots;
        expect(nearest(dots, a.x + 5, a.y, 26, null)).toBe(a);
        expect(nearest(dots, a.x + 5, a.y, 26, 'metal')).toBeNull();
        expect(nearest(dots, a.x + 60, a.y + 60, 26, null)).toBeNull();
    });
});

describe('progress as cells', () => {
    const of = (state: string, cells: { state: string }[]) => cells.filter((c) => c.state === state).length;

    test('fills in proportion and shows that something failed, however little', () => {
        const cells = progressCells({ total: 1000, known: 250, analysed: 499, failed: 1 }, 75, [{ name: 'jazz', count: 3 }], 96);
        expect(cells).toHaveLength(96);
        expect(of('known', cells)).toBe(24);
        expect(of('failed', cells)).toBe(1);
        expect(of('done', cells)).toBe(47);
        expect(of('open', cells)).toBe(24);
    });

    test('without counts it follows the percentage', () => {
        expect(of('done', progressCells(undefined, 50, [], 96))).toBe(48);
        expect(of('open', progressCells({}, 0, [], 96))).toBe(96);
    });

    test('a cell keeps its hue as the work goes on', () => {
        const styles = [{ name: 'jazz', count: 3 }, { name: 'rock', count: 5 }];
        const early = progressCells({ total: 96, analysed: 20 }, 20, styles, 96);
        const late = progressCells({ total: 96, analysed: 60 }, 60, styles, 96);
        expect(late.slice(0, 20)).toEqual(early.slice(0, 20));
    });
});

describe('lists', () => {
    const profile = { styles: [{ name: 'ambient', share: 0.9 }, { name: 'folk', share: 0.1 }], tempo_mean: 71.6, energy_mean: 0.2 };

    test('made by the machine are named in words, one’s own as they were named', () => {
        expect(listTitle({ name: 'Jazz_Instrumental_Slow', kind: 'automatic' })).toBe('Jazz, Instrumental, Slow');
        expect(listTitle({ name: 'my_list', kind: 'own' })).toBe('my_list');
    });

    test('are described by what is heard', () => {
        expect(soundLine({ profile })).toBe('Calm ambient · 72 BPM');
        expect(soundLine({ profile: { styles: [], tempo_mean: null, energy_mean: null } })).toBe('');
        const mixed = { ...profile, styles: [{ name: 'rock', share: 0.5 }, { name: 'pop', share: 0.4 }] };
        expect(soundLine({ profile: mixed })).toBe('Calm rock and pop · 72 BPM');
    });

    test('faster music has more bars, louder music higher ones, and colours keep their share', () => {
        const calm = spectrumBars({ id: 1, profile });
        const wild = spectrumBars({ id: 1, profile: { ...profile, tempo_mean: 175, energy_mean: 0.95 } });
        expect(wild.length).toBeGreaterThan(calm.length);
        expect(Math.max(...wild.map((b) => b.h))).toBeGreaterThan(Math.max(...calm.map((b) => b.h)));
        const folk = calm.filter((b) => b.style === 'folk').length / calm.length;
        expect(folk).toBeCloseTo(0.1, 1);
        expect(spectrumBars({ id: 2, profile: { styles: [], tempo_mean: null, energy_mean: null } })[0].style).toBe('other');
    });
});

describe('addresses', () => {
    test('lead to places', () => {
        expect(parseRoute('/')).toEqual({ place: 'home', id: '' });
        expect(parseRoute('/library')).toEqual({ place: 'library', id: '' });
        expect(parseRoute('/playlists/12')).toEqual({ place: 'playlist', id: '12' });
        expect(parseRoute(draftHref)).toEqual({ place: 'draft', id: '' });
        expect(parseRoute('/playlists/x').place).toBe('nowhere');
        expect(parseRoute('/library/extra').place).toBe('nowhere');
        expect(parseRoute('/artist/%').id).toBe('%');
    });

    test('carry any id and any words', () => {
        expect(new URL(similarHref('a/b ü'), 'http://x').searchParams.get('plus')).toBe('song:a/b ü');
        expect(parseRoute(artistHref('a/b ü')).id).toBe('a/b ü');
        expect(new URL(searchHref('AC/DC & more'), 'http://x').searchParams.get('q')).toBe('AC/DC & more');
    });
});

test('a search for playlists says how far it is', () => {
    expect(jobLine('Progress: 6640/1000000 runs. Active batches: 2. Best score: 0.862')).toBe('Tried 6,640 of 1,000,000 ways to group your tracks, the best scores 0.86 of 1');
    expect(jobLine('Progress: 0/50 runs. Active batches: 0.')).toBe('Tried 0 of 50 ways to group your tracks');
    expect(jobLine('Naming 8 playlists')).toBe('Naming 8 playlists');
    expect(jobLine('')).toBe('Getting ready');
});

test('every state of a task has an outcome', () => {
    expect(['PENDING', 'queued', 'STARTED', 'PROGRESS', 'SUCCESS', 'FAILURE', 'REVOKED'].map(outcome)).toEqual(['waiting', 'waiting', 'running', 'running', 'done', 'failed', 'cancelled']);
});
