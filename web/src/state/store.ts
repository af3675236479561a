// Small things kept between visits. Storage may be full or forbidden; the page then simply forgets.

const prefix = 'audiomuse.';

export function load<T>(name: string, otherwise: T): T {
    try {
        const text = localStorage.getItem(prefix + name);
        return text === null ? otherwise : (JSON.parse(text) as T);
    } catch {
        return otherwise;
    }
}

export function save(name: string, value: unknown): void {
    try {
        localStorage.setItem(prefix + name, JSON.stringify(value));
    } catch {
        // nothing to do: see above
    }
}
