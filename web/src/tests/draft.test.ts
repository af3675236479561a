import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mapPicture } from '../../mock/map.mjs';
import { chosenLists, draftLabels, isKept, keep, listOfRows, mainStyles, nameProblems, noEdits, outcomeOf, rename, rowsOf, tempoRange, titleOf, waitingLine } from '../lib/draft';
import { listColours } from '../lib/listcolours';
import { parseMap } from '../lib/map';
import { contrast, oklab, oklchHex, styleFamilies } from '../lib/styles';
import type { Draft, DraftList, List } from '../lib/types';

const list = (number: number, name: string, more: Partial<DraftList> = {}): DraftList => ({
    number,
    name,
    replaces: null,
    track_count: 3,
    duration_s: 600,
    recipe: {},
    profile: { styles: [], tempo_mean: null, energy_mean: null },
    covers: [],
    sample: [],
    track_ids: [],
    points: [],
    ...more,
});
const lists = [list(1, 'Rock_Fast', { replaces: 7 }), list(2, 'Jazz_Slow'), list(3, 'Folk_Calm', { replaces: 99 })];
const draft: Draft = { task_id: 't', made_at: 5, algorithm: 'kmeans', score: 0.5, lists };

describe('the lists of a draft', () => {
    test('are called as they are read, or as somebody calls them', () => {
        expect(titleOf(lists[0], noEdits)).toBe('Rock, Fast');
        const edits = rename(noEdits, lists[0], 'Loud');
        expect(titleOf(lists[0], edits)).toBe('Loud');
        expect(rename(edits, lists[0], 'Rock, Fast'), 'the old name is no new one').toEqual(noEdits);
    });

    test('wait, one or many', () => {
        expect(waitingLine(draft)).toBe('3 playlists wait to be looked at');
        expect(waitingLine({ ...draft, lists: lists.slice(1, 2) })).toBe('1 playlist waits to be looked at');
    });

    test('are dropped and kept again', () => {
        const edits = keep(noEdits, 2, false);
        expect(lists.map((l) => isKept(l, edits))).toEqual([true, false, true]);
        expect(keep(keep(edits, 2, false), 2, true)).toEqual(noEdits);
    });

    test('are published without those dropped, and with new names only where they are new', () => {
        expect(chosenLists(lists, rename(keep(noEdits, 2, false), lists[2], '  Porch '))).toEqual([{ number: 1 }, { number: 3, name: 'Porch' }]);
    });

    test('need a name each', () => {
        expect(nameProblems(lists, noEdits).size).toBe(0);
        const empty = nameProblems(lists, rename(noEdits, lists[1], '  '));
        expect([...empty.keys()]).toEqual([2]);
        expect(empty.get(2)).toContain('Jazz, Slow');
    });

    test('need a name of their own, and the one that was renamed has to give way', () => {
        for (const [renamed, name] of [[2, 'Rock, Fast'], [0, 'Jazz, Slow'], [0, ' Folk, Calm ']] as const) {
            const problems = nameProblems(lists, rename(noEdits, lists[renamed], name));
            expect([...problems.keys()]).toEqual([lists[renamed].number]);
            expect(problems.get(lists[renamed].number)).toContain(name.trim());
        }
    });

    test('may have the name of one that is dropped', () => {
        expect(nameProblems(lists, keep(rename(noEdits, lists[1], 'Rock, Fast'), 1, false)).size).toBe(0);
    });

    test('say what becomes of the playlists there are', () => {
        const playlist = (id: number, kind: List['kind'] = 'automatic') => ({ id, kind, name: `P${id}` }) as List;
        const there = [playlist(7), playlist(8), playlist(9, 'own')];
        const told = outcomeOf(draft, noEdits, there);
        expect(told.fresh, 'a playlist that is gone is not renewed').toBe(2);
        expect(told.renewed.map((p) => p.id)).toEqual([7]);
        expect(told.gone.map((p) => p.id), 'own lists stay').toEqual([8]);
        expect(outcomeOf(draft, keep(noEdits, 1, false), there).gone.map((p) => p.id), 'with its new state dropped it goes, too').toEqual([7, 8]);
    });

    test('have a range of tempi', () => {
        const of = (tempo_low: number | null, tempo_high: number | null) => tempoRange({ styles: [], tempo_mean: 100, energy_mean: null, tempo_low, tempo_high });
        expect(of(95.6, 128.2)).toBe('96 to 128 BPM');
        expect(of(95.6, 96.4)).toBe('96 BPM');
        expect(of(null, null)).toBe('');
        expect(tempoRange({ styles: [], tempo_mean: null, energy_mean: null })).toBe('');
    });
});

