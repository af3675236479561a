import { describe, expect, test } from 'vitest';
import { maxHeight, pagesFor, visibleRows } from '../lib/virtual';

describe('the window on a long list', () => {
    test('draws what is seen and a few rows more', () => {
        const view = visibleRows(6400, 800, 64, 100_000, 8);
        expect(view.height).toBe(6_400_000);
        expect(view.first).toBe(92);
        expect(view.last).toBe(100 + 14 + 8);
        expect(view.offset).toBe(92 * 64);
    });

    test('stays inside the list', () => {
        expect(visibleRows(-300, 800, 64, 5)).toEqual({ height: 320, first: 0, last: 5, offset: 0 });
        const end = visibleRows(1e9, 800, 64, 1000);
        expect(end.last).toBe(1000);
        expect(visibleRows(0, 800, 64, 0)).toMatchObject({ height: 0, first: 0, last: 0 });
    });

    test('every pixel of the viewport is covered, wherever one scrolls', () => {
        for (const total of [20, 1000, 100_000, 1_000_000]) {
            const { height } = visibleRows(0, 900, 64, total);
            for (let k = 0; k <= 20; k++) {
                const scroll = ((height - 900) * k) / 20;
                const view = visibleRows(scroll, 900, 64, total);
                expect(view.offset).toBeLessThanOrEqual(scroll + 0.01);
                expect(view.offset + (view.last - view.first) * 64).toBeGreaterThanOrEqual(Math.min(scroll + 900, height) - 0.01);
            }
        }
    });

    test('a list too tall for a browser is squeezed, and both ends can be reached', () => {
        const total = 1_000_000;
        expect(visibleRows(0, 900, 64, total).height).toBe(maxHeight);
        expect(visibleRows(0, 900, 64, total).first).toBe(0);
        expect(visibleRows(maxHeight - 900, 900, 64, total).last).toBe(total);
        expect(visibleRows((maxHeight - 900) / 2, 900, 64, total).first).toBeGreaterThan(total * 0.49);
    });

    test('pages that cover rows', () => {
        expect(pagesFor(0, 22, 100)).toEqual([0]);
        expect(pagesFor(95, 101, 100)).toEqual([0, 1]);
        expect(pagesFor(100, 200, 100)).toEqual([1]);
        expect(pagesFor(7, 7, 100)).toEqual([]);
    });
});
