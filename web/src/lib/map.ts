// The music map: what the server sends, and the geometry of looking at it. Pure; drawn by mapgl.ts.

import { randomFrom } from './tile';

export interface MapData {
    count: number;
    /** the server's numbers of the tracks, rising */
    numbers: Uint32Array;
    /** -1 to 1, a little more for tracks that were placed later; y grows upwards */
    x: Float32Array;
    y: Float32Array;
    artist: Uint32Array;
    /** 0: not known */
    year: Uint16Array;
    style: Uint8Array;
    /** 0 to 11 C to B major, 12 to 23 minor */
    key: Uint8Array;
    tempo: Uint8Array;
    /** 0 to 255 */
    energy: Uint8Array;
    mood: Uint8Array;
    artists: string[];
    styles: string[];
    moods: string[];
}

export const pitchClasses = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];

/** Coordinates lie within -reach to reach. */
export const reach = 1.2;
const head_bytes = 24;

/** Reads what /api/library/map sends; src/api/map_picture.h says how it is laid out. Throws for anything else. */
export function parseMap(bytes: ArrayBuffer): MapData {
    const view = new DataView(bytes);
    const tag = bytes.byteLength >= head_bytes ? String.fromCharCode(...new Uint8Array(bytes, 0, 4)) : '';
    if (tag !== 'AMMP' || view.getUint32(4, true) !== 1) throw new Error('The server sent a map this page cannot read. Reload the page: it may be from an older version.');
    const [count, artists, about, names] = [8, 12, 16, 20].map((at) => view.getUint32(at, true));
    let at = head_bytes;
    const take = (size: number) => {
        const begin = at;
        at += Math.ceil(size / 4) * 4;
        if (at > bytes.byteLength) throw new Error('The map ended too early. Reload the page to fetch it again.');
        return begin;
    };
    const text = new TextDecoder();
    const said = JSON.parse(text.decode(new Uint8Array(bytes, take(about), about))) as { styles?: string[]; moods?: string[] };
    const list = text.decode(new Uint8Array(bytes, take(names), names)).split('\0').slice(0, artists);
    const numbers = new Uint32Array(bytes, take(count * 4), count).slice();
    for (let i = 1; i < count; i++) numbers[i] += numbers[i - 1];
    const place = () => {
        const sent = new Uint16Array(bytes, take(count * 2), count);
        const places = new Float32Array(count);
        for (let i = 0; i < count; i++) places[i] = (sent[i] / 32767.5 - 1) * reach;
        return places;
    };
    return {
        count,
        numbers,
        x: place(),
        y: place(),
        artist: new Uint32Array(bytes, take(count * 4), count),
        year: new Uint16Array(bytes, take(count * 2), count),
        style: new Uint8Array(bytes, take(count), count),
        key: new Uint8Array(bytes, take(count), count),
        tempo: new Uint8Array(bytes, take(count), count),
        energy: new Uint8Array(bytes, take(count), count),
        mood: new Uint8Array(bytes, take(count), count),
        artists: list,
        styles: said.styles ?? [],
        moods: said.moods ?? [],
    };
}

/** The row of a track, or -1. */
export function rowOfNumber(map: MapData, number: number): number {
    let [low, high] = [0, map.count];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (map.numbers[middle] < number) low = middle + 1;
        else high = middle;
    }
    return low < map.count && map.numbers[low] === number ? low : -1;
}

/** All rows in an order in which any first part is an even sample, the same every time. */
export function shuffled(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    const random = randomFrom(3);
    for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
}

/** What the window shows: the point in its middle, and pixels per unit. */
export interface View {
    x: number;
    y: number;
    scale: number;
    width: number;
    height: number;
}

/** Pixels per unit with which the whole picture fits. */
export function fitScale(width: number, height: number): number {
    return Math.max(1, Math.min(width, height) * 0.45);
}

export function toScreen(view: View, x: number, y: number): [number, number] {
    return [view.width / 2 + (x - view.x) * view.scale, view.height / 2 - (y - view.y) * view.scale];
}

