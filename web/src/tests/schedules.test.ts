import { describe, expect, test } from 'vitest';
import { cronOf, hasFailed, inWords, runTime, scheduleState, whenOf, type Schedule } from '../lib/schedules';

const nightly: Schedule = {
    id: 1,
    name: '',
    task_type: 'backup',
    cron_expr: '0 3 * * *',
    time_zone: 'Europe/Berlin',
    enabled: true,
    catch_up: false,
    on_change: false,
    next_runs: [1_796_004_000],
    last_run: null,
    last_task: null,
    waits_for: null,
    missed_at: null,
    outcome: 'Has not run yet.',
};

describe('in plain words', () => {
    test.each([
        ['0 3 * * *', 'Every night at 3'],
        ['0 0 * * *', 'Every night at midnight'],
        ['5 15 * * *', 'Every day at 15:05'],
        ['0 12 * * *', 'Every day at noon'],
        ['30 4 * * 0', 'Every Sunday at 4:30'],
        ['30 4 * * 7', 'Every Sunday at 4:30'],
        ['30 4 * * Sat', 'Every Saturday at 4:30'],
        ['0 4 1 * *', 'On the first of every month at 4'],
        ['0 4 1 * 1', 'At 0 4 1 * 1'],
        ['* * * * *', 'Every minute'],
        ['*/15 * * * *', 'Every 15 minutes'],
        ['7 * * * *', 'Every hour'],
        ['0 */6 * * *', 'Every 6 hours'],
        ['0 */5 * * *', 'At 0 */5 * * *'],
        ['0 3 * * mon-fri', 'At 0 3 * * mon-fri'],
    ])('%s', (cron_expr, words) => {
        expect(inWords({ cron_expr, on_change: false })).toBe(words);
    });

    test('by the library', () => expect(inWords({ cron_expr: '', on_change: true })).toBe('Whenever the library has changed'));
});

test.each(['0 3 * * *', '5 15 * * *', '30 4 * * 6', '0 4 1 * *', '*/15 2-5 * jan,feb mon'])('the form of %s gives it back', (cron_expr) => {
    expect(cronOf(whenOf({ cron_expr, on_change: false }))).toBe(cron_expr);
});

test('times are those of the zone of the schedule', () => {
    expect(runTime(1_796_004_000, 'UTC')).toBe('Mon 30 Nov, 02:00');
    expect(runTime(1_796_004_000, 'Europe/Berlin')).toBe('Mon 30 Nov, 03:00');
    expect(runTime(1_796_004_000, 'Europe/Atlantis')).toContain('30 Nov');
});

test('what stands below a schedule', () => {
    expect(scheduleState(nightly)).toBe('Next Mon 30 Nov, 03:00');
    expect(scheduleState({ ...nightly, enabled: false, next_runs: [] })).toBe('Paused');
    expect(scheduleState({ ...nightly, last_run: 1_795_917_600, outcome: 'Done.' })).toBe('Next Mon 30 Nov, 03:00 · Last Sun 29 Nov, 03:00: Done.');
    expect(scheduleState({ ...nightly, waits_for: 'main_analysis', outcome: 'Waits for the analysis.' })).toBe('Waits for the analysis.');
    expect(scheduleState({ ...nightly, on_change: true, next_runs: [] })).toBe('Has not run yet.');
    expect(hasFailed(nightly)).toBe(false);
    expect(hasFailed({ ...nightly, last_task: { task_id: 'x', status: 'FAILURE', message: 'No room.' } })).toBe(true);
});
