// A list drawn as a short wave: colours are its styles, height its energy, density its tempo.

import { randomFrom } from './tile';
import type { List } from './types';

export interface Bar {
    x: number;
    /** 0..1 of the height */
    h: number;
    width: number;
    style: string;
}

/** Bars across 0..100. */
export function spectrumBars(list: Pick<List, 'id' | 'profile'>): Bar[] {
    const { styles, tempo_mean, energy_mean } = list.profile;
    const bars = Math.round(12 + Math.min(1, Math.max(0, ((tempo_mean ?? 110) - 60) / 120)) * 22);
    const energy = energy_mean ?? 0.4;
    const random = randomFrom(list.id * 7919 + 13);
    const step = 100 / bars;
    return Array.from({ length: bars }, (_, i) => {
        const at = (i + 0.5) / bars;
        const swell = 0.55 + 0.45 * Math.sin(Math.PI * at);
        return {
            x: (i + 0.5) * step,
            h: Math.max(0.06, Math.min(1, (0.16 + energy * 0.95) * swell * (0.35 + random() * 0.65))),
            width: step * 0.5,
            style: styleAt(styles, at),
        };
    });
}

function styleAt(styles: { name: string; share: number }[], at: number): string {
    const total = styles.reduce((sum, s) => sum + s.share, 0);
    let sum = 0;
    for (const { name, share } of styles) {
        sum += share / total;
        if (at <= sum) return name;
    }
    return styles.at(-1)?.name ?? 'other';
}
