// Draws the points of the map with WebGL 2: two buffers, one program, one call a frame.

import type { MapData, View } from './map';

const vertex = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec4 view; // middle, and half of the window in units
uniform float size;
out vec4 paint;
void main() {
    gl_Position = vec4((place - view.xy) / view.zw, 0.0, 1.0);
    gl_PointSize = colour.a > 0.5 ? size : size * 0.8;
    paint = colour;
}`;

const fragment = `#version 300 es
precision mediump float;
in vec4 paint;
uniform float softness; // 0: a disc, 1: a halo
uniform float strength;
out vec4 result;
void main() {
    float far = length(gl_PointCoord - 0.5) * 2.0;
    float disc = 1.0 - smoothstep(0.72, 1.0, far);
    float halo = pow(max(0.0, 1.0 - far), 2.2);
    float alpha = paint.a * strength * mix(disc, halo, softness);
    result = vec4(paint.rgb * alpha, alpha);
}`;

export class MapPainter {
    /** of the last frame */
    drawn = 0;
    #asked = 0;
    readonly #pixel = new Uint8Array(4);
    readonly #gl: WebGL2RenderingContext;
    readonly #colours: WebGLBuffer;
    readonly #uniforms: Record<'view' | 'size' | 'softness' | 'strength', WebGLUniformLocation | null>;
    readonly #bytes: Uint8Array<ArrayBuffer>;

    /** Null where the browser has no WebGL 2. `order` is the order in which rows are drawn. */
    static on(canvas: HTMLCanvasElement, map: MapData, order: Uint32Array): MapPainter | null {
        const gl = canvas.getContext('webgl2', { alpha: true, antialias: false, depth: false, stencil: false, powerPreference: 'high-performance' });
        return gl ? new MapPainter(gl, map, order) : null;
    }

    private constructor(
        gl: WebGL2RenderingContext,
        private readonly map: MapData,
        private readonly order: Uint32Array,
    ) {
        this.#gl = gl;
        const program = gl.createProgram();
        for (const [type, source] of [
            [gl.VERTEX_SHADER, vertex],
            [gl.FRAGMENT_SHADER, fragment],
        ] as const) {
            const shader = gl.createShader(type)!;
            gl.shaderSource(shader, source);
            gl.compileShader(shader);
            gl.attachShader(program, shader);
        }
        gl.bindAttribLocation(program, 0, 'place');
        gl.bindAttribLocation(program, 1, 'colour');
        gl.linkProgram(program);
        if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`The map cannot be drawn here: ${gl.getProgramInfoLog(program)}`);
        gl.useProgram(program);
        const find = (name: string) => gl.getUniformLocation(program, name);
        this.#uniforms = { view: find('view'), size: find('size'), softness: find('softness'), strength: find('strength') };

        const places = new Float32Array(map.count * 2);
        for (let i = 0; i < map.count; i++) {
            places[i * 2] = map.x[order[i]];
            places[i * 2 + 1] = map.y[order[i]];
        }
        gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
        gl.bufferData(gl.ARRAY_BUFFER, places, gl.STATIC_DRAW);
        gl.enableVertexAttribArray(0);
        gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
        this.#colours = gl.createBuffer();
        this.#bytes = new Uint8Array(map.count * 4);
        gl.bindBuffer(gl.ARRAY_BUFFER, this.#colours);
        gl.bufferData(gl.ARRAY_BUFFER, this.#bytes, gl.DYNAMIC_DRAW);
        gl.enableVertexAttribArray(1);
        gl.vertexAttribPointer(1, 4, gl.UNSIGNED_BYTE, true, 0, 0);
        gl.enable(gl.BLEND);
        gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    }

    /** `of` gives each row its colour, 0xRRGGBB, and whether it stands back. */
    paint(of: (row: number) => { colour: number; back: boolean }): void {
        for (let i = 0; i < this.map.count; i++) {
            const { colour, back } = of(this.order[i]);
            this.#bytes[i * 4] = colour >> 16;
            this.#bytes[i * 4 + 1] = (colour >> 8) & 255;
            this.#bytes[i * 4 + 2] = colour & 255;
            this.#bytes[i * 4 + 3] = back ? 26 : 255;
        }
        this.#gl.bindBuffer(this.#gl.ARRAY_BUFFER, this.#colours);
        this.#gl.bufferSubData(this.#gl.ARRAY_BUFFER, 0, this.#bytes);
    }

    /** Waits until what was asked for is drawn; returns how many milliseconds that took since it was asked for. */
    finish(): number {
        this.#gl.readPixels(0, 0, 1, 1, this.#gl.RGBA, this.#gl.UNSIGNED_BYTE, this.#pixel);
        return performance.now() - this.#asked;
    }

    /** Draws the first `count` points of the order; `size` in pixels of the screen. */
    draw(view: View, ratio: number, count: number, size: number, halos: boolean): void {
        const gl = this.#gl;
        this.#asked = performance.now();
        gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
        gl.clearColor(0, 0, 0, 0);
        gl.clear(gl.COLOR_BUFFER_BIT);
        gl.uniform4f(this.#uniforms.view, view.x, view.y, view.width / 2 / view.scale, view.height / 2 / view.scale);
        this.drawn = Math.min(count, this.map.count);
        if (halos) {
            gl.uniform1f(this.#uniforms.size, Math.min(160, size * 7) * ratio);
            gl.uniform1f(this.#uniforms.softness, 1);
            gl.uniform1f(this.#uniforms.strength, Math.min(0.2, 1.6 / Math.sqrt(this.map.count)));
            gl.drawArrays(gl.POINTS, 0, this.drawn);
        }
        gl.uniform1f(this.#uniforms.size, size * ratio);
        gl.uniform1f(this.#uniforms.softness, 0);
        gl.uniform1f(this.#uniforms.strength, this.map.count > 20_000 ? 0.75 : 0.95);
        gl.drawArrays(gl.POINTS, 0, this.drawn);
    }
}
