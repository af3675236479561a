// The picture of an artist without one: their initials, in a colour that is always theirs.

import { hash } from './tile';

const articles = new Set(['the', 'die', 'der', 'das', 'les', 'los', 'las']);

/** One or two letters: of the first and the last word, without the article that so many bands begin with. */
export function initials(name: string): string {
    const words: string[] = name.normalize('NFC').match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*/gu) ?? [];
    const telling = words.length > 1 && articles.has(words[0].toLowerCase()) ? words.slice(1) : words;
    const first = (word: string) => [...word][0].toLocaleUpperCase();
    if (!telling.length) return [...name.trim()][0] ?? '?';
    return first(telling[0]) + (telling.length > 1 ? first(telling[telling.length - 1]) : '');
}

/** Degrees on the circle of colours. */
export function hueOf(name: string): number {
    return hash(name.normalize('NFC').toLowerCase()) % 360;
}
