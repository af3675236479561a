// What no folder has any more: shown, removed, put back. On a server of its own, over a library of which files are deleted.

import { expect, test, type Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, fitsTheNarrowestPhone, program, shot, startServer } from './support';

test.skip(!program, 'AUDIOMUSE_PROGRAM names no program to start');

const size = 12;
let url = '';
let stop: () => Promise<void>;
let folder = '';
let music = '';

test.beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiomuse-cleaning-'));
    music = join(folder, 'music');
    await promisify(execFile)(program, ['demo', music, '--tracks', String(size)]);
});

test.afterEach(async () => {
    await stop();
    await rm(folder, { recursive: true });
});

/** Starts the program and has it listen to the library. */
async function start(page: Page, orphanDays: number): Promise<void> {
    ({ url, stop } = await startServer({ AUTH_ENABLED: 'false', MUSIC_FOLDERS: music, AUDIOMUSE_ORPHAN_DAYS: String(orphanDays) }, []));
    await listen(page);
}

async function idle(page: Page): Promise<void> {
    await expect.poll(async () => (await ask<{ task_id?: string }>(page, `${url}/api/active_tasks`)).task_id, { timeout: 90_000 }).toBeUndefined();
}

async function listen(page: Page): Promise<void> {
    await idle(page);
    await page.request.post(`${url}/api/analysis/start`, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
    await idle(page);
}

/** Takes this many files out of the library, and returns what puts them there again. */
async function take(n: number): Promise<() => Promise<void>> {
    const entries = await readdir(music, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && /\.(mp3|flac|ogg|opus|m4a|wav)$/.test(entry.name)).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    expect(files.length).toBeGreaterThanOrEqual(n);
    const taken = files.sort().slice(0, n);
    const away = (i: number) => join(folder, `away ${i}`);
    for (const [i, file] of taken.entries()) await rename(file, away(i));
    return async () => {
        for (const [i, file] of taken.entries()) await rename(away(i), file);
    };
}

async function settings(page: Page): Promise<void> {
    await page.goto(`${url}/settings`);
    await expect(page.getByRole('heading', { name: 'Cleaning' })).toBeVisible();
}

const panel = (page: Page) => page.getByRole('region', { name: 'Cleaning' });
const gone = (page: Page) => page.getByRole('list', { name: 'Gone' }).getByRole('listitem');
const removed = (page: Page) => page.getByRole('list', { name: 'Removed' }).getByRole('listitem');
const tracks = async (page: Page) => (await ask<{ tracks: number }>(page, `${url}/api/cleaning/preview`)).tracks;

async function cleanUp(page: Page, button: string): Promise<void> {
    await page.getByRole('button', { name: 'Clean up' }).click();
    await page.getByRole('dialog').getByRole('button', { name: button }).click();
}

test('what is gone is shown, removed and put back', async ({ page }) => {
    await start(page, 0);
    await settings(page);
    await expect(panel(page)).toContainText('Nothing is gone: a server or a folder has every track.');
    const restore = await take(3);
    await listen(page);
    await expect(panel(page)).toContainText('3 tracks are on no server and in no folder any more (Folders of this machine 3).');
    await expect(gone(page)).not.toHaveCount(0);
    await expect(gone(page).first()).toContainText(/gone since .*, goe?s? now/);
    await expect(removed(page)).toHaveCount(0);

    await page.getByRole('button', { name: 'Clean up' }).click();
    await expect(page.getByRole('dialog')).toContainText('Remove 3 tracks?');
    await page.getByRole('button', { name: 'Keep all' }).click();
    expect(await tracks(page)).toBe(3);
    await cleanUp(page, 'Remove 3 tracks');
    await expect(page.getByText('Removed 3 tracks that nothing has any more (Local folders 3)')).toBeVisible();
    await expect(gone(page)).toHaveCount(0);
    await expect(removed(page)).toContainText('3 tracks removed on');
    await page.getByRole('button', { name: 'Put back 3 tracks' }).click();
    await expect(removed(page)).toHaveCount(0);
    await expect(gone(page)).not.toHaveCount(0);

    // removed again, and the files come back themselves
    await cleanUp(page, 'Remove 3 tracks');
    await expect(removed(page)).toHaveCount(1);
    await restore();
    await listen(page);
    await expect(removed(page)).toHaveCount(0);
    await expect(panel(page)).toContainText('Nothing is gone');
});

test('what is gone is kept for its time', async ({ page }) => {
    await start(page, 30);
    await take(2);
    await listen(page);
    await settings(page);
    await expect(gone(page).first()).toContainText(/gone since .*, kept until /);
    await cleanUp(page, 'Clean up');
    await expect(page.getByText('Nothing was to be removed. Kept 2 tracks gone for less than 30 days')).toBeVisible();
    await expect(removed(page)).toHaveCount(0);
    expect(await tracks(page)).toBe(2);
});

test('nothing is removed when most of the library is gone', async ({ page }) => {
    await start(page, 0);
    await take(8);
    await listen(page);
    await settings(page);
    await expect(page.getByRole('alert').filter({ hasText: 'More than half of the library would go' })).toBeVisible();
    await cleanUp(page, 'Remove 8 tracks');
    await expect(page.getByText(`Nothing was removed. 8 of ${size} tracks would go, which is more than half.`)).toBeVisible();
    await expect(removed(page)).toHaveCount(0);
    expect(await tracks(page)).toBe(8);
});

test('two cleanings at once are one', async ({ page }) => {
    await start(page, 0);
    const headers = { 'X-Requested-With': 'XMLHttpRequest' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => page.request.post(`${url}/api/cleaning/start`, { headers })));
    expect(answers.map((answer) => answer.status()).sort()).toEqual([202, 409, 409, 409]);
    await idle(page);
});

/** Some removed, some gone. */
async function someOfEach(page: Page): Promise<void> {
    await start(page, 0);
    await take(2);
    await page.request.post(`${url}/api/cleaning/start`, { headers: { 'X-Requested-With': 'XMLHttpRequest' } });
    await idle(page);
    const entries = await readdir(folder);
    for (const away of entries.filter((name) => name.startsWith('away'))) await rm(join(folder, away));
    await take(3);
    await listen(page);
    await settings(page);
    await expect(gone(page)).not.toHaveCount(0);
    await expect(removed(page)).toHaveCount(1);
}

fitsTheNarrowestPhone(['settings'], someOfEach, '.wordmark');

everyLook((size, theme) => {
    test('cleaning', async ({ page }) => {
        await someOfEach(page);
        await page.evaluate(() => document.fonts.ready);
        await expectNoSidewaysScroll(page, 'cleaning');
        await expectAccessible(page, `cleaning, ${size}, ${theme}`);
        await page.getByRole('heading', { name: 'Cleaning' }).evaluate((e) => e.scrollIntoView({ block: 'start' }));
        await shot(page, `cleaning-${size}-${theme}`);
        await page.getByRole('button', { name: 'Clean up' }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectAccessible(page, `the question before a cleaning, ${size}, ${theme}`);
        await shot(page, `cleaning-question-${size}-${theme}`);
    });
});
