import { describe, expect, it } from 'vitest';
import { EventReader } from '../lib/events';

const log = (line: string) => ({ type: 'log', line });
const sent = (event: unknown) => `data: ${JSON.stringify(event)}\n\n`;

describe('an event stream', () => {
    it('is the same wherever it is cut', () => {
        const events = [log('Asking …'), log('“Blå”\nand more'), { type: 'done', response: { tracks: [] } }];
        const text = `: still here\n\n${events.map(sent).join(': a comment\n\n')}`;
        for (let cut = 0; cut <= text.length; cut++) {
            const reader = new EventReader();
            expect([...reader.read(text.slice(0, cut)), ...reader.read(text.slice(cut))]).toEqual(events);
        }
    });

    it('says nothing before an event is whole, and passes over what it does not know', () => {
        const reader = new EventReader();
        expect(reader.read('data: {"type":"log","line":"a"}\n')).toEqual([]);
        expect(reader.read('\n')).toEqual([log('a')]);
        expect(reader.read('data: {broken\n\nevent: x\n\n')).toEqual([]);
        expect(reader.read('id: 1\ndata: {"type":"log",\ndata: "line":"b"}\n\n')).toEqual([log('b')]);
    });
});
