// An event stream in answer to a request with a body, which the browser's own reader cannot send.

/** What the server tells while it answers. */
export type StreamEvent = { type: 'log'; line: string } | { type: 'done'; response: unknown } | { type: 'error'; error: string; error_code: string };

/** Puts events together from pieces of a stream, wherever these are cut. Comments and what is not JSON are passed over. */
export class EventReader {
    #rest = '';

    read(piece: string): StreamEvent[] {
        const blocks = (this.#rest + piece).split('\n\n');
        this.#rest = blocks.pop()!;
        return blocks.flatMap((block) => {
            const data = block.split('\n').filter((line) => line.startsWith('data:'));
            if (!data.length) return [];
            try {
                return [JSON.parse(data.map((line) => line.slice(5)).join('\n')) as StreamEvent];
            } catch {
                return [];
            }
        });
    }
}
