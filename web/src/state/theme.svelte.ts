// The theme: the system's until somebody chooses. public/theme.js applies it before the first paint.

type Theme = 'dark' | 'light';

function current(): Theme {
    return document.documentElement.dataset.theme === 'light' ? 'light' : 'dark';
}

class ThemeState {
    value = $state<Theme>(current());

    constructor() {
        matchMedia('(prefers-color-scheme: light)').addEventListener('change', (event) => {
            if (this.#chosen() === null) this.#apply(event.matches ? 'light' : 'dark');
        });
    }

    toggle(): void {
        this.#apply(this.value === 'dark' ? 'light' : 'dark');
        try {
            localStorage.setItem('audiomuse.theme', this.value);
        } catch {
            // the choice then lasts as long as the page
        }
    }

    #chosen(): string | null {
        try {
            return localStorage.getItem('audiomuse.theme');
        } catch {
            return null;
        }
    }

    #apply(value: Theme): void {
        this.value = value;
        document.documentElement.dataset.theme = value;
    }
}

export const theme = new ThemeState();
