// Draws the map with WebGL 2. The points of a picture come about piece by piece out of sight; it is shown, with names and lines over it,
// when one asks for it. It is opaque, so that moving it costs a browser without a graphics card as little as can be.

import { shuffled, toMap, type Grid, type MapData, type View } from './map';

const vertex = `#version 300 es
in vec2 place;
in vec4 colour;
uniform vec4 view; // middle, and half of the picture in units
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

const sheet_vertex = `#version 300 es
out vec2 at;
void main() {
    at = vec2(gl_VertexID == 1 ? 2.0 : 0.0, gl_VertexID == 2 ? 2.0 : 0.0);
    gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);
}`;

const sheet_fragment = `#version 300 es
precision mediump float;
in vec2 at;
uniform sampler2D picture;
uniform sampler2D over;
out vec4 result;
void main() {
    vec4 above = texture(over, at);
    result = vec4(above.rgb + texture(picture, at).rgb * (1.0 - above.a), 1.0);
}`;

/** 0xAARRGGBB of a row; one that stands back is hardly there. */
export function tint(colour: number, back: boolean): number {
    return ((back ? 0x1a : 0xff) << 24) | colour;
}

export interface Brush {
    /** 0xRRGGBB of what lies behind the points */
    ground: number;
    /** pixels of the screen */
    size: number;
    /** device pixels in each of them */
    ratio: number;
    /** light around each point, for maps of few points */
    halos: boolean;
}

export class MapPainter {
    /** points of the picture that is being drawn, and how many of them are there by now */
    count = 0;
    drawn = 0;
    #brush: Brush = { ground: 0, size: 1, ratio: 1, halos: false };
    #done: WebGLSync | null = null;
    readonly #gl: WebGL2RenderingContext;
    readonly #program: WebGLProgram;
    readonly #sheet: WebGLProgram;
    readonly #colours: WebGLBuffer;
    readonly #back: WebGLFramebuffer;
    readonly #uniforms: Record<'view' | 'size' | 'softness' | 'strength', WebGLUniformLocation | null>;
    readonly #bytes: Uint8Array<ArrayBuffer>;
    /** rows in the order in which they lie in the buffers, of which any first part is an even sample */
    readonly #order: Uint32Array;
    /** the place of each row in that order */
    readonly #turn: Uint32Array;
    /** places of the points that the picture shows, where that is not all of them */
    readonly #seen: Uint32Array<ArrayBuffer>;
    #few = false;

    /** Null where the browser has no WebGL 2. */
    static on(canvas: HTMLCanvasElement, map: MapData, grid: Grid): MapPainter | null {
        const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, depth: false, stencil: false, powerPreference: 'high-performance' });
        return gl ? new MapPainter(gl, map, grid) : null;
    }

    private constructor(
        gl: WebGL2RenderingContext,
        private readonly map: MapData,
        private readonly grid: Grid,
    ) {
        this.#gl = gl;
        const order = shuffled(map.count);
        this.#order = order;
        this.#turn = new Uint32Array(map.count);
        for (let i = 0; i < map.count; i++) this.#turn[order[i]] = i;
        this.#seen = new Uint32Array(map.count);
        this.#sheet = link(gl, sheet_vertex, sheet_fragment);
        const program = link(gl, vertex, fragment);
        this.#program = program;
        gl.useProgram(program);
        const find = (name: string) => gl.getUniformLocation(program, name);
        this.#uniforms = { view: find('view'), size: find('size'), softness: find('softness'), strength: find('strength') };

        const places = new Float32Array(map.count * 2);
        for (let i = 0; i < map.count; i++) {
            places[i * 2] = map.x[order[i]];
            places[i * 2 + 1] = map.y[order[i]];
        }
        this.#bytes = new Uint8Array(map.count * 4);
        attribute(gl, 0, 2, gl.FLOAT, places);
        this.#colours = attribute(gl, 1, 4, gl.UNSIGNED_BYTE, this.#bytes);
        gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
        gl.enable(gl.BLEND);
        gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
        gl.useProgram(this.#sheet);
        const picture = sampled(gl, 0, gl.getUniformLocation(this.#sheet, 'picture'));
        sampled(gl, 1, gl.getUniformLocation(this.#sheet, 'over'));
        gl.useProgram(program);
        gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, true);
        gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
        this.#back = gl.createFramebuffer();
        gl.bindFramebuffer(gl.FRAMEBUFFER, this.#back);
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, picture, 0);
        this.resize();
    }

    /** Takes on the size of the canvas, which may have changed; pictures begun before are lost. */
    resize(): void {
        const gl = this.#gl;
        const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
        gl.activeTexture(gl.TEXTURE0);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, null);
        gl.activeTexture(gl.TEXTURE1);
        gl.viewport(0, 0, width, height);
    }

    /** `of` gives each row its tint. */
    paint(of: (row: number) => number): void {
        for (let i = 0; i < this.map.count; i++) {
            const colour = of(this.#order[i]);
            this.#bytes[i * 4] = colour >> 16;
            this.#bytes[i * 4 + 1] = colour >> 8;
            this.#bytes[i * 4 + 2] = colour;
            this.#bytes[i * 4 + 3] = colour >> 24;
        }
        this.#gl.bindBuffer(this.#gl.ARRAY_BUFFER, this.#colours);
        this.#gl.bufferSubData(this.#gl.ARRAY_BUFFER, 0, this.#bytes);
    }

    /** Begins a picture of what `view` sees. */
    begin(view: View, brush: Brush): void {
        const gl = this.#gl;
        this.drawn = 0;
        this.#brush = brush;
        this.#look(view);
        const part = (shift: number) => ((brush.ground >> shift) & 255) / 255;
        gl.clearColor(part(16), part(8), part(0), 1);
        gl.clear(gl.COLOR_BUFFER_BIT);
        gl.uniform4f(this.#uniforms.view, view.x, view.y, view.width / 2 / view.scale, view.height / 2 / view.scale);
    }

    /** Finds out which points the view shows, to spare the others when they are many. */
    #look(view: View): void {
        const [left, high] = toMap(view, 0, 0);
        const [right, low] = toMap(view, view.width, view.height);
        this.count = 0;
        this.grid.within(left, low, right, high, (row) => (this.#seen[this.count++] = this.#turn[row]));
        this.#few = this.count < this.map.count / 2;
        if (!this.#few) this.count = this.map.count;
        else {
            const seen = this.#seen.subarray(0, this.count).sort();
            this.#gl.bufferData(this.#gl.ELEMENT_ARRAY_BUFFER, seen, this.#gl.DYNAMIC_DRAW);
        }
    }

    #draw(first: number, n: number): void {
        const gl = this.#gl;
        if (this.#few) gl.drawElements(gl.POINTS, n, gl.UNSIGNED_INT, first * 4);
        else gl.drawArrays(gl.POINTS, first, n);
    }

    /** Draws the next `count` points of it, an even sample of those that are left. Returns whether they were the last ones. */
    more(count: number): boolean {
        const gl = this.#gl;
        const { size, ratio, halos } = this.#brush;
        const n = Math.min(Math.round(count), this.count - this.drawn);
        if (halos) {
            gl.uniform1f(this.#uniforms.size, Math.min(160, size * 7) * ratio);
            gl.uniform1f(this.#uniforms.softness, 1);
            gl.uniform1f(this.#uniforms.strength, Math.min(0.2, 1.6 / Math.sqrt(this.map.count)));
            this.#draw(this.drawn, n);
        }
        gl.uniform1f(this.#uniforms.size, size * ratio);
        gl.uniform1f(this.#uniforms.softness, 0);
        gl.uniform1f(this.#uniforms.strength, this.map.count > 20_000 ? 0.75 : 0.95);
        this.#draw(this.drawn, n);
        this.#done = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
        gl.flush();
        this.drawn += n;
        return this.drawn === this.count;
    }

    /** Whether everything that was asked for is drawn. Does not wait for it. */
    idle(): boolean {
        if (!this.#done) return true;
        if (this.#gl.getSyncParameter(this.#done, this.#gl.SYNC_STATUS) !== this.#gl.SIGNALED && !this.#gl.isContextLost()) return false;
        this.#gl.deleteSync(this.#done);
        this.#done = null;
        return true;
    }

    /** Puts the picture on the canvas as far as it is drawn, and over it another of the same size. */
    show(over: HTMLCanvasElement): void {
        const gl = this.#gl;
        gl.bindFramebuffer(gl.FRAMEBUFFER, null);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, over);
        gl.useProgram(this.#sheet);
        gl.drawArrays(gl.TRIANGLES, 0, 3);
        gl.useProgram(this.#program);
        gl.bindFramebuffer(gl.FRAMEBUFFER, this.#back);
    }
}

/** A buffer of numbers, `size` of them for each point; bytes stand for 0 to 1. */
function attribute(gl: WebGL2RenderingContext, index: number, size: number, type: number, data: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): WebGLBuffer {
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(index);
    gl.vertexAttribPointer(index, size, type, true, 0, 0);
    return buffer;
}

/** A texture that a program finds under a name; of each pixel's own size. */
function sampled(gl: WebGL2RenderingContext, unit: number, name: WebGLUniformLocation | null): WebGLTexture {
    const texture = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
    gl.uniform1i(name, unit);
    return texture;
}

function link(gl: WebGL2RenderingContext, ...sources: [vertex: string, fragment: string]): WebGLProgram {
    const program = gl.createProgram();
    for (const [i, source] of sources.entries()) {
        const shader = gl.createShader(i === 0 ? gl.VERTEX_SHADER : gl.FRAGMENT_SHADER)!;
        gl.shaderSource(shader, source);
        gl.compileShader(shader);
        gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, 'place');
    gl.bindAttribLocation(program, 1, 'colour');
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(`The map cannot be drawn here: ${gl.getProgramInfoLog(program)}`);
    return program;
}
