// When a track counts as played: after half of it or four minutes have been heard, once per play, as scrobblers do it. What is
// skipped over is not heard.

const longest_needed = 240;
/** a jump in position larger than this is a seek, s */
const seek = 3;

export class PlayClock {
    #heard = 0;
    #at = 0;
    #told = false;

    /** A new play begins. */
    restart(): void {
        this.#heard = 0;
        this.#at = 0;
        this.#told = false;
    }

    /** The position in the track as time goes on; true exactly once, when the track has become a play. */
    tick(position: number, duration: number): boolean {
        const step = position - this.#at;
        this.#at = position;
        if (step > 0 && step <= seek) this.#heard += step;
        if (this.#told || !(duration > 0) || this.#heard < Math.min(duration / 2, longest_needed)) return false;
        this.#told = true;
        return true;
    }
}
