import { describe, expect, test } from 'vitest';
import { append, insertNext, move, moved, playFrom, removeAt, shuffled, type Queue } from '../lib/queue';
import { shift } from '../lib/reorder';

const abcd: Queue<string> = { items: ['a', 'b', 'c', 'd'], index: 1 };
const current = (q: Queue<string>) => q.items[q.index];

describe('the queue', () => {
    test('starts where it is told, inside the list', () => {
        expect(current(playFrom(['a', 'b'], 1))).toBe('b');
        expect(playFrom(['a', 'b'], 9).index).toBe(1);
        expect(playFrom([], 0)).toEqual({ items: [], index: -1 });
    });

    test('grows at the end or right after what plays', () => {
        expect(append(abcd, ['e']).items.join('')).toBe('abcde');
        expect(insertNext(abcd, ['x', 'y']).items.join('')).toBe('abxycd');
    });

    test('what plays stays when others are taken out', () => {
        expect(current(removeAt(abcd, 0))).toBe('b');
        expect(current(removeAt(abcd, 3))).toBe('b');
        expect(removeAt(abcd, 7)).toBe(abcd);
    });

    test('the next takes the place of the one that is taken out while it plays', () => {
        expect(current(removeAt(abcd, 1))).toBe('c');
        expect(current(removeAt({ items: ['a', 'b'], index: 1 }, 1))).toBe('a');
        expect(removeAt({ items: ['a'], index: 0 }, 0)).toEqual({ items: [], index: -1 });
    });

    test('what plays goes on playing, whichever row moves wherever', () => {
        for (let from = 0; from < 4; from++)
            for (let to = 0; to < 4; to++)
                for (let index = 0; index < 4; index++) {
                    const queue = { items: abcd.items, index };
                    const after = move(queue, from, to);
                    expect(current(after)).toBe(current(queue));
                    expect(after.items[to]).toBe(abcd.items[from]);
                    expect([...after.items].sort()).toEqual(abcd.items);
                }
    });

    test('shuffling keeps every track', () => {
        const many = Array.from({ length: 50 }, (_, i) => i);
        const mixed = shuffled(many);
        expect(mixed).not.toEqual(many);
        expect([...mixed].sort((a, b) => a - b)).toEqual(many);
    });

    test('the rows shown while one is dragged stand where they will stand after', () => {
        for (let from = 0; from < 5; from++)
            for (let to = 0; to < 5; to++) {
                const items = ['a', 'b', 'c', 'd', 'e'];
                const places = items.map((item, i) => ({ item, y: i * 10 + shift(i, { from, to }, 10) }));
                const seen = places.sort((a, b) => a.y - b.y).map((p) => p.item);
                expect(seen).toEqual(moved(items, from, to));
            }
    });
});
