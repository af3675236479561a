import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channels, contrast, oklabOf, styleFamilies } from '../lib/styles';

// The tokens themselves are read, so that a changed colour is a tested colour.
const css = readFileSync(new URL('../tokens.css', import.meta.url), 'utf8');

function theme(name: string): Map<string, string> {
    const block = new RegExp(`\\[data-theme='${name}'\\] \\{([^}]*)\\}`).exec(css)![1];
    return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
}

type Rgb = [number, number, number];

// Machado, Oliveira, Fernandes 2009, severity 1, on linear light
const blindness: Record<string, number[][]> = {
    none: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    red: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    green: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
};

function seen(hex: string, matrix: number[][]): Rgb {
    const c = channels(hex);
    const clip = (v: number) => Math.min(1, Math.max(0, v));
    return oklabOf(matrix.map((row) => clip(row[0] * c[0] + row[1] * c[1] + row[2] * c[2])) as Rgb);
}

test('contrast is that of WCAG', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.478, 2);
});

describe.each(['dark', 'light'])('the %s theme', (name) => {
    const colours = theme(name);
    const grounds = ['ground', 'raised', 'hover'].map((g) => colours.get(g)!);

    test('has a hue for every style', () => {
        for (const style of styleFamilies) expect(colours.get(`style-${style}`), style).toBeDefined();
    });

    test.each(['text', 'muted', 'good', 'bad', 'warn', 'accent-rest', ...styleFamilies.map((s) => `style-${s}`)])('%s can be read on every ground', (token) => {
        for (const ground of grounds) expect(contrast(colours.get(token)!, ground)).toBeGreaterThanOrEqual(4.5);
    });

    test('the edge of a control can be seen', () => {
        for (const ground of grounds) expect(contrast(colours.get('edge')!, ground)).toBeGreaterThanOrEqual(3);
    });

    test.each(Object.keys(blindness))('any two style hues differ for eyes that miss: %s', (kind) => {
        for (const a of styleFamilies)
            for (const b of styleFamilies) {
                if (a >= b) continue;
                const [x, y] = [a, b].map((s) => seen(colours.get(`style-${s}`)!, blindness[kind]));
                expect(Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]), `${a} and ${b}`).toBeGreaterThan(0.04);
            }
    });
});
