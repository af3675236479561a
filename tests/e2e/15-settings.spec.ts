// The first steps, all settings, and the log. On servers of their own, as the others change nothing that all would notice.

import { expect, test, type Page } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { everyLook, expectAccessible, expectNoSidewaysScroll, fitsTheNarrowestPhone, program, shot, startServer } from './support';

test.skip(!program, 'AUDIOMUSE_PROGRAM names no program to start');

const start = (environment: Record<string, string> = {}) => startServer({ AUTH_ENABLED: 'false', ...environment });

async function openGroup(page: Page, name: string): Promise<void> {
    await page.getByRole('heading', { level: 2, name }).click();
    await expect(page.getByRole('list', { name })).toBeVisible();
}

const row = (page: Page, name: string) => page.locator(`[data-setting=${name}]`);

test('a setting is found, changed, taken back, and refused', async ({ page }) => {
    const server = await start({ AUDIOMUSE_CPU_SHARE: '50' });
    const config = async () => (await (await page.request.get(`${server.url}/api/config`)).json()) as Record<string, unknown>;
    try {
        await page.goto(`${server.url}/settings`);
        await page.getByRole('link', { name: 'All settings' }).click();
        await page.getByRole('searchbox').fill('moods shown');
        await expect(page.locator('[data-setting]')).toHaveCount(1);

        const moods = row(page, 'TOP_N_MOODS');
        await moods.getByRole('textbox').fill('7');
        await moods.getByRole('textbox').press('Enter');
        await expect(page.getByText('TOP_N_MOODS is 7 now.')).toBeVisible();
        await expect(moods.getByText('Changed here')).toBeVisible();
        expect((await config()).top_n_moods).toBe(7);
        await page.getByRole('button', { name: 'Undo' }).click();
        await expect(page.getByText('TOP_N_MOODS is what it was.')).toBeVisible();
        await expect(moods.getByRole('textbox')).toHaveValue('5');
        expect((await config()).top_n_moods).toBe(5);

        await moods.getByRole('textbox').fill('700');
        await moods.getByRole('textbox').press('Enter');
        await expect(moods.getByRole('alert')).toHaveText("TOP_N_MOODS: '700' is not allowed; use a whole number from 1 to 50.");
        expect((await config()).top_n_moods).toBe(5);

        // the environment wins
        await page.getByRole('searchbox').fill('cpu share');
        await expect(row(page, 'AUDIOMUSE_CPU_SHARE').getByText('Set by the environment')).toBeVisible();
        await expect(row(page, 'AUDIOMUSE_CPU_SHARE').getByRole('textbox')).toHaveAttribute('readonly');

        // a secret goes in and never comes out
        await page.getByRole('searchbox').fill('OPENAI_API_KEY');
        const key = row(page, 'OPENAI_API_KEY');
        await expect(key.getByText('Not set')).toBeVisible();
        await key.getByRole('button', { name: 'API key of that server' }).click();
        await key.locator('input').fill('sk-never-shown');
        await key.getByRole('button', { name: 'Save' }).click();
        await expect(key.getByText('Set', { exact: true })).toBeVisible();
        await expect(page.getByRole('button', { name: 'Undo' })).toBeHidden();
        expect(await (await page.request.get(`${server.url}/api/settings`)).text()).not.toContain('sk-never-shown');
        expect(await page.content()).not.toContain('sk-never-shown');

        // what only a restart can change
        await page.getByRole('searchbox').fill('AUDIOMUSE_MODEL_DIR');
        await row(page, 'AUDIOMUSE_MODEL_DIR').getByRole('textbox').fill('/models');
        await row(page, 'AUDIOMUSE_MODEL_DIR').getByRole('textbox').press('Enter');
        await expect(page.getByText('AUDIOMUSE_MODEL_DIR will count after a restart.')).toBeVisible();
        await page.getByRole('button', { name: 'Restart now' }).click();
        await expect(page.getByText('AudioMuse has started anew.')).toBeVisible();
        await expect(page.getByText('will count after a restart')).toBeHidden();
    } finally {
        await server.stop();
    }
});

test('a change on one page reaches another', async ({ page, context }) => {
    const server = await start();
    try {
        await page.goto(`${server.url}/settings/all`);
        await openGroup(page, 'Listening');
        const other = await context.newPage();
        await other.goto(`${server.url}/settings/all`);
        await openGroup(other, 'Listening');
        await row(other, 'TOP_N_MOODS').getByRole('textbox').fill('9');
        await row(other, 'TOP_N_MOODS').getByRole('textbox').press('Enter');
        await expect(row(page, 'TOP_N_MOODS').getByRole('textbox')).toHaveValue('9');
    } finally {
        await server.stop();
    }
});

