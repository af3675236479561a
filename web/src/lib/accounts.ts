// One's own accounts on media servers.

import { kinds, type Kind } from './servers';

export interface ServerAccount {
    server_id: string;
    name: string;
    type: Kind;
    linked: boolean;
    /** as which user; null when none is linked */
    user: string | null;
}

export interface Login {
    user?: string;
    password?: string;
    token?: string;
}

/** Whether a server of this kind is signed in to by a token alone, which names its user. */
export function byTokenAlone(type: Kind): boolean {
    return type === 'plex';
}

/** What is wrong with a login before it is tried; "" when nothing is. */
export function loginProblem(type: Kind, login: Login): string {
    if (byTokenAlone(type)) return login.token?.trim() ? '' : 'Paste the token of your account.';
    if (!login.user?.trim()) return `What is your name on ${kinds[type].title}?`;
    return login.password || login.token?.trim() ? '' : 'Type the password of your account.';
}
