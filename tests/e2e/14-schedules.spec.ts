// What starts by itself, and backups: made, due, checked, put back. On a server of its own, as a restore replaces everything.

import { expect, test, type Page } from '@playwright/test';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, fitsTheNarrowestPhone, program, shot, startServer } from './support';

test.skip(!program, 'AUDIOMUSE_PROGRAM names no program to start');

let url = '';
let stop: () => Promise<void>;

test.beforeEach(async () => {
    ({ url, stop } = await startServer({ AUTH_ENABLED: 'false' }));
});

test.afterEach(() => stop());

async function settings(page: Page): Promise<void> {
    await page.goto(`${url}/settings`);
    await expect(page.getByRole('heading', { name: 'Schedules' })).toBeVisible();
}

const schedules = (page: Page) => page.getByRole('list', { name: 'Schedules' }).getByRole('listitem');
const backups = (page: Page) => page.getByRole('list', { name: 'Backups' }).getByRole('listitem');

test('a schedule is made in plain words, changed, paused and removed', async ({ page }) => {
    await settings(page);
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    await expect(page.getByRole('list', { name: 'Next times' }).getByRole('listitem')).toHaveCount(5);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(schedules(page)).toContainText('Back up');
    await expect(schedules(page)).toContainText('Every night at 3');
    await expect(schedules(page)).toContainText('Next ');

    await page.getByRole('button', { name: 'Edit Back up' }).click();
    await page.getByLabel('What', { exact: true }).selectOption('Make playlists');
    await page.getByLabel('When', { exact: true }).selectOption('Every week');
    await page.getByLabel('Day', { exact: true }).selectOption('Sunday');
    await page.getByLabel('Time', { exact: true }).fill('04:30');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(schedules(page)).toContainText('Every Sunday at 4:30');

    await page.getByRole('button', { name: 'Edit Make playlists' }).click();
    await page.getByLabel('When', { exact: true }).selectOption('By a cron expression');
    await page.getByLabel('Minute, hour, day of the month, month, weekday').fill('0 25 * * *');
    await expect(page.getByRole('alert')).toHaveText("The hour '25' of the cron expression is not within 0 to 23.");
    await page.getByLabel('Minute, hour, day of the month, month, weekday').fill('*/20 8-17 * * mon-fri');
    await expect(page.getByRole('list', { name: 'Next times' }).getByRole('listitem')).toHaveCount(5);
    await page.getByLabel('Time zone').fill('Europe/Atlantis');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('alert')).toContainText("The time zone 'Europe/Atlantis' is unknown here.");
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(schedules(page)).toContainText('At */20 8-17 * * mon-fri');

    await page.getByRole('switch', { name: /Make playlists/ }).click();
    await expect(schedules(page)).toContainText('Paused');
    await page.reload();
    await expect(schedules(page)).toContainText('Paused');
    await page.getByRole('button', { name: /Remove Make playlists/ }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect(schedules(page)).toHaveCount(0);
});

test('what is due starts by itself', async ({ page }) => {
    test.setTimeout(120_000);
    await settings(page);
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    await page.getByLabel('When', { exact: true }).selectOption('By a cron expression');
    await page.getByLabel('Minute, hour, day of the month, month, weekday').fill('* * * * *');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(schedules(page)).toContainText('Every minute');
    await expect(schedules(page)).toContainText('Last ', { timeout: 100_000 });
    await expect(schedules(page)).toContainText('.audiomuse with 0 tracks');
    await page.reload();
    await expect(backups(page)).not.toHaveCount(0);
});

test('a backup is made, downloaded, checked and put back', async ({ page }) => {
    await settings(page);
    await page.getByRole('button', { name: 'Back up now' }).click();
    await expect(backups(page)).toHaveCount(1);
    await expect(backups(page)).toContainText('0 tracks');
    const started = page.waitForEvent('download');
    await page.getByRole('link', { name: /^Download audiomuse-/ }).click();
    const file = await started;
    expect(file.suggestedFilename()).toMatch(/^audiomuse-\d{8}-\d{6}-0-tracks\.audiomuse$/);
    expect(await file.failure()).toBeNull();

    // what comes after the backup is gone after the restore
    await page.getByRole('button', { name: 'Add a schedule' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(schedules(page)).toHaveCount(1);
    await page.getByRole('button', { name: /^Restore audiomuse-/ }).click();
    await expect(page.getByText('It was read to its end: whole, with 0 tracks.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Restore', exact: true })).toBeDisabled();
    await page.getByLabel('I understand that this replaces everything').check();
    await page.getByRole('button', { name: 'Restore', exact: true }).click();
    await expect(page.getByText('Nothing starts by itself yet.')).toBeVisible();
    expect(await ask<unknown[]>(page, `${url}/api/cron`)).toEqual([]);
    await expect(backups(page)).toHaveCount(1);
});

fitsTheNarrowestPhone(
    ['settings'],
    async (page) => {
        await settings(page);
        await page.getByRole('button', { name: 'Back up now' }).click();
        await page.getByRole('button', { name: 'Add a schedule' }).click();
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await expect(backups(page)).toHaveCount(1);
    },
    '.wordmark',
);

everyLook((size, theme) => {
    test('schedules and backups', async ({ page }) => {
        await settings(page);
        for (const body of [
            { task_type: 'analysis', cron_expr: '0 3 * * *', time_zone: 'Europe/Berlin' },
            { task_type: 'clustering', cron_expr: '30 4 * * sun', time_zone: 'Europe/Berlin', enabled: false },
            { task_type: 'radios', on_change: true },
            { task_type: 'backup', cron_expr: '0 4 * * *', time_zone: 'Europe/Berlin', catch_up: true },
        ]) {
            expect((await page.request.post(`${url}/api/cron`, { data: body, headers: { 'X-Requested-With': 'XMLHttpRequest' } })).ok()).toBe(true);
        }
        await page.getByRole('button', { name: 'Back up now' }).click();
        await expect(backups(page)).toHaveCount(1);
        await page.reload();
        await expect(schedules(page)).toHaveCount(4);
        await page.evaluate(() => document.fonts.ready);
        await expectNoSidewaysScroll(page, 'schedules');
        await expectAccessible(page, `schedules, ${size}, ${theme}`);
        await page.getByRole('heading', { name: 'Schedules' }).evaluate((e) => e.scrollIntoView({ block: 'start' }));
        await shot(page, `schedules-${size}-${theme}`);
        await page.getByRole('button', { name: 'Add a schedule' }).click();
        await expect(page.getByRole('list', { name: 'Next times' }).getByRole('listitem')).toHaveCount(5);
        await expectAccessible(page, `the form of a schedule, ${size}, ${theme}`);
        await shot(page, `schedule-form-${size}-${theme}`);
        await page.getByRole('button', { name: 'Close' }).click();
        await page.getByRole('button', { name: /^Restore audiomuse-/ }).click();
        await expect(page.getByText('It was read to its end')).toBeVisible();
        await expectAccessible(page, `a restore, ${size}, ${theme}`);
        await shot(page, `restore-${size}-${theme}`);
    });
});
