// The map as the server sends it (src/api/map_picture.h), of the made-up library or of any number of points.

const moods = ['danceable', 'aggressive', 'happy', 'party', 'relaxed', 'sad'];
const pitches = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/** `points` are {number, x, y, artist, year, style, key, tempo, energy, mood}, by rising number; artist is a name. */
export function mapPicture(points, styles) {
    const names = [...new Set(points.map((p) => p.artist))];
    const place = new Map(names.map((name, i) => [name, i]));
    const n = points.length;
    const about = Buffer.from(JSON.stringify({ styles, moods }));
    const text = Buffer.from(names.map((name) => `${name}\0`).join(''));
    const padded = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    const head = Buffer.alloc(24);
    head.write('AMMP');
    [1, n, names.length, about.length, text.length].forEach((value, i) => head.writeUInt32LE(value, 4 + i * 4));
    const column = (Type, of) => {
        const values = Type.from({ length: n }, (_, i) => of(points[i], i));
        return padded(Buffer.from(values.buffer));
    };
    const unit = (v) => Math.round((Math.min(1.2, Math.max(-1.2, v)) / 1.2 + 1) * 32767.5);
    return Buffer.concat([
        head,
        padded(about),
        padded(text),
        column(Uint32Array, (p, i) => p.number - (i ? points[i - 1].number : 0)),
        column(Uint16Array, (p) => unit(p.x)),
        column(Uint16Array, (p) => unit(p.y)),
        column(Uint32Array, (p) => place.get(p.artist)),
        column(Uint16Array, (p) => p.year),
        ...['style', 'key', 'tempo', 'energy', 'mood'].map((name) => column(Uint8Array, (p) => p[name])),
    ]);
}

function random(seed) {
    let state = seed >>> 0 || 1;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
    };
}

/** Each style an island, each of its tracks somewhere on it. */
export function placeTracks(library, styles) {
    return library.flatMap((entry, i) => {
        if (entry.state !== 'analysed') return [];
        const { track, heard } = entry;
        const draw = random(i + 1);
        const style = Math.max(0, styles.indexOf(heard.style));
        const angle = (style / styles.length) * Math.PI * 2;
        const gauss = () => draw() + draw() + draw() - 1.5;
        return [
            {
                number: i + 1,
                x: Math.cos(angle) * 0.66 + gauss() * 0.2,
                y: Math.sin(angle) * 0.66 + gauss() * 0.2,
                artist: track.author,
                year: track.year ?? 0,
                style,
                key: Math.max(0, pitches.indexOf(heard.key)) + (heard.scale === 'minor' ? 12 : 0),
                tempo: Math.round(heard.tempo),
                energy: Math.round(heard.energy * 255),
                mood: i % moods.length,
            },
        ];
    });
}

/** A large library: islands of all sizes, artists within them. */
export function manyPoints(count, styles) {
    const draw = random(7);
    const gauss = () => draw() + draw() + draw() + draw() - 2;
    const islands = Array.from({ length: 60 }, (_, i) => ({ x: gauss() * 0.55, y: gauss() * 0.55, r: 0.03 + draw() * 0.12, style: i % styles.length }));
    let home = { x: 0, y: 0, r: 0, style: 0 };
    return Array.from({ length: count }, (_, i) => {
        if (i % 24 === 0) {
            const island = islands[Math.floor(draw() * draw() * islands.length)];
            home = { x: island.x + gauss() * island.r, y: island.y + gauss() * island.r, r: island.r * 0.4, style: island.style };
        }
        return {
            number: i + 1,
            x: home.x + gauss() * home.r,
            y: home.y + gauss() * home.r,
            artist: `Artist ${Math.floor(i / 24)}`,
            year: 1960 + Math.floor(draw() * 64),
            style: home.style,
            key: Math.floor(draw() * 24),
            tempo: 60 + Math.floor(draw() * 120),
            energy: Math.floor(draw() * 256),
            mood: Math.floor(draw() * moods.length),
        };
    });
}
