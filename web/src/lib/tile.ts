// A picture for music that has none: the same for the same artist and album, on every machine.

export function hash(text: string): number {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) {
        h ^= text.charCodeAt(i);
        h = Math.imul(h, 0x01000193);
    }
    h ^= h >>> 15;
    h = Math.imul(h, 0x2c1b3c6d);
    return (h ^ (h >>> 13)) >>> 0;
}

/** Numbers in 0..1 that follow from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

export interface Shape {
    kind: 'circle' | 'ring' | 'line';
    /** SVG path for lines, centre and radius otherwise; the picture is 100 by 100 */
    d?: string;
    x?: number;
    y?: number;
    r?: number;
    width: number;
    opacity: number;
}

/** Four kinds of drawing: rings, bars, hills, moons. */
export function tileShapes(seedText: string): { angle: number; shapes: Shape[] } {
    const seed = hash(seedText);
    const random = randomFrom(seed);
    const angle = Math.floor(random() * 360);
    const shapes: Shape[] = [];
    const kind = seed % 4;
    if (kind === 0) {
        const x = 15 + random() * 70;
        const y = 15 + random() * 70;
        const step = 9 + random() * 6;
        for (let i = 1; i <= 7; i++) shapes.push({ kind: 'ring', x, y, r: round(i * step), width: round(1.5 + random() * 3.5), opacity: round(0.85 - i * 0.09) });
    } else if (kind === 1) {
        const bars = 6 + Math.floor(random() * 5);
        const gap = 84 / (bars - 1);
        for (let i = 0; i < bars; i++) {
            const half = 6 + random() * 32;
            const x = round(8 + i * gap);
            shapes.push({ kind: 'line', d: `M${x} ${round(50 - half)}V${round(50 + half)}`, width: round(gap * 0.46), opacity: round(0.4 + random() * 0.5) });
        }
    } else if (kind === 2) {
        for (let i = 0; i < 5; i++) {
            const y = round(24 + i * 15 + random() * 6);
            const a = round((random() - 0.5) * 44);
            const b = round((random() - 0.5) * 44);
            shapes.push({ kind: 'line', d: `M-5 ${y}C30 ${round(y + a)} 65 ${round(y + b)} 105 ${round(y - a / 2)}`, width: round(2 + random() * 4.5), opacity: round(0.85 - i * 0.13) });
        }
    } else {
        const x = 30 + random() * 40;
        const y = 30 + random() * 40;
        const r = 17 + random() * 13;
        const turn = random() * Math.PI * 2;
        shapes.push({ kind: 'circle', x: round(x), y: round(y), r: round(r), width: 0, opacity: 0.9 });
        shapes.push({ kind: 'ring', x: round(x), y: round(y), r: round(r + 8), width: 1.6, opacity: 0.5 });
        shapes.push({ kind: 'circle', x: round(x + Math.cos(turn) * (r + 14)), y: round(y + Math.sin(turn) * (r + 14)), r: round(4 + random() * 7), width: 0, opacity: 0.6 });
    }
    return { angle, shapes };
}

function round(value: number): number {
    return Math.round(value * 10) / 10;
}