export function toMap(view: View, px: number, py: number): [number, number] {
    return [view.x + (px - view.width / 2) / view.scale, view.y - (py - view.height / 2) / view.scale];
}

/** Zooms by `factor` with the point under (px, py) staying where it is. */
export function zoomAt(view: View, px: number, py: number, factor: number): View {
    const fit = fitScale(view.width, view.height);
    const scale = Math.min(fit * 600, Math.max(fit * 0.6, view.scale * factor));
    const [x, y] = toMap(view, px, py);
    const clamp = (v: number) => Math.min(1.3, Math.max(-1.3, v));
    return { ...view, scale, x: clamp(x - (px - view.width / 2) / scale), y: clamp(y + (py - view.height / 2) / scale) };
}

/** A view of these rows with some room around them. */
export function viewOf(map: MapData, rows: ArrayLike<number>, view: View): View {
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < rows.length; i++) {
        left = Math.min(left, map.x[rows[i]]);
        right = Math.max(right, map.x[rows[i]]);
        low = Math.min(low, map.y[rows[i]]);
        high = Math.max(high, map.y[rows[i]]);
    }
    if (!(left <= right)) return view;
    const fit = fitScale(view.width, view.height);
    const scale = Math.min((view.width * 0.6) / Math.max(right - left, 0.02), (view.height * 0.6) / Math.max(high - low, 0.02));
    return { ...view, x: (left + right) / 2, y: (low + high) / 2, scale: Math.min(fit * 8, Math.max(fit, scale)) };
}

/** Rows by place, so that one need not look at all of them. */
export class Grid {
    static readonly side = 192;
    readonly #begin: Uint32Array;
    readonly #rows: Uint32Array;

    constructor(private readonly map: MapData) {
        const cells = Grid.side * Grid.side;
        this.#begin = new Uint32Array(cells + 1);
        const cell = new Uint32Array(map.count);
        for (let i = 0; i < map.count; i++) this.#begin[(cell[i] = this.#cell(map.x[i]) + this.#cell(map.y[i]) * Grid.side) + 1]++;
        for (let c = 0; c < cells; c++) this.#begin[c + 1] += this.#begin[c];
        const next = this.#begin.slice();
        this.#rows = new Uint32Array(map.count);
        for (let i = 0; i < map.count; i++) this.#rows[next[cell[i]]++] = i;
    }

    /** Calls `visit` with every row inside the box, and some near it. */
    within(left: number, low: number, right: number, high: number, visit: (row: number) => void): void {
        for (let cy = this.#cell(low); cy <= this.#cell(high); cy++) {
            const line = cy * Grid.side;
            for (let i = this.#begin[line + this.#cell(left)]; i < this.#begin[line + this.#cell(right) + 1]; i++) visit(this.#rows[i]);
        }
    }

    /** The row nearest to a point and not farther than `most`, but for those in `but`; or -1. */
    nearest(x: number, y: number, most: number, but?: Set<number>): number {
        let best = -1;
        let least = most * most;
        this.within(x - most, y - most, x + most, y + most, (row) => {
            const far = (this.map.x[row] - x) ** 2 + (this.map.y[row] - y) ** 2;
            if (far > least || but?.has(row)) return;
            least = far;
            best = row;
        });
        return best;
    }

    /** Up to `most` rows that the window shows, nearest to its middle first, and how many it shows. */
    inView(view: View, most: number): { rows: number[]; count: number } {
        const [left, high] = toMap(view, 0, 0);
        const [right, low] = toMap(view, view.width, view.height);
        const found: { row: number; far: number }[] = [];
        this.within(left, low, right, high, (row) => {
            const [x, y] = [this.map.x[row], this.map.y[row]];
            if (x >= left && x <= right && y >= low && y <= high) found.push({ row, far: (x - view.x) ** 2 + (y - view.y) ** 2 });
        });
        const count = found.length;
        return { rows: found.sort((a, b) => a.far - b.far || a.row - b.row).slice(0, most).map((f) => f.row), count };
    }

    /** Rows inside a closed line, by the even-odd rule. */
    inside(line: [number, number][]): number[] {
        if (line.length < 3) return [];
        const xs = line.map((p) => p[0]);
        const ys = line.map((p) => p[1]);
        const rows: number[] = [];
        this.within(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys), (row) => {
            if (isInside(line, this.map.x[row], this.map.y[row])) rows.push(row);
        });
        return rows.sort((a, b) => a - b);
    }

