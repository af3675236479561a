// Something read from the server: what is known so far, whether it is being read, and why it could not be.

export class Resource<T> {
    value = $state.raw<T | null>(null);
    error = $state<Error | null>(null);
    loading = $state(false);
    #abort: AbortController | null = null;

    constructor(private readonly read: (signal: AbortSignal) => Promise<T>) {}

    /** Reads again; what is known stays on show meanwhile. A later call overtakes an earlier one. */
    async refresh(): Promise<void> {
        this.#abort?.abort();
        const abort = new AbortController();
        this.#abort = abort;
        this.loading = true;
        try {
            const value = await this.read(abort.signal);
            if (abort.signal.aborted) return;
            this.value = value;
            this.error = null;
        } catch (error) {
            if (abort.signal.aborted) return;
            this.error = error as Error;
        } finally {
            if (this.#abort === abort) this.loading = false;
        }
    }

    stop(): void {
        this.#abort?.abort();
    }
}

/** At most one call per `ms`, the last one always made: for ticks that come faster than anyone can look. */
export function throttled(run: () => void, ms: number): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    return () => {
        if (timer) return;
        const wait = Math.max(0, last + ms - Date.now());
        timer = setTimeout(() => {
            timer = undefined;
            last = Date.now();
            run();
        }, wait);
    };
}

