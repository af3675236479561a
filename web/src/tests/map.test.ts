import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { manyPoints, mapPicture } from '../../mock/map.mjs';
import { artistLabels, classOf, fitScale, fitting, Grid, isInside, nudged, paces, parseMap, rowOfNumber, shuffled, styleLabels, toMap, toScreen, viewOf, yearRange, zoomAt, type MapData, type View } from '../lib/map';
import { artistsRows, colourSchemes } from '../lib/mapcolours';
import { tint } from '../lib/mapgl';
import { ahead, covers, marginOf, Pace, placeOf, withMargin } from '../lib/sheet';

const styles = ['rock', 'jazz', 'ambient', 'other'];
interface Point {
    number: number;
    x: number;
    y: number;
    artist: string;
    year: number;
    style: number;
    key: number;
    tempo: number;
    energy: number;
    mood: number;
}
const point = (number: number, x: number, y: number, more: Partial<Point> = {}): Point => ({ number, x, y, artist: 'A', year: 2000, style: 0, key: 0, tempo: 120, energy: 128, mood: 0, ...more });

function picture(points: Point[]): ArrayBuffer {
    const bytes = mapPicture(points, styles);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}
const mapOf = (points: Point[]) => parseMap(picture(points));
const many = (): MapData => mapOf(manyPoints(4000, styles) as Point[]);
const window: View = { x: 0, y: 0, scale: fitScale(800, 500), width: 800, height: 500 };

describe('the map as it is sent', () => {
    const points = [point(3, -1, 0.5, { artist: 'Björk', year: 1993 }), point(900, 0.25, -0.75, { artist: '林 美咲', style: 2, key: 17, tempo: 96, energy: 255, mood: 5 }), point(70_000, 1.2, 1.2, { artist: 'Björk' })];
    const map = mapOf(points);

    it('is read column by column', () => {
        expect(map.count).toBe(3);
        expect([...map.numbers]).toEqual([3, 900, 70_000]);
        expect(map.artists).toEqual(['Björk', '林 美咲']);
        expect([...map.artist]).toEqual([0, 1, 0]);
        expect([...map.year]).toEqual([1993, 2000, 2000]);
        expect([map.style[1], map.key[1], map.tempo[1], map.energy[1], map.mood[1]]).toEqual([2, 17, 96, 255, 5]);
        for (const [i, { x, y }] of points.entries()) {
            expect(map.x[i]).toBeCloseTo(x, 4);
            expect(map.y[i]).toBeCloseTo(y, 4);
        }
        expect(map.styles).toEqual(styles);
        expect(map.moods).toHaveLength(6);
    });

    it('may be empty', () => {
        expect(mapOf([])).toMatchObject({ count: 0, artists: [] });
    });

    it('is refused when it is something else, or was cut', () => {
        const whole = picture(points);
        expect(() => parseMap(whole.slice(0, whole.byteLength - 8))).toThrow('ended too early');
        expect(() => parseMap(new TextEncoder().encode('<!doctype html><html></html>').buffer)).toThrow('cannot read');
        expect(() => parseMap(new ArrayBuffer(4))).toThrow('cannot read');
    });

    it('knows the row of a track by its number', () => {
        expect([3, 900, 70_000].map((n) => rowOfNumber(map, n))).toEqual([0, 1, 2]);
        expect([0, 4, 80_000].map((n) => rowOfNumber(map, n))).toEqual([-1, -1, -1]);
    });
});

describe('looking at it', () => {
    it('what is under a pixel is drawn at that pixel', () => {
        const view = { x: 0.3, y: -0.2, scale: 450, width: 800, height: 500 };
        const [px, py] = toScreen(view, ...toMap(view, 123, 456));
        expect(px).toBeCloseTo(123);
        expect(py).toBeCloseTo(456);
        expect(toScreen(view, 0.3, -0.2)).toEqual([400, 250]);
        expect(toScreen(view, 0.3, 0)[1], 'up is up').toBeLessThan(250);
    });

    it('zooms about the point under the pointer, neither too far in nor too far out', () => {
        const before = toMap(window, 500, 200);
        const [x, y] = toMap(zoomAt(window, 500, 200, 3), 500, 200);
        expect(x).toBeCloseTo(before[0]);
        expect(y).toBeCloseTo(before[1]);
        expect(zoomAt(window, 0, 0, 1e9).scale).toBeCloseTo(window.scale * 600);
        expect(zoomAt(window, 0, 0, 1e-9).scale).toBeCloseTo(window.scale * 0.6);
        const far = zoomAt(window, 0, 0, 1e-9);
        expect(Math.max(Math.abs(far.x), Math.abs(far.y)), 'the map stays in sight').toBeLessThanOrEqual(1.3);
    });

    it('shows rows with room around them', () => {
        const map = mapOf([point(1, -0.5, -0.5), point(2, 0.1, 0.3), point(3, 1, 1)]);
        const view = viewOf(map, [0, 1], window);
        for (const row of [0, 1]) {
            const [px, py] = toScreen(view, map.x[row], map.y[row]);
            expect(px).toBeGreaterThan(80);
            expect(px).toBeLessThan(720);
            expect(py).toBeGreaterThan(50);
            expect(py).toBeLessThan(450);
        }
        expect(viewOf(map, [2], window).scale, 'one point is not looked at with a microscope').toBeLessThanOrEqual(window.scale * 8);
        expect(viewOf(map, [], window)).toBe(window);
    });

    it('draws rows in an order of which every beginning is an even sample', () => {
        const order = shuffled(1000);
        expect(new Set(order).size).toBe(1000);
        expect(shuffled(1000)).toEqual(order);
        const low = order.subarray(0, 200).filter((row) => row < 500).length;
        expect(low).toBeGreaterThan(70);
        expect(low).toBeLessThan(130);
    });
});