test('the log is read, and how much of it there is changes at once', async ({ page }) => {
    const server = await start();
    try {
        await page.goto(`${server.url}/settings/log`);
        const lines = page.getByRole('list', { name: 'Lines' });
        await expect(lines.getByText(/Listening on 127\.0\.0\.1/)).toBeVisible();
        await page.getByRole('button', { name: 'Everything' }).click();
        await expect(lines.getByText(/GET \/api\/log 200/)).toBeHidden();
        await page.request.patch(`${server.url}/api/settings`, { data: { AUDIOMUSE_LOG_LEVEL: 'debug' } });
        await expect(lines.getByText(/GET \/api\/log 200/).first()).toBeVisible();
        await page.getByRole('searchbox').fill('AUDIOMUSE_LOG_LEVEL');
        await expect(lines.getByText('Somebody sets AUDIOMUSE_LOG_LEVEL to debug')).toBeVisible();
        await page.getByRole('button', { name: 'Errors' }).click();
        await expect(lines.getByRole('listitem')).toHaveCount(0);
    } finally {
        await server.stop();
    }
});

test('the first steps lead to a folder or a media server, and the model can be chosen', async ({ page }) => {
    const server = await start();
    const music = await mkdtemp(join(tmpdir(), 'audiomuse-music-'));
    try {
        await page.goto(server.url);
        await expect(page.getByRole('heading', { name: 'Three steps to the first playlist' })).toBeVisible();
        await expect(page.getByRole('button', { name: 'Listen to my library' })).toBeDisabled();
        await page.getByLabel('Model').selectOption('descriptors');
        await page.getByRole('button', { name: 'Restart now' }).click();
        await expect(page.getByText('AudioMuse has started anew.')).toBeVisible();
        await expect(page.getByRole('button', { name: 'Restart now' })).toBeHidden();
        await expect(page.getByLabel('Model')).toHaveValue('descriptors');

        const folder = page.getByLabel('A folder on the machine');
        await folder.fill('/no/such/folder');
        await folder.press('Enter');
        await expect(page.getByRole('alert')).toHaveText('The folder /no/such/folder can\'t be read on the server: No such file or directory.');
        await folder.fill(music);
        await folder.press('Enter');
        await expect(page.getByText(`AudioMuse looks in ${music}.`)).toBeVisible();
        await expect(page.getByRole('button', { name: 'Listen to my library' })).toBeEnabled();
        await page.getByRole('link', { name: 'Add a music server' }).click();
        await expect(page.getByRole('heading', { level: 1, name: 'Add a music server' })).toBeVisible();
    } finally {
        await server.stop();
        await rm(music, { recursive: true });
    }
});

everyLook((size, theme) => {
    test('settings, log and first steps', async ({ page }) => {
        const server = await start({ AUDIOMUSE_CPU_SHARE: '50' });
        try {
            await page.request.patch(`${server.url}/api/settings`, { data: { AUDIOMUSE_ANALYSIS_HOURS: '22-6', MODEL: 'descriptors' } });
            for (const [path, heading, name] of [
                ['/', 'Let’s hear your music.', 'first-steps'],
                ['/settings/all', 'All settings', 'all-settings'],
                ['/settings/log', 'Log', 'log'],
            ]) {
                await page.goto(server.url + path);
                await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
                if (name === 'all-settings') await openGroup(page, 'Limits');
                if (name === 'first-steps') await expect(page.getByLabel('Model')).toBeVisible();
                if (name === 'log') await expect(page.getByRole('list', { name: 'Lines' })).toBeVisible();
                await page.evaluate(() => document.fonts.ready);
                await expectNoSidewaysScroll(page, name);
                await expectAccessible(page, `${name}, ${size}, ${theme}`);
                await shot(page, `${name}-${size}-${theme}`);
            }
        } finally {
            await server.stop();
        }
    });
});

test.describe(() => {
    let server: Awaited<ReturnType<typeof start>>;
    test.beforeAll(async () => {
        server = await start();
    });
    test.afterAll(() => server.stop());
    fitsTheNarrowestPhone(
        ['settings/all', 'settings/log'],
        async (page, place) => {
            await page.goto(`${server.url}/${place}`);
            await expect(page.getByRole('searchbox')).toBeVisible();
        },
        '.link, .skip',
    );
});
