// Work that starts by itself, and backups: what they are called, and when they are due in plain words.

export type TaskType = 'analysis' | 'clustering' | 'cleaning' | 'radios' | 'fingerprint' | 'backup';

export interface Schedule {
    id: number;
    name: string;
    task_type: TaskType;
    cron_expr: string;
    time_zone: string;
    enabled: boolean;
    catch_up: boolean;
    on_change: boolean;
    /** Unix seconds; none for what is paused or not due by time */
    next_runs: number[];
    last_run: number | null;
    last_task: { task_id: string; status: string; message: string } | null;
    waits_for: string | null;
    missed_at: number | null;
    outcome: string;
}

/** What is saved; with `id` it changes that one. */
export interface ScheduleBody {
    id?: number;
    name?: string;
    task_type?: TaskType;
    cron_expr?: string;
    time_zone?: string;
    enabled?: boolean;
    catch_up?: boolean;
    on_change?: boolean;
}

export interface Backup {
    file: string;
    bytes: number;
    made_at: number;
    tracks: number | null;
}

export interface Backups {
    backups: Backup[];
    folder: string;
    kept: number;
    free_bytes: number | null;
    /** what a restore must be told */
    confirmation: string;
}

/** In the order in which they are offered. */
export const work: { type: TaskType; title: string; help: string }[] = [
    { type: 'analysis', title: 'Listen to new music', help: 'Looks for new tracks and listens to them' },
    { type: 'clustering', title: 'Make playlists', help: 'Groups the library anew' },
    { type: 'cleaning', title: 'Clean up', help: 'Removes what no server and no folder has had for a while' },
    { type: 'radios', title: 'Renew radios', help: 'A new issue of each list that is kept going' },
    { type: 'fingerprint', title: 'Renew the sonic fingerprint', help: 'A new list of what is like what you play most' },
    { type: 'backup', title: 'Back up', help: 'A copy of all that AudioMuse knows' },
];

export function workTitle(type: string): string {
    return work.find((w) => w.type === type)?.title ?? type;
}

export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export type Rhythm = 'day' | 'week' | 'month' | 'change' | 'cron';

/** When, as the form asks for it. */
export interface When {
    rhythm: Rhythm;
    /** "03:00" */
    time: string;
    /** 0: Sunday */
    weekday: number;
    cron: string;
}

export function cronOf(when: When): string {
    const [hour, minute] = when.time.split(':').map(Number);
    switch (when.rhythm) {
        case 'day':
            return `${minute} ${hour} * * *`;
        case 'week':
            return `${minute} ${hour} * * ${when.weekday}`;
        case 'month':
            return `${minute} ${hour} 1 * *`;
        case 'change':
            return '';
        case 'cron':
            return when.cron.trim();
    }
}

const simple = /^(\d{1,2}) (\d{1,2}) (\*|1) \* (\*|[0-7]|sun|mon|tue|wed|thu|fri|sat)$/i;

/** The form of a schedule that is there. */
export function whenOf(schedule: Pick<Schedule, 'cron_expr' | 'on_change'>): When {
    const when: When = { rhythm: 'cron', time: '03:00', weekday: 0, cron: schedule.cron_expr };
    if (schedule.on_change) return { ...when, rhythm: 'change' };
    const match = simple.exec(schedule.cron_expr);
    if (!match) return when;
    const [, minute, hour, day, weekday] = match;
    if (day === '1' && weekday !== '*') return when;
    return {
        ...when,
        rhythm: weekday !== '*' ? 'week' : day === '1' ? 'month' : 'day',
        time: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`,
        weekday: weekday === '*' ? 0 : /\d/.test(weekday) ? Number(weekday) % 7 : weekdays.findIndex((title) => title.slice(0, 3).toLowerCase() === weekday.toLowerCase()),
    };
}

/** "3", "3:05", "midnight" of hour and minute. */
function clockWord(time: string): string {
    const [hour, minute] = time.split(':').map(Number);
    if (minute) return `${hour}:${String(minute).padStart(2, '0')}`;
    return hour === 0 ? 'midnight' : hour === 12 ? 'noon' : String(hour);
}

/** "Every night at 3", "Whenever the library has changed". */
export function inWords(schedule: Pick<Schedule, 'cron_expr' | 'on_change'>): string {
    const when = whenOf(schedule);
    const at = `at ${clockWord(when.time)}`;
    switch (when.rhythm) {
        case 'change':
            return 'Whenever the library has changed';
        case 'day':
            return `Every ${Number(when.time.slice(0, 2)) < 6 ? 'night' : 'day'} ${at}`;
        case 'week':
            return `Every ${weekdays[when.weekday]} ${at}`;
        case 'month':
            return `On the first of every month ${at}`;
        case 'cron':
            break;
    }
    const minutes = /^\*(?:\/(\d+))? \* \* \* \*$/.exec(schedule.cron_expr);
    if (minutes) return (minutes[1] ?? '1') === '1' ? 'Every minute' : `Every ${minutes[1]} minutes`;
    if (/^\d{1,2} \* \* \* \*$/.test(schedule.cron_expr)) return 'Every hour';
    const hours = /^\d{1,2} \*\/(\d+) \* \* \*$/.exec(schedule.cron_expr);
    if (hours && 24 % Number(hours[1]) === 0) return hours[1] === '1' ? 'Every hour' : `Every ${hours[1]} hours`;
    return `At ${schedule.cron_expr}`;
}

/** "Mon 30 Nov, 03:00" as clocks of the schedule's zone show it. */
export function runTime(unix: number, zone: string): string {
    const options: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false };
    try {
        return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }).format(unix * 1000);
    } catch {
        return new Intl.DateTimeFormat('en-GB', options).format(unix * 1000); // a zone that this browser does not know
    }
}

/** What stands below a schedule: what comes next, and what there is to say of the last time. */
export function scheduleState(schedule: Schedule): string {
    if (schedule.waits_for || schedule.missed_at) return schedule.outcome;
    if (!schedule.enabled) return 'Paused';
    const parts: string[] = [];
    if (schedule.next_runs.length) parts.push(`Next ${runTime(schedule.next_runs[0], schedule.time_zone)}`);
    if (schedule.last_run) parts.push(`Last ${runTime(schedule.last_run, schedule.time_zone)}: ${schedule.outcome}`);
    return parts.join(' · ') || schedule.outcome;
}

export function hasFailed(schedule: Schedule): boolean {
    return schedule.last_task?.status === 'FAILURE' && !schedule.waits_for;
}

/** The zone of this browser. */
export function ownZone(): string {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