describe('on the map', () => {
    const points = [1, 4, 6, 9].map((number, i) => ({ number, x: i * 0.1, y: -i * 0.1, artist: 'A', year: 2000, style: 0, key: 0, tempo: 120, energy: 128, mood: 0 }));
    const bytes = mapPicture(points, ['rock']);
    const map = parseMap(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
    const placed = [list(1, 'A', { points: [9, null, 4] }), list(2, 'A_name_that_is_far_too_long_for_a_map', { points: [6, 5, 4, 9] }), list(3, 'Nowhere', { points: [null] })];

    test('each row has its list', () => {
        expect([...listOfRows(map, placed.slice(0, 1))]).toEqual([-1, 0, -1, 0]);
        expect(rowsOf(map, placed[1]), 'a point that is not there is passed over').toEqual([2, 1, 3]);
    });

    test('lists have their names in their middle, the largest first', () => {
        const labels = draftLabels(map, placed.map((one) => ({ list: one, title: titleOf(one, noEdits) })));
        expect(labels.map((l) => l.weight)).toEqual([3, 2]);
        expect(labels[0].text).toBe('A, name, that, is, far…');
        expect([labels[0].x, labels[0].y].map((v) => Math.round(v * 10) / 10)).toEqual([0.2, -0.2]);
    });
});

describe('the colours of lists', () => {
    const css = readFileSync(new URL('../tokens.css', import.meta.url), 'utf8');
    const theme = (name: string) => new Map([...new RegExp(`\\[data-theme='${name}'\\] \\{([^}]*)\\}`).exec(css)![1].matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));

    test('come from any shade', () => {
        expect(oklchHex(1, 0, 0)).toBe('#ffffff');
        expect(oklchHex(0, 0, 0)).toBe('#000000');
        const [l, a, b] = oklab(oklchHex(0.7, 0.1, 120));
        expect(l).toBeCloseTo(0.7, 2);
        expect(Math.hypot(a, b)).toBeCloseTo(0.1, 2);
        expect(oklab(oklchHex(0.7, 0.4, 120))[0], 'what no screen shows is paler, not darker').toBeCloseTo(0.7, 2);
    });

    test.each(['dark', 'light'])('are all different in the %s theme, and can be seen', (name) => {
        const tokens = theme(name);
        const hueOf = (style: string) => tokens.get(`style-${style}`)!;
        const styles = mainStyles(Array.from({ length: 100 }, (_, i) => list(i, 'x', { profile: { styles: i % 9 ? [{ name: styleFamilies[(i * i) % 14], share: 1 }] : [], tempo_mean: null, energy_mean: null } })));
        const colours = listColours(styles, hueOf, name === 'dark');
        expect(new Set(colours).size).toBe(100);
        expect(colours[1], 'the first of a style has its hue').toBe(hueOf(styles[1]));
        for (const colour of colours) for (const ground of ['ground', 'raised', 'hover']) expect(contrast(colour, tokens.get(ground)!), colour).toBeGreaterThanOrEqual(3);
        // a usual draft: a dozen lists, some of the same style
        const few = listColours(['rock', 'jazz', 'rock', 'folk', 'rock', 'pop', 'jazz', 'ambient', 'rock', '', 'jazz', 'rock'], hueOf, name === 'dark').map(oklab);
        for (const [i, x] of few.entries()) for (const y of few.slice(0, i)) expect(Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2])).toBeGreaterThan(0.06);
    });
});
