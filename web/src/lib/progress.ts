// A job as a picture: cells that fill up as music is heard.

import { randomFrom } from './tile';
import type { Counts } from './types';

export type Cell = { state: 'done'; style: string } | { state: 'known' | 'failed' | 'open' };

/** `n` cells for a job's counts, in proportion; done cells take their hue from the styles found so far. */
export function progressCells(counts: Counts | undefined, progress: number, styles: { name: string; count: number }[], n: number): Cell[] {
    const total = counts?.total || counts?.found || 0;
    const share = (value: number) => (total ? Math.min(n, (value / total) * n) : 0);
    const known = Math.round(share(counts?.known ?? 0));
    const failed = counts?.failed ? Math.max(1, Math.round(share(counts.failed))) : 0;
    const done = total ? Math.round(share((counts?.known ?? 0) + (counts?.analysed ?? 0) + (counts?.failed ?? 0))) - known - failed : Math.round((progress / 100) * n);
    const random = randomFrom(17);
    const sum = styles.reduce((s, style) => s + style.count, 0);
    const hue = () => {
        let at = random() * sum;
        for (const style of styles) if ((at -= style.count) <= 0) return style.name;
        return styles[0]?.name ?? 'other';
    };
    return Array.from({ length: n }, (_, i): Cell => {
        const style = hue();
        if (i < known) return { state: 'known' };
        if (i < known + done) return { state: 'done', style };
        if (i < known + done + failed) return { state: 'failed' };
        return { state: 'open' };
    });
}
