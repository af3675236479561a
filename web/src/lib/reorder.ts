// Dragging rows of equal height, by finger, pen or mouse. The handle is a button; arrow keys on it move the row as well.

export interface Drag {
    from: number;
    to: number;
}

/** Follows a press on the handle of row `from` until it is let go; `row` is px, `show` is told of every step. */
export function follow(event: PointerEvent, from: number, total: number, row: number, show: (drag: Drag | null) => void, drop: (drag: Drag) => void): void {
    if (event.button !== 0) return;
    const start = event.clientY + scrollY;
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    let drag: Drag = { from, to: from };
    const onMove = (moving: PointerEvent) => {
        const steps = Math.round((moving.clientY + scrollY - start) / row);
        const to = Math.min(total - 1, Math.max(0, from + steps));
        if (to !== drag.to) show((drag = { from, to }));
    };
    const end = (event: PointerEvent) => {
        handle.removeEventListener('pointermove', onMove);
        handle.removeEventListener('pointerup', end);
        handle.removeEventListener('pointercancel', end);
        show(null);
        if (event.type === 'pointerup' && drag.to !== from) drop(drag);
    };
    show(drag);
    handle.addEventListener('pointermove', onMove);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
}

/** How far row `i` stands from its place while another is held over it, px. */
export function shift(i: number, drag: Drag | null, row: number): number {
    if (!drag) return 0;
    if (i === drag.from) return (drag.to - drag.from) * row;
    if (i > drag.from && i <= drag.to) return -row;
    if (i < drag.from && i >= drag.to) return row;
    return 0;
}
