// What is drawn over the points of the map: names, a path, rings around single points, the line under the hand.

import { artistLabels, fitScale, fitting, nudged, styleLabels, toMap, toScreen, type Box, type Label, type MapData, type View } from './map';
import { styleLabel } from './styles';

export interface Names {
    styles: Label[];
    artists: Label[];
    /** small and above their places, which they would hide */
    above?: boolean;
}

export function namesOf(map: MapData): Names {
    return { styles: styleLabels(map), artists: artistLabels(map) };
}

export interface Over {
    names: Names;
    /** rows that a path leads over */
    path: number[];
    /** rows with a ring; -1 for none */
    hovered: number;
    chosen: number;
    playing: number;
    /** where a path begins; -1 for nowhere */
    start: number;
    /** what the hand draws, in places of the map; closed for a lasso */
    line: [number, number][];
    closed: boolean;
}

/** Draws on a canvas that shows what `view` sees; `window` is what the window sees of it. */
export function drawOver(pen: CanvasRenderingContext2D, map: MapData, view: View, window: View, over: Over): void {
    const css = getComputedStyle(document.documentElement);
    const of = (name: string) => css.getPropertyValue(name).trim();
    const at = (row: number) => toScreen(view, map.x[row], map.y[row]);
    pen.clearRect(0, 0, view.width, view.height);
    pen.lineJoin = pen.lineCap = 'round';
    if (over.path.length > 1) drawPath(pen, over.path.map(at), of);
    drawNames(pen, map, view, window, over.names, of);
    if (over.playing >= 0) glow(pen, at(over.playing), of('--accent'));
    ring(pen, map, view, over.hovered, 9, of('--text'));
    ring(pen, map, view, over.chosen, 11, of('--text'));
    ring(pen, map, view, over.start, 11, of('--accent'));
    ring(pen, map, view, over.playing, 14, of('--text'));
    if (over.line.length > 1) drawLine(pen, over.line.map(([x, y]) => toScreen(view, x, y)), over.closed, of('--accent'));
}

function trace(pen: CanvasRenderingContext2D, points: [number, number][]): void {
    pen.beginPath();
    for (const point of points) pen.lineTo(...point);
}

function drawPath(pen: CanvasRenderingContext2D, points: [number, number][], of: (name: string) => string): void {
    for (const [name, thick] of [
        ['--ground', 7],
        ['--accent', 3],
    ] as const) {
        pen.strokeStyle = of(name);
        pen.lineWidth = thick;
        trace(pen, points);
        pen.stroke();
    }
    pen.fillStyle = of('--text');
    for (const [i, [x, y]] of points.entries()) {
        pen.beginPath();
        pen.arc(x, y, i === 0 || i === points.length - 1 ? 6 : 4, 0, Math.PI * 2);
        pen.fill();
    }
}

/** Names of styles from afar, of artists as one comes nearer. */
function drawNames(pen: CanvasRenderingContext2D, map: MapData, view: View, window: View, names: Names, of: (name: string) => string): void {
    const zoom = view.scale / fitScale(window.width, window.height);
    const near = names.above || zoom > (map.count < 400 ? 1.5 : 3);
    const room = (view.width * view.height) / (window.width * window.height);
    const size = near ? 13 : 16;
    const most = Math.round((near ? (window.width < 600 ? 12 : 28) : 14) * room);
    const corner = (px: number, py: number) => toScreen(view, ...toMap(window, px, py));
    const box: Box = [...corner(0, 0), ...corner(window.width, window.height)];
    pen.textAlign = 'center';
    pen.textBaseline = 'middle';
    pen.lineWidth = 4;
    pen.strokeStyle = of('--ground');
    pen.fillStyle = of('--text');
    pen.font = `${near ? 560 : 680} ${size}px ${of('--font')}`;
    const labels = names.above ? nudged(names.artists, view, size, box) : near ? names.artists : names.styles;
    for (const { label, px, py } of fitting(labels, view, size, most, box)) {
        const text = near ? label.text : styleLabel(label.text);
        const y = names.above ? py - 20 : near ? py - 14 : py;
        pen.strokeText(text, px, y);
        pen.fillText(text, px, y);
    }
}

function glow(pen: CanvasRenderingContext2D, [x, y]: [number, number], colour: string): void {
    const light = pen.createRadialGradient(x, y, 2, x, y, 34);
    light.addColorStop(0, `color-mix(in srgb, ${colour} 70%, transparent)`);
    light.addColorStop(1, 'transparent');
    pen.fillStyle = light;
    pen.beginPath();
    pen.arc(x, y, 34, 0, Math.PI * 2);
    pen.fill();
}

function ring(pen: CanvasRenderingContext2D, map: MapData, view: View, row: number, radius: number, colour: string): void {
    if (row < 0) return;
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(...toScreen(view, map.x[row], map.y[row]), radius, 0, Math.PI * 2);
    pen.stroke();
}

function drawLine(pen: CanvasRenderingContext2D, points: [number, number][], closed: boolean, colour: string): void {
    trace(pen, points);
    if (closed) {
        pen.fillStyle = `color-mix(in srgb, ${colour} 16%, transparent)`;
        pen.fill();
    }
    pen.strokeStyle = colour;
    pen.lineWidth = closed ? 2 : 4;
    pen.stroke();
}