    /** Rows along a line, each the nearest within `far` to one of the places that are `step` apart on it. */
    along(line: [number, number][], step: number, far: number, most: number): number[] {
        const rows = new Set<number>();
        for (const [x, y] of paces(line, step)) {
            const row = this.nearest(x, y, far, rows);
            if (row >= 0) rows.add(row);
            if (rows.size === most) break;
        }
        return [...rows];
    }

    #cell(v: number): number {
        return Math.min(Grid.side - 1, Math.max(0, Math.floor(((v + reach) / (2 * reach)) * Grid.side)));
    }
}

/** Places on a line, from its beginning on, `step` apart. */
export function* paces(line: [number, number][], step: number): Generator<[number, number]> {
    let left = 0;
    for (let i = 1; i < line.length; i++) {
        const [[ax, ay], [bx, by]] = [line[i - 1], line[i]];
        const length = Math.hypot(bx - ax, by - ay);
        for (; left <= length && length > 0; left += step) yield [ax + ((bx - ax) * left) / length, ay + ((by - ay) * left) / length];
        left -= length;
    }
}

export function isInside(line: [number, number][], x: number, y: number): boolean {
    let inside = false;
    for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
        const [ax, ay] = line[i];
        const [bx, by] = line[j];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
    return inside;
}

export interface Label {
    text: string;
    x: number;
    y: number;
    /** tracks it stands for */
    weight: number;
    /** style family of a region; "" of an artist */
    style: string;
}

/** The name of each style where its tracks lie densest. */
export function styleLabels(map: MapData): Label[] {
    const side = 24;
    const cells = side * side;
    const cell = (v: number) => Math.min(side - 1, Math.max(0, Math.floor(((v + reach) / (2 * reach)) * side)));
    const counts = map.styles.map(() => new Uint32Array(cells));
    for (let i = 0; i < map.count; i++) if (map.style[i] < counts.length) counts[map.style[i]][cell(map.x[i]) + cell(map.y[i]) * side]++;
    const peaks = counts.map((count) => count.indexOf(count.reduce((a, b) => Math.max(a, b), 0)));
    // the middle of the tracks around the peak
    const sums = map.styles.map((text) => ({ text, x: 0, y: 0, n: 0 }));
    for (let i = 0; i < map.count; i++) {
        const sum = sums[map.style[i]];
        if (!sum) continue;
        const peak = peaks[map.style[i]];
        if (Math.abs(cell(map.x[i]) - (peak % side)) > 1 || Math.abs(cell(map.y[i]) - Math.floor(peak / side)) > 1) continue;
        sum.x += map.x[i];
        sum.y += map.y[i];
        sum.n++;
    }
    return sums.flatMap(({ text, x, y, n }, s) => {
        const weight = counts[s].reduce((a, b) => a + b, 0);
        return weight < Math.max(3, map.count * 0.004) || text === 'other' ? [] : [{ text, x: x / n, y: y / n, weight, style: text }];
    });
}

/** The name of each artist in the middle of their tracks, those with most tracks first. */
export function artistLabels(map: MapData): Label[] {
    const sums = map.artists.map((text) => ({ text, x: 0, y: 0, weight: 0, style: '' }));
    for (let i = 0; i < map.count; i++) {
        const sum = sums[map.artist[i]];
        sum.x += map.x[i];
        sum.y += map.y[i];
        sum.weight++;
    }
    return sums
        .filter((s) => s.text && s.weight > 0)
        .map((s) => ({ ...s, x: s.x / s.weight, y: s.y / s.weight }))
        .sort((a, b) => b.weight - a.weight || (a.text < b.text ? -1 : 1));
}

