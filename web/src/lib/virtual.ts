// Which rows of a long list stand in the window. Browsers stop drawing beyond some 17 million pixels, so a longer list is
// squeezed: the scroll bar then moves through rows faster than through pixels.

export const maxHeight = 15_000_000;

export interface Window {
    /** height of the whole list, px */
    height: number;
    /** first row to draw */
    first: number;
    /** one past the last row to draw */
    last: number;
    /** where row `first` starts, px from the list's top */
    offset: number;
}

/**
 * @param scroll   px of the list above the viewport's top (negative when the list starts below it)
 * @param viewport px
 */
export function visibleRows(scroll: number, viewport: number, row: number, total: number, overscan = 8): Window {
    const full = total * row;
    const height = Math.min(full, maxHeight);
    const travel = Math.max(1, height - viewport);
    const at = Math.min(Math.max(scroll, 0), travel);
    const virtual = height === full ? at : (at / travel) * (full - viewport);
    const shown = Math.ceil(viewport / row) + 1;
    const top = Math.floor(virtual / row);
    const first = Math.max(0, Math.min(top - overscan, total));
    const last = Math.min(total, top + shown + overscan);
    return { height, first, last, offset: at - (virtual - first * row) };
}

/** The pages of `size` rows that cover rows first..last-1. */
export function pagesFor(first: number, last: number, size: number): number[] {
    const pages: number[] = [];
    if (last <= first) return pages;
    for (let p = Math.floor(first / size); p <= Math.floor((last - 1) / size); p++) pages.push(p);
    return pages;
}
