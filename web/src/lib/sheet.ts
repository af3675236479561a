// The pictures of the map are larger than the window and are moved under it while a new one is being drawn: where they lie, and how long
// they will do. Pure.

import { reach, type View } from './map';

/** Pixels by which a picture goes beyond each edge of the window. */
export function marginOf(width: number, height: number): number {
    return Math.round(Math.min(width, height, 800) * 0.3);
}

/** What a picture of this margin shows, as a view of its own. */
export function withMargin(view: View, margin: number): View {
    return { ...view, width: view.width + 2 * margin, height: view.height + 2 * margin };
}

export interface Place {
    /** pixels that its middle is away from the middle of the window */
    dx: number;
    dy: number;
    zoom: number;
}

/** Where a picture drawn for one view lies when one looks with another. Unless zoomed, it lies on whole pixels of the screen. */
export function placeOf(drawn: View, now: View, ratio: number): Place {
    const zoom = now.scale / drawn.scale;
    const whole = (v: number) => (zoom === 1 ? Math.round(v * ratio) / ratio : v);
    return { dx: whole((drawn.x - now.x) * now.scale), dy: whole((now.y - drawn.y) * now.scale), zoom };
}

/** The view that lies ahead, at most `far` pixels, of one that moved on like this since another. */
export function ahead(before: View, now: View, far: number): View {
    if (before.scale !== now.scale) return now;
    // who moves by this many pixels at once goes on
    const brisk = 4;
    const lead = (from: number, to: number) => to + (Math.max(-1, Math.min(1, ((to - from) * now.scale) / brisk)) * far) / now.scale;
    return { ...now, x: lead(before.x, now.x), y: lead(before.y, now.y) };
}

/** Whether a picture drawn for one view shows all of the map that another sees. */
export function covers(drawn: View, margin: number, now: View): boolean {
    const within = (has: number, hasHalf: number, sees: number, seesHalf: number) =>
        // there is nothing to see beyond the edges of the map
        Math.max(-reach, sees - seesHalf) >= has - hasHalf - 1e-9 && Math.min(reach, sees + seesHalf) <= has + hasHalf + 1e-9;
    const has = withMargin(drawn, margin);
    return (
        within(has.x, has.width / 2 / has.scale, now.x, now.width / 2 / now.scale) &&
        within(has.y, has.height / 2 / has.scale, now.y, now.height / 2 / now.scale)
    );
}

/** How many points to draw at a time: as many as were done by the next frame. */
export class Pace {
    static readonly least = 20_000;
    /** a guess until it is known: a machine without a graphics card draws these in time */
    points = 40_000;

    /** `frames` went by until a piece was drawn. */
    took(frames: number): void {
        if (frames <= 1) this.points = Math.min(1e7, this.points * 1.5);
        else if (frames > 2) this.points = Math.max(Pace.least, this.points / 2);
    }
}
