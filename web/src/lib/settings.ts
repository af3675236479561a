// The settings of the server: how they are found, shown and changed.

export interface Setting {
    name: string;
    type: 'text' | 'secret' | 'integer' | 'number' | 'boolean' | 'hours';
    help: string;
    origin: 'default' | 'saved' | '.env' | 'environment' | 'flag';
    /** set where the page cannot reach: see origin */
    locked: boolean;
    needs_restart: boolean;
    /** changed since the server started, and not counting yet */
    waits_for_restart: boolean;
    /** not of a secret, of which only is_set is known */
    value?: string | number | boolean;
    default?: string | number | boolean;
    is_set?: boolean;
    choices?: string[];
    minimum?: number;
    maximum?: number;
}

export interface SettingGroup {
    name: string;
    settings: Setting[];
}

export type Changes = Record<string, string | number | boolean | null>;

export interface LogLine {
    time: number;
    level: LogLevel;
    text: string;
}

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

const titles: Record<string, string> = {
    server: 'Server',
    access: 'Signing in',
    players: 'Players',
    distributed: 'Several machines',
    media_servers: 'The first media server',
    limits: 'Limits',
    analysis: 'Listening',
    similar: 'Similar music',
    alchemy: 'Blends and fingerprint',
    clustering: 'Making playlists',
    language: 'Language model',
};

export function groupTitle(name: string): string {
    const words = name.replaceAll('_', ' ');
    return titles[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is left of the groups when every word of `text` has to be in a setting's name, help or group. */
export function findSettings(groups: SettingGroup[], text: string): SettingGroup[] {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return groups;
    return groups
        .map((group) => ({
            ...group,
            settings: group.settings.filter((setting) => {
                const all = `${setting.name} ${setting.name.replaceAll('_', ' ')} ${setting.help} ${groupTitle(group.name)}`.toLowerCase();
                return words.every((word) => all.includes(word));
            }),
        }))
        .filter((group) => group.settings.length);
}

/** Where a value comes from, and why the page cannot change it; "" for the default. */
export function originText(setting: Setting): string {
    const places = { default: '', saved: 'Changed here', '.env': 'Set in .env', environment: 'Set by the environment', flag: 'Set on the command line' };
    const place = places[setting.origin];
    return !place && setting.locked ? 'Set before the start only' : place;
}

/** A value as people read it. */
export function shownValue(value: Setting['value'] | null): string {
    if (value === null || value === undefined) return 'the default';
    if (typeof value === 'boolean') return value ? 'on' : 'off';
    return value === '' ? 'empty' : String(value);
}

/** What a field holds, as the server takes it; the default where it was emptied. Problems are for the server to tell. */
export function fieldValue(setting: Setting, text: string): Changes[string] {
    const trimmed = text.trim();
    if (trimmed === '') return null;
    if (setting.type === 'boolean') return trimmed === 'true';
    const number = Number(trimmed);
    return (setting.type === 'integer' || setting.type === 'number') && Number.isFinite(number) ? number : trimmed;
}

/** The groups with some settings replaced by what the server answered. */
export function withChanged(groups: SettingGroup[], changed: Setting[]): SettingGroup[] {
    const fresh = new Map(changed.map((setting) => [setting.name, setting]));
    return groups.map((group) => ({ ...group, settings: group.settings.map((setting) => fresh.get(setting.name) ?? setting) }));
}

/** "09:05:07" of a line of the log. */
export function logTime(seconds: number): string {
    return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}
