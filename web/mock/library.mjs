// A made-up library: the same tracks for the same number, each style with its own tempo, energy and words.

const styles = {
    rock: { tempo: 128, energy: 0.78, tags: ['rock', 'indie', 'guitar', 'alternative', '90s'], genre: 'Rock' },
    metal: { tempo: 152, energy: 0.93, tags: ['metal', 'heavy metal', 'hard rock', 'rock', 'guitar'], genre: 'Metal' },
    electronic: { tempo: 132, energy: 0.74, tags: ['electronic', 'electronica', 'techno', 'electro', 'House'], genre: 'Techno' },
    dance: { tempo: 172, energy: 0.84, tags: ['dance', 'electronic', 'party', 'House', 'electro'], genre: 'Drum and Bass' },
    ambient: { tempo: 68, energy: 0.26, tags: ['ambient', 'chillout', 'chill', 'instrumental', 'beautiful'], genre: 'Ambient' },
    classical: { tempo: 92, energy: 0.38, tags: ['instrumental', 'beautiful', 'Mellow', 'sad', 'acoustic'], genre: 'Waltz' },
    folk: { tempo: 104, energy: 0.45, tags: ['folk', 'acoustic', 'Mellow', 'singer-songwriter', 'guitar'], genre: 'Folk' },
    jazz: { tempo: 116, energy: 0.5, tags: ['jazz', 'instrumental', 'easy listening', 'Mellow', 'blues'], genre: 'Jazz' },
    'hip-hop': { tempo: 88, energy: 0.66, tags: ['Hip-Hop', 'rnb', 'urban', 'funk', 'soul'], genre: 'Hip-Hop' },
    soul: { tempo: 100, energy: 0.58, tags: ['soul', 'rnb', 'funk', 'female vocalists', 'oldies'], genre: 'Soul' },
    pop: { tempo: 120, energy: 0.68, tags: ['pop', 'female vocalists', 'catchy', '80s', 'dance'], genre: 'Pop' },
    blues: { tempo: 84, energy: 0.55, tags: ['blues', 'guitar', 'rock', 'oldies', 'classic rock'], genre: 'Blues' },
};
export const families = Object.keys(styles);
// the order in which albums take their style: some are commoner than others, as in a real collection
const shelf = 'electronic folk rock ambient jazz electronic classical hip-hop folk metal soul electronic pop dance ambient blues jazz rock folk classical electronic ambient hip-hop dance'.split(' ');
const keys = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];
const first = ['Silver', 'Paper', 'Northern', 'Hollow', 'Velvet', 'Salt', 'Amber', 'Glass', 'Lunar', 'Copper', 'Wild', 'Quiet'];
const second = ['Harbour', 'Machines', 'Foxes', 'Orchard', 'Signals', 'Avenue', 'Tides', 'Lanterns', 'Engines', 'Garden', 'Choir', 'Satellite'];
const people = ['Élodie Marchand', 'Björk Ása', 'Тамара Лис', '林 美咲', 'Jonas Feld', 'Ngozi Ade', 'Mira Kovač', 'Sam Okafor'];
const words = ['Slow', 'Morning', 'Static', 'River', 'Letters', 'Gravity', 'Winter', 'Parade', 'Echo', 'Midnight', 'Cinder', 'Bloom'];
const things = ['Song', 'Lights', 'Motion', 'Drift', 'Rooms', 'Window', 'Circles', 'Home', 'Fire', 'Coast', 'Theory', 'Waltz'];

