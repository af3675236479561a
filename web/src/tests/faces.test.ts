import { describe, expect, it } from 'vitest';
import { hueOf, initials } from '../lib/faces';

describe('a face for an artist', () => {
    it('has the initials one would write', () => {
        const faces: [string, string][] = [
            ['Amber Engines', 'AE'], ['The Beatles', 'B'], ['The The', 'T'], ['Björk', 'B'], ['édith piaf', 'ÉP'], ['林 美咲', '林美'], ['Тамара Лис', 'ТЛ'],
            ['AC/DC', 'AD'], ['10cc', '1'], ['!!!', '!'], ['', '?'], ['Florence + the Machine', 'FM'], ['Guns N’ Roses', 'GR'],
        ];
        expect(faces.map(([name]) => initials(name))).toEqual(faces.map(([, letters]) => letters));
    });

    it('keeps its colour, however the name is written, and others have others', () => {
        expect(hueOf('BJÖRK')).toBe(hueOf('bjo\u0308rk'));
        const hues = Array.from({ length: 360 }, (_, i) => Math.floor(hueOf(`artist ${i}`) / 60));
        for (let sixth = 0; sixth < 6; sixth++) expect(hues.filter((h) => h === sixth).length).toBeGreaterThan(30);
    });
});
