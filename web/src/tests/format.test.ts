import { describe, expect, test } from 'vitest';
import { ago, clock, count, fileSize, isUnsure, keyName, remaining, sentenceList, span } from '../lib/format';

describe('numbers as people say them', () => {
    test('a position in a track', () => {
        expect(clock(0)).toBe('0:00');
        expect(clock(7.9)).toBe('0:07');
        expect(clock(754)).toBe('12:34');
        expect(clock(3723)).toBe('1:02:03');
        expect(clock(NaN)).toBe('0:00');
        expect(clock(-3)).toBe('0:00');
    });

    test('a size', () => {
        expect(fileSize(0)).toBe('0 bytes');
        expect(fileSize(1)).toBe('1 byte');
        expect(fileSize(12_400)).toBe('12 kB');
        expect(fileSize(3_440_000)).toBe('3.4 MB');
        expect(fileSize(2.5e9)).toBe('2.5 GB');
    });

    test('a doubt is for low confidences that are known', () => {
        expect(isUnsure(0)).toBe(true);
        expect(isUnsure(0.9)).toBe(false);
        expect(isUnsure(null)).toBe(false);
        expect(isUnsure(undefined)).toBe(false);
    });

    test('a length', () => {
        expect(span(45)).toBe('45 s');
        expect(span(720)).toBe('12 min');
        expect(span(12000)).toBe('3 h 20 min');
        expect(span(7200)).toBe('2 h');
        expect(span(6 * 86400)).toBe('6 days');
    });

    test('what is left is never more exact than it can be known', () => {
        expect(remaining(null)).toBe('Working out how long this takes');
        expect(remaining(undefined)).toBe(remaining(null));
        expect(remaining(-1)).toBe(remaining(null));
        expect(remaining(4)).toBe('A few seconds left');
        expect(remaining(41)).toBe('About 50 seconds left');
        expect(remaining(60)).toBe('About 1 minute left');
        expect(remaining(250)).toBe('About 4 minutes left');
        expect(remaining(3700)).toBe('About an hour left');
        expect(remaining(9000)).toBe('About 2.5 hours left');
        expect(remaining(3 * 86400)).toBe('About 3 days left');
    });

    test('how long ago', () => {
        const now = 1_790_000_000;
        expect(ago(now - 5, now)).toBe('just now');
        expect(ago(now - 300, now)).toBe('5 min ago');
        expect(ago(now - 90000, now)).toBe('yesterday');
        expect(ago(null, now)).toBe('');
    });

    test('one and many', () => {
        expect(count(1, 'track')).toBe('1 track');
        expect(count(100000, 'track')).toBe('100,000 tracks');
        expect(count(2, 'match', 'matches')).toBe('2 matches');
    });

    test('lists and keys', () => {
        expect(sentenceList(['rock'])).toBe('rock');
        expect(sentenceList(['rock', 'jazz', 'folk'])).toBe('rock, jazz and folk');
        expect(keyName('C#', 'minor')).toBe('C♯ minor');
        expect(keyName('B', 'major')).toBe('B major');
        expect(keyName(undefined)).toBe('');
    });
});