describe('the grid', () => {
    const map = many();
    const grid = new Grid(map);
    const rows = Array.from({ length: map.count }, (_, i) => i);
    const far = (row: number, x: number, y: number) => Math.hypot(map.x[row] - x, map.y[row] - y);

    it('finds what looking at every point finds', () => {
        for (const [x, y] of [[0, 0], [0.3, -0.4], [-0.8, 0.2], [1.19, 1.19]]) {
            const near = rows.filter((row) => far(row, x, y) <= 0.05).sort((a, b) => far(a, x, y) - far(b, x, y));
            const found = grid.nearest(x, y, 0.05);
            expect(found < 0 ? Infinity : far(found, x, y)).toBe(near.length ? far(near[0], x, y) : Infinity);
            if (near.length > 1) expect(far(grid.nearest(x, y, 0.05, new Set([near[0]])), x, y)).toBe(far(near[1], x, y));
        }
        expect(grid.nearest(0, 0, 0)).toBe(-1);
    });

    it('catches what is inside a line, and nothing outside', () => {
        // a letter C: its bay is outside
        const line: [number, number][] = [[-0.6, -0.6], [0.6, -0.6], [0.6, -0.3], [-0.2, -0.3], [-0.2, 0.3], [0.6, 0.3], [0.6, 0.6], [-0.6, 0.6]];
        expect(isInside(line, -0.4, 0)).toBe(true);
        expect(isInside(line, 0.3, 0)).toBe(false);
        const caught = grid.inside(line);
        expect(caught.length).toBeGreaterThan(50);
        expect(caught).toEqual(rows.filter((row) => isInside(line, map.x[row], map.y[row])));
        expect(grid.inside([[0, 0], [1, 1]])).toEqual([]);
    });

    it('lists what the window shows from its middle outwards', () => {
        const view = { ...window, x: 0.2, y: 0.1, scale: window.scale * 4 };
        const seen = rows.filter((row) => {
            const [px, py] = toScreen(view, map.x[row], map.y[row]);
            return px >= 0 && px <= view.width && py >= 0 && py <= view.height;
        });
        const { rows: listed, count } = grid.inView(view, 20);
        expect(count).toBe(seen.length);
        expect(listed).toHaveLength(20);
        expect(listed.map((row) => far(row, view.x, view.y))).toEqual(seen.map((row) => far(row, view.x, view.y)).sort((a, b) => a - b).slice(0, 20));
    });

    it('goes along a line, taking each track once', () => {
        const road = mapOf([point(1, -0.9, 0), point(2, -0.3, 0.02), point(3, 0.3, -0.02), point(4, 0.9, 0), point(5, 0, 0.8)]);
        const along = (line: [number, number][], most = 60) => new Grid(road).along(line, 0.1, 0.15, most);
        expect(along([[-1, 0], [1, 0]])).toEqual([0, 1, 2, 3]);
        expect(along([[1, 0], [-1, 0]]), 'the other way round').toEqual([3, 2, 1, 0]);
        expect(along([[1, 0], [-1, 0]], 2)).toEqual([3, 2]);
        expect(along([[-1, -0.9], [1, -0.9]]), 'nothing is near').toEqual([]);
    });

    it('walks a line in even paces, round its corners', () => {
        const places = [...paces([[0, 0], [1, 0], [1, 0], [1, 1.1]], 0.4)].map(([x, y]) => [x, y].map((v) => Math.round(v * 100) / 100));
        expect(places).toEqual([[0, 0], [0.4, 0], [0.8, 0], [1, 0.2], [1, 0.6], [1, 1]]);
    });
});

