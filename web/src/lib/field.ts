// Where the dots of the library's picture lie.

import { isStyle } from './styles';
import { hash } from './tile';
import type { Track } from './types';

export interface Dot {
    x: number;
    y: number;
    r: number;
    style: string;
    track: Track;
}

export interface Range {
    tempo: [number, number];
    energy: [number, number];
}

/** The span of the tracks, never so narrow that small differences look large. */
export function fieldRange(tracks: Track[]): Range {
    return {
        tempo: widen(tracks.map((t) => t.tempo ?? 0), 60, 4),
        energy: widen(tracks.map((t) => t.energy ?? 0), 0.3, 0.02),
    };
}

function widen(values: number[], least: number, margin: number): [number, number] {
    if (values.length === 0) return [0, least];
    let low = Infinity;
    let high = -Infinity;
    for (const v of values) {
        low = Math.min(low, v);
        high = Math.max(high, v);
    }
    const missing = Math.max(0, least - (high - low)) / 2;
    return [Math.max(0, low - missing - margin), high + missing + margin];
}

/** Dots inside `width` by `height` px, with room for the glow at the edges. */
export function placeDots(tracks: Track[], range: Range, width: number, height: number): Dot[] {
    const pad = Math.min(34, width * 0.07);
    const r = tracks.length > 400 ? 2.2 : tracks.length > 150 ? 3 : 4;
    const share = (v: number, [low, high]: [number, number]) => (v - low) / (high - low);
    return tracks.map((track) => {
        // tempos come in steps; a little scatter keeps dots from hiding each other
        const scatter = ((hash(track.item_id) % 1000) / 1000 - 0.5) * 10;
        return {
            x: pad + share(track.tempo ?? 0, range.tempo) * (width - 2 * pad) + scatter,
            y: height - pad - share(track.energy ?? 0, range.energy) * (height - 2 * pad),
            r,
            style: isStyle(track.style) ? track.style : 'other',
            track,
        };
    });
}

/** The dot closest to a point, at most `reach` px away; only those of style `lit` when one is. */
export function nearest(dots: Dot[], x: number, y: number, reach: number, lit: string | null): Dot | null {
    let best: Dot | null = null;
    let least = reach * reach;
    for (const dot of dots) {
        if (lit && dot.style !== lit) continue;
        const d = (dot.x - x) ** 2 + (dot.y - y) ** 2;
        if (d <= least) {
            least = d;
            best = dot;
        }
    }
    return best;
}
