// Where a menu goes: below what opened it, or above where there is no room, and never out of the window.

export interface Anchor {
    left: number;
    right: number;
    top: number;
    bottom: number;
}

interface Size {
    width: number;
    height: number;
}

const gap = 4;
const margin = 8;

/** The anchor of a press at one point. */
export function pointAnchor(x: number, y: number): Anchor {
    return { left: x, right: x, top: y - gap, bottom: y - gap };
}

export function place(anchor: Anchor, menu: Size, window: Size): { left: number; top: number } {
    const inside = (at: number, size: number, room: number) => Math.max(margin, Math.min(at, room - size - margin));
    // a button near the right edge opens to the left
    const left = anchor.left + menu.width + margin <= window.width ? anchor.left : anchor.right - menu.width;
    const below = anchor.bottom + gap;
    const above = anchor.top - gap - menu.height;
    const top = below + menu.height + margin <= window.height || above < margin ? below : above;
    return { left: inside(left, menu.width, window.width), top: inside(top, menu.height, window.height) };
}
