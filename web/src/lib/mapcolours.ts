// The colours of the map, read from the page's tokens, so that they are those of everything else.

import { pitchClasses, type Colouring, type MapData } from './map';
import { styleLabel } from './styles';

export interface Scheme {
    names: string[];
    /** 0xRRGGBB of each class */
    colours: number[];
    css: string[];
    /** classes that some track has */
    present: Set<number>;
    /** 256 colours of a scale */
    ramp: number[] | null;
    gradient: string;
    from: string;
    to: string;
    /** of tracks without a class */
    none: number;
}

const mood_hues: Record<string, string> = { danceable: 'dance', aggressive: 'rock', happy: 'jazz', party: 'pop', relaxed: 'ambient', sad: 'blues' };
const ramp_hues = ['blues', 'electronic', 'ambient', 'jazz', 'hip-hop', 'rock'];
// neighbours on the circle of fifths get neighbouring hues
const key_hues = ['rock', 'hip-hop', 'country', 'jazz', 'folk', 'classical', 'ambient', 'electronic', 'blues', 'dance', 'pop', 'soul'];

/** 0xRRGGBB of "#rrggbb". */
export function hexNumber(hex: string): number {
    return parseInt(hex.trim().slice(1), 16);
}

function mix(a: number, b: number, share: number): number {
    const part = (shift: number) => Math.round(((a >> shift) & 255) * (1 - share) + ((b >> shift) & 255) * share) << shift;
    return part(16) | part(8) | part(0);
}

export function colourSchemes(map: MapData | null, by: Colouring, years: [number, number]): Scheme {
    const css = getComputedStyle(document.documentElement);
    const token = (name: string) => hexNumber(css.getPropertyValue(name));
    const hue = (name: string) => token(`--style-${name}`);
    const scheme: Scheme = { names: [], colours: [], css: [], present: new Set(), ramp: null, gradient: '', from: '', to: '', none: token('--edge') };
    if (by === 'style') {
        scheme.names = (map?.styles ?? []).map(styleLabel);
        scheme.colours = (map?.styles ?? []).map(hue);
        map?.style.forEach((s) => scheme.present.add(s));
    } else if (by === 'mood') {
        scheme.names = (map?.moods ?? []).map(styleLabel);
        scheme.colours = (map?.moods ?? []).map((m) => hue(mood_hues[m] ?? 'other'));
        map?.mood.forEach((m) => scheme.present.add(m));
    } else if (by === 'key') {
        scheme.names = [...pitchClasses, ...pitchClasses.map((p) => `${p}m`)];
        // seven semitones are a fifth; minor keys have the colour of their relative major
        scheme.colours = scheme.names.map((_, k) => hue(key_hues[((k < 12 ? k : k + 3) * 7) % 12]));
        map?.key.forEach((k) => scheme.present.add(k));
    } else if (by === 'list') {
        scheme.colours = [token('--accent-rest')];
    } else {
        const stops = ramp_hues.map(hue);
        scheme.ramp = Array.from({ length: 256 }, (_, i) => {
            const at = (i / 255) * (stops.length - 1);
            const low = Math.min(stops.length - 2, Math.floor(at));
            return mix(stops[low], stops[low + 1], at - low);
        });
        scheme.gradient = `linear-gradient(90deg, ${ramp_hues.map((h) => `var(--style-${h})`).join(', ')})`;
        [scheme.from, scheme.to] = by === 'tempo' ? ['60 BPM', '180 BPM'] : by === 'energy' ? ['calm', 'intense'] : years.map(String);
    }
    scheme.css = scheme.colours.map((c) => `#${c.toString(16).padStart(6, '0')}`);
    return scheme;
}

/** The rows of an artist, told by name without regard to case. */
export function artistsRows(map: MapData, name: string): number[] {
    const wanted = name.toLocaleLowerCase();
    const artists = new Set(map.artists.flatMap((a, i) => (a.toLocaleLowerCase() === wanted ? [i] : [])));
    const rows: number[] = [];
    map.artist.forEach((a, row) => artists.has(a) && rows.push(row));
    return rows;
}
