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
