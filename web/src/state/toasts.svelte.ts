// Short messages at the foot of the page: what was done, or what went wrong and how to go on.

export interface Toast {
    id: number;
    text: string;
    kind: 'done' | 'problem';
    action?: { label: string; run: () => void };
}

class Toasts {
    items = $state<Toast[]>([]);
    #next = 1;

    done(text: string, action?: Toast['action']): void {
        this.#add({ id: this.#next++, text, kind: 'done', action }, 6000);
    }

    problem(error: unknown, action?: Toast['action']): void {
        const text = error instanceof Error ? error.message : String(error);
        this.#add({ id: this.#next++, text, kind: 'problem', action }, 10000);
    }

    dismiss(id: number): void {
        this.items = this.items.filter((t) => t.id !== id);
    }

    #add(toast: Toast, lifetime_ms: number): void {
        this.items = [...this.items.filter((t) => t.text !== toast.text), toast].slice(-3);
        setTimeout(() => this.dismiss(toast.id), lifetime_ms);
    }
}

export const toasts = new Toasts();