/** Left, top, right and bottom, in pixels of a view. */
export type Box = [number, number, number, number];

/** Pixels that half of a label takes. */
const halfWidth = (label: Label, size: number) => (label.text.length * size * 0.56) / 2 + 6;

/** The labels; those of places that a window shows moved sideways as far as their text needs to be inside of it, too. */
export function nudged(labels: Label[], view: View, size: number, [left, top, right, bottom]: Box): Label[] {
    return labels.map((label) => {
        const [px, py] = toScreen(view, label.x, label.y);
        if (px < left || px > right || py < top || py > bottom) return label;
        const half = halfWidth(label, size) + 1;
        const [x] = toMap(view, Math.max(left + half, Math.min(right - half, px)), py);
        return { ...label, x };
    });
}

/** Those of `labels`, which come by rank, that fit into the view without touching each other, or crossing the edges of a window in it. */
export function fitting(labels: Label[], view: View, size: number, most: number, window?: Box): { label: Label; px: number; py: number }[] {
    const placed: { label: Label; px: number; py: number; half: number }[] = [];
    const inside = (at: number, half: number, from: number, to: number) => at >= from + half && at <= to - half;
    const outside = (at: number, half: number, from: number, to: number) => at <= from - half || at >= to + half;
    for (const label of labels) {
        const [px, py] = toScreen(view, label.x, label.y);
        const half = halfWidth(label, size);
        if (!inside(px, half, 0, view.width) || !inside(py, size, 0, view.height)) continue;
        if (window) {
            const [left, top, right, bottom] = window;
            const seen = inside(px, half, left, right) && inside(py, size, top, bottom);
            if (!seen && !outside(px, half, left, right) && !outside(py, size, top, bottom)) continue;
        }
        if (placed.some((p) => Math.abs(p.px - px) < p.half + half && Math.abs(p.py - py) < size * 1.5)) continue;
        placed.push({ label, px, py, half });
        if (placed.length === most) break;
    }
    return placed;
}

export type Colouring = 'style' | 'mood' | 'tempo' | 'key' | 'year' | 'energy' | 'list';

export const colourings: { id: Colouring; label: string }[] = [
    { id: 'style', label: 'Style' },
    { id: 'mood', label: 'Mood' },
    { id: 'tempo', label: 'Tempo' },
    { id: 'energy', label: 'Energy' },
    { id: 'key', label: 'Key' },
    { id: 'year', label: 'Year' },
    { id: 'list', label: 'Playlist' },
];

/** Of each row: its class of named ones, or its place 0..255 on a scale; -1 when it has none. */
export function classOf(map: MapData, by: Colouring, row: number, years: [number, number]): number {
    switch (by) {
        case 'style':
            return map.style[row] === 255 ? -1 : map.style[row];
        case 'mood':
            return map.mood[row] === 255 ? -1 : map.mood[row];
        case 'key':
            return map.key[row] === 255 ? -1 : map.key[row];
        case 'tempo':
            return map.tempo[row] ? Math.min(255, Math.max(0, ((map.tempo[row] - 60) / 120) * 255)) : -1;
        case 'energy':
            return map.energy[row];
        case 'year':
            return map.year[row] ? ((map.year[row] - years[0]) / Math.max(1, years[1] - years[0])) * 255 : -1;
        case 'list':
            return -1;
    }
}

export function yearRange(map: MapData): [number, number] {
    const counts = new Uint32Array(65536);
    for (let i = 0; i < map.count; i++) counts[map.year[i]]++;
    const known = map.count - counts[0];
    if (!known) return [0, 0];
    /** the year of the track at `place` when they stand in order */
    const at = (place: number) => {
        let year = 0;
        for (let passed = 0; passed <= place; passed += counts[year]) year++;
        return year;
    };
    return [at(Math.floor(known * 0.01)), at(Math.ceil(known * 0.99) - 1)];
}
