// Where one is. Links are ordinary <a href>; clicks on them change the place without leaving the page, so the music goes on.
// Addresses are relative: <base> says what is in front of them, as a proxy may serve the page under a path.

import { tick } from 'svelte';
import { newAddress, parseRoute } from '../lib/routes';

const base = new URL(document.baseURI).pathname;

/** The path behind the base, "/" in front. */
function within(pathname: string): string {
    return pathname.startsWith(base) ? `/${pathname.slice(base.length)}` : pathname;
}

class Router {
    pathname = $state(within(location.pathname));
    search = $state(location.search);
    route = $derived(parseRoute(this.pathname));
    query = $derived(new URLSearchParams(this.search));

    constructor() {
        this.#read();
        addEventListener('popstate', () => this.#read());
        document.addEventListener('click', (event) => this.#follow(event));
    }

    go(href: string): void {
        const url = new URL(href, document.baseURI);
        const samePlace = url.pathname === location.pathname;
        history.pushState(null, '', url);
        this.#read();
        if (!samePlace) {
            scrollTo(0, 0);
            // what reads the screen aloud starts at the new place
            void tick().then(() => document.getElementById('main')?.focus({ preventScroll: true }));
        }
    }

    /** Changes the query of this place without a step in the history. */
    replaceQuery(query: URLSearchParams): void {
        const text = query.toString();
        history.replaceState(null, '', location.pathname + (text ? `?${text}` : ''));
        this.#read();
    }

    #read(): void {
        const elsewhere = newAddress(within(location.pathname), location.search);
        if (elsewhere) history.replaceState(null, '', elsewhere);
        this.pathname = within(location.pathname);
        this.search = location.search;
    }

    #follow(event: MouseEvent): void {
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        const link = (event.target as Element | null)?.closest('a');
        if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
        if (/^\/(api|metrics)\b/.test(within(link.pathname))) return;
        if (link.hash && link.pathname === location.pathname) return;
        event.preventDefault();
        this.go(link.href);
    }
}

export const router = new Router();
