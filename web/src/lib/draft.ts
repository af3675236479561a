// What becomes of a draft of playlists: which of its lists are kept, under which names, and where they lie on the map. Pure.

import { count } from './format';
import { rowOfNumber, type Label, type MapData } from './map';
import { styleFamilies } from './styles';
import type { Draft, DraftList, List } from './types';
import { listTitle } from './words';

/** What somebody has changed of a draft and not yet published. */
export interface Edits {
    /** numbers of lists that are not kept */
    dropped: number[];
    /** what was typed as the names of lists */
    names: Record<number, string>;
}

export const noEdits: Edits = { dropped: [], names: {} };

/** "8 playlists wait to be looked at". */
export function waitingLine(draft: Draft): string {
    return `${count(draft.lists.length, 'playlist')} ${draft.lists.length === 1 ? 'waits' : 'wait'} to be looked at`;
}

/** The name under which the search has found a list, as it is read. */
export function foundTitle(list: DraftList): string {
    return listTitle({ name: list.name, kind: 'automatic' });
}

export function titleOf(list: DraftList, edits: Edits): string {
    return edits.names[list.number] ?? foundTitle(list);
}

export function isKept(list: DraftList, edits: Edits): boolean {
    return !edits.dropped.includes(list.number);
}

export function keep(edits: Edits, number: number, kept: boolean): Edits {
    const others = edits.dropped.filter((n) => n !== number);
    return { ...edits, dropped: kept ? others : [...others, number] };
}

export function rename(edits: Edits, list: DraftList, name: string): Edits {
    const { [list.number]: _, ...others } = edits.names;
    return { ...edits, names: name === foundTitle(list) ? others : { ...others, [list.number]: name } };
}

/** What is wrong with the names of kept lists, in a sentence, by their numbers. */
export function nameProblems(lists: DraftList[], edits: Edits): Map<number, string> {
    const first = new Map<string, number>();
    const problems = new Map<number, string>();
    for (const list of lists.filter((l) => isKept(l, edits))) {
        const title = titleOf(list, edits).trim();
        const other = first.get(title);
        if (!title) problems.set(list.number, `Give the list a name. It was found as “${foundTitle(list)}”.`);
        else if (other === undefined) first.set(title, list.number);
        // the name that somebody has given is to be another one
        else problems.set(list.number in edits.names ? list.number : other, `Another list has the name “${title}” already. Choose another one.`);
    }
    return problems;
}

/** The kept lists as they are published: a name only where it is a new one. */
export function chosenLists(lists: DraftList[], edits: Edits): { number: number; name?: string }[] {
    return lists.filter((l) => isKept(l, edits)).map(({ number }) => (number in edits.names ? { number, name: edits.names[number].trim() } : { number }));
}

/** Which kept lists are new, which playlists get a new state, and which go without one. */
export function outcomeOf(draft: Draft, edits: Edits, playlists: List[]): { fresh: number; renewed: List[]; gone: List[] } {
    const kept = draft.lists.filter((l) => isKept(l, edits));
    const replaced = new Set(kept.map((l) => l.replaces));
    const automatic = playlists.filter((p) => p.kind === 'automatic');
    const renewed = automatic.filter((p) => replaced.has(p.id));
    return { fresh: kept.length - renewed.length, renewed, gone: automatic.filter((p) => !replaced.has(p.id)) };
}

/** "96 to 128 BPM"; "" where no tempo is known. */
export function tempoRange({ tempo_low, tempo_high }: List['profile']): string {
    if (!tempo_low || !tempo_high) return '';
    const [low, high] = [Math.round(tempo_low), Math.round(tempo_high)];
    return low === high ? `${low} BPM` : `${low} to ${high} BPM`;
}

/** Of each row of the map, the index of the list that has its track; -1 for none. */
export function listOfRows(map: MapData, lists: DraftList[]): Int16Array {
    const of = new Int16Array(map.count).fill(-1);
    lists.forEach((list, i) => {
        for (const row of rowsOf(map, list)) of[row] = i;
    });
    return of;
}

/** The rows of a list's tracks, as far as they are on the map. */
export function rowsOf(map: MapData, list: DraftList): number[] {
    return list.points.flatMap((point) => (point === null ? [] : rowOfNumber(map, point))).filter((row) => row >= 0);
}

const longest_label = 24;

/** The name of each list in the middle of its tracks, those with most tracks first. */
export function draftLabels(map: MapData, lists: { list: DraftList; title: string }[]): Label[] {
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
    const labels = lists.flatMap(({ list, title }) => {
        const rows = rowsOf(map, list);
        if (!rows.length) return [];
        const text = title.length > longest_label ? `${title.slice(0, longest_label - 1).replace(/[\s,]+$/, '')}…` : title;
        return [{ text, x: middle(rows.map((r) => map.x[r])), y: middle(rows.map((r) => map.y[r])), weight: rows.length, style: '' }];
    });
    return labels.sort((a, b) => b.weight - a.weight);
}

/** The styles in which lists have most of their tracks; "" where none is known. */
export function mainStyles(lists: DraftList[]): string[] {
    return lists.map((l) => l.profile.styles.find((s) => (styleFamilies as readonly string[]).includes(s.name))?.name ?? '');
}