export function randomFrom(seed) {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

const clip = (x, low, high) => Math.min(high, Math.max(low, x));
const fold = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export function makeLibrary(count) {
    const random = randomFrom(7);
    const pick = (list) => list[Math.floor(random() * list.length)];
    const tracks = [];
    let album = null;
    for (let i = 0; i < count; i++) {
        if (!album || album.left === 0) {
            const family = shelf[Math.floor(tracks.length / 4) % shelf.length];
            const artist = random() < 0.25 ? pick(people) : `${pick(first)} ${pick(second)}`;
            album = { family, artist, name: `${pick(words)} ${pick(things)}`, year: 1968 + Math.floor(random() * 56), left: 4, n: 0 };
        }
        album.left--;
        album.n++;
        const s = styles[album.family];
        const wobble = () => (random() + random() + random() - 1.5) / 1.5;
        const path = `/music/${album.artist}/${album.name}/${String(album.n).padStart(2, '0')}.flac`;
        const track = {
            item_id: `t${i + 1}`,
            title: `${pick(words)} ${pick(things)}`,
            author: album.artist,
            artists: [album.artist],
            album: album.name,
            album_artist: album.artist,
            year: album.year,
            duration_s: 24 + Math.round(random() * 16),
            genres: [s.genre],
            has_cover: false,
            added_at: 1790000000 - i * 3600,
        };
        const heard = {
            tempo: Math.round((s.tempo + wobble() * 16) * 10) / 10,
            energy: clip(s.energy + wobble() * 0.12, 0.02, 1),
            key: pick(keys),
            confidence: (i % 10) / 9,
            scale: random() < 0.55 ? 'major' : 'minor',
            moods: s.tags.map((name, rank) => ({ name, score: clip(0.62 - rank * 0.11 + wobble() * 0.05, 0.02, 0.95) })),
            other_features: {
                danceable: clip(s.energy + wobble() * 0.2, 0, 1),
                aggressive: clip(s.energy * 0.7 + wobble() * 0.2, 0, 1),
                happy: random(),
                party: clip(s.energy * 0.8 + wobble() * 0.2, 0, 1),
                relaxed: clip(1 - s.energy, 0, 1),
                sad: clip(0.8 - s.energy + wobble() * 0.2, 0, 1),
            },
            style: album.family,
        };
        const broken = i % 48 === 31;
        const failure = broken
            ? i % 96 === 31
                ? { error_code: 'damaged', error: `${path} stops after 2 seconds of sound; the file is damaged. Replace it and try again.`, stage: 'decode', file: { size: 48213, mtime: 1780000000 }, decoder: 'avformat 59.27.100, avcodec 59.37.100, audiomuse 1' }
                : { error_code: 'too_short', error: `${path} is 0.4 s long; at least 1 s is needed to say how it sounds.`, stage: 'analyse', file: { size: 3121, mtime: 1780000000 }, decoder: 'avformat 59.27.100, avcodec 59.37.100, audiomuse 1' }
            : null;
        tracks.push({ track, heard, failure, path, state: 'pending', folded: fold([track.title, track.author, track.album, s.genre].join(' ')) });
    }
    return tracks;
}

export function card(entry) {
    return entry.state === 'analysed' ? { ...entry.track, state: 'analysed', ...entry.heard } : { ...entry.track, state: entry.state };
}

export function search(library, { q, filter, order }) {
    let found = library;
    if (filter !== 'all') found = found.filter((e) => e.state === filter);
    const terms = fold(q).split(/\s+/).filter(Boolean);
    if (terms.length) found = found.filter((e) => terms.every((t) => e.folded.includes(t)));
    const by = { title: (e) => e.track.title, artist: (e) => `${e.track.author} ${e.track.album} ${e.path}` }[order];
    if (by) found = [...found].sort((a, b) => by(a).localeCompare(by(b)));
    return found;
}

export function similarTo(library, seed, n) {
    const far = (e) => {
        const same = e.heard.style === seed.heard.style ? 0 : 0.45;
        return same + Math.abs(e.heard.tempo - seed.heard.tempo) / 150 + Math.abs(e.heard.energy - seed.heard.energy) * 0.6;
    };
    return library
        .filter((e) => e !== seed && e.state === 'analysed')
        .map((e) => ({ e, distance: far(e) }))
        .sort((a, b) => a.distance - b.distance)
        .slice(0, n)
        .map(({ e, distance }) => {
            const reasons = [];
            if (Math.abs(e.heard.tempo - seed.heard.tempo) < 6) reasons.push('same tempo');
            if (e.heard.key === seed.heard.key && e.heard.scale === seed.heard.scale) reasons.push(`both in ${e.heard.key} ${e.heard.scale}`);
            if (e.heard.style === seed.heard.style) reasons.push(`both ${e.heard.style}`);
            if (Math.abs(e.heard.energy - seed.heard.energy) < 0.06) reasons.push('same energy');
            return { ...card(e), distance, similarity: Math.round(100 * Math.exp(-distance * 1.4)), reasons: reasons.slice(0, 2) };
        });
}

export function profile(entries) {
    const heard = entries.filter((e) => e.state === 'analysed');
    const shares = new Map();
    for (const e of heard) shares.set(e.heard.style, (shares.get(e.heard.style) ?? 0) + 1);
    const tempi = heard.map((e) => e.heard.tempo).sort((a, b) => a - b);
    const tempoAt = (share) => tempi[Math.floor(share * (tempi.length - 1))] ?? null;
    const mean = (f) => (heard.length ? heard.reduce((sum, e) => sum + f(e.heard), 0) / heard.length : null);
    return {
        styles: [...shares].map(([name, c]) => ({ name, share: c / heard.length })).sort((a, b) => b.share - a.share),
        tempo_mean: mean((h) => h.tempo),
        tempo_low: tempoAt(0.1),
        tempo_high: tempoAt(0.9),
        energy_mean: mean((h) => h.energy),
    };
}

export function summary(library, lists) {
    const heard = library.filter((e) => e.state === 'analysed').map((e) => e.heard);
    const tally = (values) => {
        const counts = new Map();
        for (const v of values) counts.set(v, (counts.get(v) ?? 0) + 1);
        return [...counts];
    };
    const energy = new Array(10).fill(0);
    for (const h of heard) energy[Math.min(9, Math.floor(h.energy * 10))]++;
    return {
        tracks: library.length,
        artists: new Set(library.map((e) => e.track.author)).size,
        albums: new Set(library.map((e) => e.track.author + e.track.album)).size,
        duration_s: library.reduce((sum, e) => sum + e.track.duration_s, 0),
        coverage: {
            analysed: heard.length,
            pending: library.filter((e) => e.state === 'pending').length,
            stale: 0,
            failed: library.filter((e) => e.state === 'failed').length,
        },
        model: { name: 'audiomuse-mini', version: '1' },
        index: { count: heard.length, version: '1' },
        playlists: lists.length,
        styles: tally(heard.map((h) => h.style)).map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count),
        keys: tally(heard.map((h) => `${h.key} ${h.scale}`)).map(([k, count]) => ({ key: k.split(' ')[0], scale: k.split(' ')[1], count })),
        tempo: tally(heard.map((h) => Math.floor(h.tempo / 10) * 10)).sort((a, b) => a[0] - b[0]).map(([from, count]) => ({ from, to: from + 10, count })),
        energy,
        newest: library.slice(0, 12).map(card),
        folders: ['/music'],
        version: '0.1.0',
    };
}
