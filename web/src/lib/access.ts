// Who uses the page, and what they may do.

export type Right = 'read' | 'playlists' | 'jobs' | 'admin';
export type Role = 'listener' | 'admin';

export interface User {
    id: number;
    username: string;
    role: Role;
    created_at: number;
}

export interface Access {
    /** whether people have to sign in */
    enabled: boolean;
    /** nobody can yet: an administrator is to be made */
    setup_needed: boolean;
    user: User | null;
    signed_in_by: 'none' | 'off' | 'session' | 'token' | 'proxy';
    rights: Right[];
}

export interface Session {
    id: number;
    device: string;
    created_at: number;
    seen_at: number;
    expires_at: number;
    current: boolean;
}

export interface Token {
    id: number;
    name: string;
    scopes: string;
    created_at: number;
    used_at: number | null;
}

export const roles: Record<Role, string> = { listener: 'Listener', admin: 'Administrator' };

/** What a program may be given to do, in the order of how much that is. */
export const scopes: { right: Right; title: string; help: string }[] = [
    { right: 'read', title: 'Look and listen', help: 'Search, play, ask for lists' },
    { right: 'playlists', title: 'Keep playlists', help: 'Save, change and remove them' },
    { right: 'jobs', title: 'Start work', help: 'Analysis and clustering' },
    { right: 'admin', title: 'Everything', help: 'Servers and users, too' },
];

const browsers: [RegExp, string][] = [
    [/Edg\//, 'Edge'],
    [/OPR\//, 'Opera'],
    [/Firefox\//, 'Firefox'],
    [/Chrom(e|ium)\//, 'Chrome'],
    [/Safari\//, 'Safari'],
    [/curl\//, 'curl'],
];

const systems: [RegExp, string][] = [
    [/iPhone/, 'iPhone'],
    [/iPad/, 'iPad'],
    [/Android/, 'Android'],
    [/Windows/, 'Windows'],
    [/Mac OS X/, 'Mac'],
    [/Linux/, 'Linux'],
];

/** "Firefox on Windows" of what a browser calls itself. */
export function deviceName(agent: string): string {
    const of = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(agent))?.[1];
    const browser = of(browsers);
    const system = of(systems);
    if (browser && system) return `${browser} on ${system}`;
    return browser ?? system ?? 'A browser';
}

/** Why a password will not be taken; "" when it will. */
export function passwordProblem(password: string, again?: string): string {
    if ([...password].length < 8) return 'Eight characters at least.';
    if (again !== undefined && password !== again) return 'The two are not the same.';
    return '';
}
