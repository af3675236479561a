// Who is signed in.

import * as api from '../api';
import type { Access, Right } from '../lib/access';

class AccessState {
    now = $state.raw<Access | null>(null);
    error = $state.raw<Error | null>(null);

    async refresh(): Promise<void> {
        try {
            this.now = await api.access();
            this.error = null;
        } catch (error) {
            this.error = error as Error;
        }
    }

    may(right: Right): boolean {
        return this.now?.rights.includes(right) ?? false;
    }

    /** Whether the page has somebody to show itself to. */
    get open(): boolean {
        return this.may('read');
    }
}

export const access = new AccessState();
api.onSignedOut(() => void access.refresh());