describe('names on the map', () => {
    it('of a style stand where its tracks lie densest', () => {
        const jazz = Array.from({ length: 30 }, (_, i) => point(100 + i, 0.6 + (i % 5) * 0.01, -0.5, { style: 1 }));
        const apart = [point(200, -1, 1, { style: 1 })];
        const other = Array.from({ length: 30 }, (_, i) => point(300 + i, 0, 0, { style: 3 }));
        const [label, ...rest] = styleLabels(mapOf([...jazz, ...apart, ...other]));
        expect(label).toMatchObject({ text: 'jazz', weight: 31 });
        expect(label.x).toBeCloseTo(0.62, 2);
        expect(label.y).toBeCloseTo(-0.5, 2);
        expect(rest, '“other” is no region').toEqual([]);
    });

    it('of artists stand in the middle of their tracks, those with most first', () => {
        const map = mapOf([point(1, 0, 0, { artist: 'B' }), point(2, 1, 0, { artist: 'B' }), point(3, 0.5, 0.5, { artist: 'A' }), point(4, 0.5, 0.5, { artist: '' })]);
        expect(artistLabels(map).map(({ text, weight }) => [text, weight])).toEqual([['B', 2], ['A', 1]]);
        expect(artistLabels(map)[0].x).toBeCloseTo(0.5, 3);
        expect(artistsRows(map, 'b')).toEqual([0, 1]);
        expect(artistsRows(map, 'nobody')).toEqual([]);
    });

    it('at the edges of the window move into it, those beyond stay', () => {
        const label = (x: number, y = 0) => ({ text: 'A name of some length', x, y, weight: 1, style: '' });
        const edge = window.width / 2 / window.scale;
        const box: [number, number, number, number] = [0, 0, window.width, window.height];
        const at = [label(-edge * 0.99), label(edge * 0.99), label(0.1), label(edge * 1.5), label(-edge * 0.99, 9)];
        const moved = nudged(at, window, 13, box);
        expect(moved.map((l) => Math.sign(l.x - at[moved.indexOf(l)].x))).toEqual([1, -1, 0, 0, 0]);
        const seen = (l: typeof at[number]) => fitting([l], window, 13, 9, box).length;
        expect(at.map(seen), 'before').toEqual([0, 0, 1, 0, 0]);
        expect(moved.map(seen), 'after').toEqual([1, 1, 1, 0, 0]);
    });

    it('neither touch each other nor cross the edges of the window', () => {
        const labels = artistLabels(many());
        const margin = 120;
        const view = withMargin(window, margin);
        const size = 13;
        const placed = fitting(labels, view, size, 1000, [margin, margin, margin + window.width, margin + window.height]);
        expect(placed.length).toBeGreaterThan(20);
        const half = (text: string) => (text.length * size * 0.56) / 2;
        for (const [i, a] of placed.entries()) {
            for (const b of placed.slice(0, i)) {
                const apart = Math.abs(a.px - b.px) >= half(a.label.text) + half(b.label.text) || Math.abs(a.py - b.py) >= size;
                expect(apart, `${a.label.text} and ${b.label.text}`).toBe(true);
            }
            const [left, right] = [a.px - half(a.label.text) - margin, a.px + half(a.label.text) - margin];
            const above = a.py < margin || a.py > view.height - margin;
            if (!above) expect((left < 0 && right > 0) || (left < window.width && right > window.width), a.label.text).toBe(false);
        }
        expect(fitting(labels, view, size, 3)).toHaveLength(3);
    });
});

