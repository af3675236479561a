// The style families, in the order they are drawn everywhere, and what is derived from a hue.

export const styleFamilies = [
    'rock',
    'metal',
    'pop',
    'electronic',
    'dance',
    'hip-hop',
    'soul',
    'jazz',
    'blues',
    'folk',
    'country',
    'classical',
    'ambient',
    'other',
] as const;

export type StyleFamily = (typeof styleFamilies)[number];

export function isStyle(name: string | null | undefined): name is StyleFamily {
    return styleFamilies.includes(name as StyleFamily);
}

/** The CSS colour of a style, right in both themes. */
export function styleColour(name: string | null | undefined): string {
    return `var(--style-${isStyle(name) ? name : 'other'})`;
}

const labels: Partial<Record<StyleFamily, string>> = { 'hip-hop': 'Hip-hop' };

export function styleLabel(name: string): string {
    return labels[name as StyleFamily] ?? name.charAt(0).toUpperCase() + name.slice(1);
}

/** WCAG 2 relative luminance of #rrggbb. */
export function luminance(hex: string): number {
    const [r, g, b] = channels(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2 contrast ratio of two #rrggbb colours, 1 to 21. */
export function contrast(a: string, b: string): number {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
}

/** Linear-light channels of #rrggbb. */
export function channels(hex: string): [number, number, number] {
    const at = (i: number) => {
        const v = parseInt(hex.slice(i, i + 2), 16) / 255;
        return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    };
    return [at(1), at(3), at(5)];
}

/** Ottosson's OKLab of #rrggbb: distances in it are about as large as they look. */
export function oklab(hex: string): [number, number, number] {
    return oklabOf(channels(hex));
}

/** OKLab of linear light. */
export function oklabOf([r, g, b]: [number, number, number]): [number, number, number] {
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return [
        0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
}

/** #rrggbb of a colour of OKLab by lightness (0 to 1), chroma and hue (degrees), with as much of the chroma as a screen can show. */
export function oklchHex(lightness: number, chroma: number, hue: number): string {
    const angle = (hue * Math.PI) / 180;
    const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
    const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
    const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
    const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
    const rgb = [4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s, -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s, -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s];
    if (chroma > 0.001 && rgb.some((v) => v < 0 || v > 1)) return oklchHex(lightness, chroma * 0.94, hue);
    const shown = rgb.map((v) => {
        const light = Math.min(1, Math.max(0, v));
        return Math.round(255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055));
    });
    return `#${shown.map((v) => v.toString(16).padStart(2, '0')).join('')}`;
}
