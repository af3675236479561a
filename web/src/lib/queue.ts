// The play queue as a value: every function returns a new queue and never changes the one it was given.

export interface Queue<T> {
    items: T[];
    /** what plays; -1 when nothing does */
    index: number;
}

export const emptyQueue = { items: [], index: -1 };

export function playFrom<T>(items: T[], index: number): Queue<T> {
    return items.length ? { items: [...items], index: Math.min(Math.max(index, 0), items.length - 1) } : { items: [], index: -1 };
}

export function append<T>(queue: Queue<T>, items: T[]): Queue<T> {
    return { items: [...queue.items, ...items], index: queue.index };
}

/** Right after what plays now. */
export function insertNext<T>(queue: Queue<T>, items: T[]): Queue<T> {
    const at = queue.index + 1;
    return { items: [...queue.items.slice(0, at), ...items, ...queue.items.slice(at)], index: queue.index };
}

/** Without entry `at`. What plays stays; if it was the one removed, the next takes its place. */
export function removeAt<T>(queue: Queue<T>, at: number): Queue<T> {
    if (at < 0 || at >= queue.items.length) return queue;
    const items = queue.items.filter((_, i) => i !== at);
    const index = at < queue.index ? queue.index - 1 : queue.index;
    return { items, index: Math.min(index, items.length - 1) };
}

/** Entry `from` moved so that it ends at `to`. What plays keeps playing. */
export function move<T>(queue: Queue<T>, from: number, to: number): Queue<T> {
    const items = moved(queue.items, from, to);
    let index = queue.index;
    if (index === from) index = clamp(to, items.length);
    else if (from < index && clamp(to, items.length) >= index) index -= 1;
    else if (from > index && clamp(to, items.length) <= index) index += 1;
    return { items, index };
}

/** A copy of `items` in which the one at `from` stands at `to`. */
export function moved<T>(items: T[], from: number, to: number): T[] {
    if (from < 0 || from >= items.length) return [...items];
    const copy = [...items];
    const [item] = copy.splice(from, 1);
    copy.splice(clamp(to, items.length), 0, item);
    return copy;
}

export function shuffled<T>(items: T[], random: () => number = Math.random): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
}

function clamp(at: number, length: number): number {
    return Math.min(Math.max(at, 0), length - 1);
}
