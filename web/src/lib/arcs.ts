// The arcs along which tracks can be put in order, and the lines that show how tracks go on.

import type { Arc, Track } from './types';

export const arcs: { arc: Arc; label: string; about: string; d: string }[] = [
    { arc: 'smooth', label: 'Smooth', about: 'each track flows into the next', d: 'M2 12C9 9 15 13 22 11' },
    { arc: 'rise', label: 'Rise', about: 'from calm to wild', d: 'M2 18C10 17 15 10 22 5' },
    { arc: 'fall', label: 'Fall', about: 'from wild to calm', d: 'M2 5C10 6 15 14 22 18' },
    { arc: 'arch', label: 'Arch', about: 'up to a peak and down again', d: 'M2 18C8 17 9 5 12 5S16 17 22 18' },
    { arc: 'wave', label: 'Wave', about: 'up and down, several times', d: 'M2 12C4 5 7 5 9.500 12S15 19 17 12 20 6 22 8' },
];

export interface Line {
    /** x of every track, 0 to 1 */
    x: number[];
    /** 0 to 1, null where it is not known */
    energy: (number | null)[];
    tempo: (number | null)[];
    /** beats a minute at 0 and 1 of the tempo's scale */
    bounds: [number, number];
}

/**
 * Where tracks stand on a line. With `steps` (distances to the track before) a large step takes more room; a part of every step is even, so
 * that no two tracks stand on one spot.
 */
export function soundLine(tracks: Pick<Track, 'energy' | 'tempo'>[], steps?: number[]): Line {
    const n = tracks.length;
    const total = steps?.slice(1).reduce((sum, d) => sum + Math.max(0, d), 0) ?? 0;
    const x: number[] = [];
    for (let i = 0, at = 0; i < n; i++) {
        if (i > 0) {
            const even = 1 / (n - 1);
            at += total > 0 ? 0.5 * even + (0.5 * Math.max(0, steps![i])) / total : even;
        }
        x.push(Math.min(1, at));
    }
    const tempos = tracks.map((t) => t.tempo).filter((t): t is number => Boolean(t));
    const low = Math.min(60, ...tempos);
    const high = Math.max(180, ...tempos);
    return {
        x,
        energy: tracks.map((t) => t.energy ?? null),
        tempo: tracks.map((t) => (t.tempo ? (t.tempo - low) / (high - low) : null)),
        bounds: [low, high],
    };
}

/** A soft curve through the points that are known, in a box of `width` by `height`; 1 is at the top. */
export function curve(x: number[], y: (number | null)[], width: number, height: number): string {
    const points = x.map((v, i) => [v * width, y[i] === null ? null : (1 - y[i]) * height] as const).filter((p): p is readonly [number, number] => p[1] !== null);
    if (!points.length) return '';
    let d = `M${round(points[0][0])} ${round(points[0][1])}`;
    for (let i = 1; i < points.length; i++) {
        const [ax, ay] = points[i - 1];
        const [bx, by] = points[i];
        const middle = round((ax + bx) / 2);
        d += `C${middle} ${round(ay)} ${middle} ${round(by)} ${round(bx)} ${round(by)}`;
    }
    return d;
}

function round(value: number): number {
    return Math.round(value * 10) / 10;
}
