// A colour for each of many lists, so that none is another's: the hue of its style where that is free, else the one farthest from all
// that are taken.

import { oklab, oklchHex } from './styles';

type Lab = [number, number, number];

function far([l, a, b]: Lab, [m, c, d]: Lab): number {
    return (l - m) ** 2 + (a - c) ** 2 + (b - d) ** 2;
}

/** Colours that can be seen on the grounds of a theme (3:1 at least), far more of them than a search finds lists. */
function candidates(dark: boolean): string[] {
    const all: string[] = [];
    for (const lightness of dark ? [0.74, 0.6, 0.88, 0.67, 0.81] : [0.5, 0.37, 0.57, 0.43])
        for (const chroma of [0.16, 0.09]) for (let hue = 20; hue < 380; hue += 15) all.push(oklchHex(lightness, chroma, hue));
    return [...new Set(all)];
}

/** "#rrggbb" of each list, from the style in which it has most tracks ("" for none). `hueOf` gives the colour of a style. */
export function listColours(styles: string[], hueOf: (style: string) => string, dark: boolean): string[] {
    const colours: string[] = new Array(styles.length).fill('');
    const taken: Lab[] = [];
    const free = candidates(dark).map((hex) => ({ hex, lab: oklab(hex), least: Infinity }));
    const take = (i: number, hex: string) => {
        colours[i] = hex;
        const lab = oklab(hex);
        taken.push(lab);
        for (const one of free) one.least = Math.min(one.least, far(one.lab, lab));
    };
    const seen = new Set<string>();
    styles.forEach((style, i) => {
        if (!style || seen.has(style)) return;
        seen.add(style);
        take(i, hueOf(style));
    });
    colours.forEach((colour, i) => {
        if (!colour) take(i, free.reduce((best, one) => (one.least > best.least ? one : best)).hex);
    });
    return colours;
}