describe('colours of the map', () => {
    // its own copy of the page's tokens, as the browser would read them
    const css = readFileSync(new URL('../tokens.css', import.meta.url), 'utf8');
    const dark = new Map([...css.slice(css.indexOf("data-theme='dark'"), css.indexOf("data-theme='light'")).matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]));
    beforeEach(() => {
        vi.stubGlobal('document', { documentElement: {} });
        vi.stubGlobal('getComputedStyle', () => ({ getPropertyValue: (name: string) => dark.get(name) ?? '' }));
    });
    afterEach(() => vi.unstubAllGlobals());

    const map = mapOf([point(1, 0, 0, { style: 1, key: 0, tempo: 60, year: 1970, energy: 0 }), point(2, 0, 0, { style: 2, key: 21, tempo: 180, year: 2010, energy: 255 }), point(3, 0, 0, { style: 255, key: 255, tempo: 0, year: 0, mood: 255 })]);
    const years: [number, number] = [1970, 2010];

    it('are those of the styles everywhere else', () => {
        const scheme = colourSchemes(map, 'style', years);
        expect(scheme.names).toEqual(['Rock', 'Jazz', 'Ambient', 'Other']);
        expect(scheme.css[1]).toBe(dark.get('--style-jazz'));
        expect([...scheme.present].sort()).toEqual([1, 2, 255]);
    });

    it('are the same for a minor key and its relative major', () => {
        const { colours, names } = colourSchemes(map, 'key', years);
        const of = (name: string) => colours[names.indexOf(name)];
        expect(names).toHaveLength(24);
        expect(of('Am')).toBe(of('C'));
        expect(of('C♯m')).toBe(of('E'));
        expect(new Set(colours.slice(0, 12)).size).toBe(12);
    });

    it('run along a scale from its lowest to its highest value', () => {
        for (const by of ['tempo', 'year', 'energy'] as const) {
            const { ramp } = colourSchemes(map, by, years);
            expect(ramp).toHaveLength(256);
            expect([0, 1].map((row) => classOf(map, by, row, years)), by).toEqual([0, 255]);
            for (const colour of ramp!) expect(colour).toBeLessThanOrEqual(0xffffff);
        }
    });

    it('say what is not known', () => {
        for (const by of ['style', 'key', 'tempo', 'year', 'mood'] as const) expect(classOf(map, by, 2, years), by).toBe(-1);
        expect(yearRange(map)).toEqual([1970, 2010]);
        expect(yearRange(mapOf([]))).toEqual([0, 0]);
    });

    it('are full or hardly there', () => {
        expect(tint(0x123456, false) >>> 0).toBe(0xff123456);
        expect(tint(0x123456, true) >>> 0).toBe(0x1a123456);
    });
});

describe('the sheet under the window', () => {
    const margin = marginOf(window.width, window.height);
    const near: View = { ...window, scale: window.scale * 10 };
    const moved = (view: View, px: number, py = 0): View => ({ ...view, x: view.x + px / view.scale, y: view.y + py / view.scale });

    it('lies so that every point stays where it is looked for', () => {
        const now = { ...moved(near, 70, -30), scale: near.scale * 1.25 };
        const { dx, dy, zoom } = placeOf(near, now, 1);
        const [x, y] = [0.03, -0.02];
        const [sx, sy] = toScreen(near, x, y);
        const [nx, ny] = toScreen(now, x, y);
        expect((sx - 400) * zoom + 400 + dx).toBeCloseTo(nx);
        expect((sy - 250) * zoom + 250 + dy).toBeCloseTo(ny);
    });

    it('lies on whole pixels of the screen while it is not zoomed', () => {
        const { dx, dy, zoom } = placeOf(near, moved(near, 10.3, 7.8), 2);
        expect(zoom).toBe(1);
        expect([dx, dy]).toEqual([-10.5, 8]);
    });

    it('does until the window reaches its edge', () => {
        expect(covers(near, margin, near)).toBe(true);
        expect(covers(near, margin, moved(near, margin))).toBe(true);
        expect(covers(near, margin, moved(near, margin + 1))).toBe(false);
        expect(covers(near, margin, moved(near, 0, -margin - 1))).toBe(false);
        expect(covers(near, margin, { ...near, scale: near.scale / 3 }), 'one steps back').toBe(false);
        expect(covers(near, margin, { ...near, scale: near.scale * 3 }), 'one steps closer').toBe(true);
    });

    it('need not show what lies beyond the edges of the map', () => {
        const all = { ...window, scale: window.scale * 0.6 };
        expect(covers(all, margin, moved(all, 300, 100))).toBe(true);
    });

    it('is laid ahead of who moves on, and still shows where they are', () => {
        const now = moved(near, 30, -2);
        const next = ahead(near, now, margin);
        expect((next.x - now.x) * now.scale).toBeCloseTo(margin);
        expect((next.y - now.y) * now.scale).toBeCloseTo(-margin / 2);
        expect(covers(next, margin, now)).toBe(true);
        expect(ahead(near, near, margin)).toEqual(near);
        const zoomed = { ...now, scale: now.scale * 2 };
        expect(ahead(near, zoomed, margin)).toEqual(zoomed);
    });

    it('is drawn in pieces that a machine does between two frames', () => {
        const fast = new Pace();
        const begin = fast.points;
        for (let i = 0; i < 30; i++) fast.took(1);
        expect(fast.points).toBeGreaterThan(1e6);
        const slow = new Pace();
        for (let i = 0; i < 30; i++) slow.took(4);
        expect(slow.points).toBe(Pace.least);
        const right = new Pace();
        right.took(2);
        expect(right.points).toBe(begin);
    });
});
