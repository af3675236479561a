import { describe, expect, it } from 'vitest';
import { doorsOf, trackArtists, type Thing } from '../lib/doors';
import { place, pointAnchor } from '../lib/place';
import type { Track } from '../lib/types';

const track: Track = {
    item_id: '7',
    title: 'Slow Rooms',
    author: 'Amber Engines feat. Mira',
    artists: ['Amber Engines', 'Mira'],
    album: 'Drift',
    album_artist: 'Amber Engines',
    year: 1999,
    duration_s: 200,
    genres: [],
    state: 'analysed',
    has_cover: false,
    added_at: 0,
};
const things: Thing[] = [
    { kind: 'track', track },
    { kind: 'artist', name: 'Amber Engines' },
    { kind: 'album', name: 'Drift', artist: 'Amber Engines' },
    { kind: 'list', list: { id: 3, name: 'Evening', kind: 'own' } },
    { kind: 'tracks', tracks: [track], name: 'A lasso' },
];

describe('the doors', () => {
    it('are the same few in the same order for everything', () => {
        const order = doorsOf(things[0]).map((door) => door.id);
        for (const thing of things) {
            const ids = doorsOf(thing).map((door) => door.id);
            expect(ids.slice(0, 3)).toEqual(['play', 'next', 'similar']);
            expect(ids, thing.kind).toEqual([...new Set(order)].filter((id) => ids.includes(id)).flatMap((id) => ids.filter((other) => other === id)));
        }
    });

    it('are shut, with the reason, where nothing has been heard', () => {
        const shut = (thing: Thing) => doorsOf(thing).filter((door) => door.shut).map((door) => door.id);
        expect(shut({ kind: 'track', track })).toEqual([]);
        const waiting = shut({ kind: 'track', track: { ...track, state: 'pending' } });
        expect(waiting).toContain('similar');
        expect(waiting).not.toContain('play');
        expect(shut({ kind: 'tracks', tracks: [], name: '' })).toContain('play');
    });

    it('lead to places that exist', () => {
        for (const thing of things) for (const door of doorsOf(thing)) expect(door.href ?? '/').not.toContain('undefined');
    });
});

describe('the artists of a track', () => {
    it('are its list, or its author where there is none', () => {
        expect(trackArtists(track)).toEqual(['Amber Engines', 'Mira']);
        expect(trackArtists({ author: 'Somebody', artists: [] })).toEqual(['Somebody']);
        expect(trackArtists({ author: '', artists: ['', 'A', 'A'] })).toEqual(['A']);
    });
});

describe('hiding an artist', () => {
    const artist: Thing = { kind: 'artist', name: 'A' };
    const ids = (thing: Thing, hidden?: boolean) => doorsOf(thing, hidden).map((door) => door.id);

    it('is offered for artists only, and the way back for those who are hidden', () => {
        expect(ids(artist, false)).toContain('hide');
        expect(ids(artist, true)).toContain('show');
        expect(ids(artist, true)).not.toContain('hide');
        expect(ids(things[0], false)).not.toContain('hide');
    });

    it('is not offered to those who may not', () => {
        expect(ids(artist).filter((id) => id === 'hide' || id === 'show')).toEqual([]);
    });
});

describe('the place of a menu', () => {
    const menu = { width: 248, height: 300 };
    const window = { width: 1000, height: 800 };

    it('is below its button where there is room, above otherwise', () => {
        expect(place({ left: 100, right: 144, top: 100, bottom: 144 }, menu, window)).toEqual({ left: 100, top: 148 });
        expect(place({ left: 100, right: 144, top: 700, bottom: 744 }, menu, window).top).toBe(700 - 4 - 300);
    });

    it('opens to the left at the right edge, and never leaves the window', () => {
        expect(place({ left: 940, right: 984, top: 100, bottom: 144 }, menu, window).left).toBe(984 - 248);
        const small = place(pointAnchor(5, 795), menu, { width: 260, height: 310 });
        expect(small.left).toBeGreaterThanOrEqual(8);
        expect(small.top).toBeGreaterThanOrEqual(8);
    });
});
