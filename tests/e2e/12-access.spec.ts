// Signing in: the first administrator, a listener, the tokens of programs. On a server of its own, as the others ask nobody.

import { expect, test, type Page } from '@playwright/test';
import { everyLook, expectAccessible, expectNoSidewaysScroll, program, shot, startServer } from './support';

test.skip(!program, 'AUDIOMUSE_PROGRAM names no program to start');

const start = () => startServer({ AUTH_ENABLED: 'true' });

async function expectHome(page: Page): Promise<void> {
    await expect(page.getByRole('navigation').first()).toBeVisible();
}

async function setUp(page: Page, url: string): Promise<void> {
    await page.goto(url);
    await expect(page.getByRole('heading', { name: 'Welcome to AudioMuse' })).toBeVisible();
    await page.getByLabel('Name').fill('Ada');
    await page.getByLabel('Password', { exact: true }).fill('correct horse');
    await page.getByLabel('Password once more').fill('correct horse');
    await page.getByRole('button', { name: 'Create the account' }).click();
    await expectHome(page);
}

async function signIn(page: Page, name: string, password: string): Promise<void> {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
}

test('the first administrator, a listener, and who is sent away', async ({ page, browser }) => {
    const { url, stop } = await start();
    try {
        await page.goto(url);
        await page.getByLabel('Name').fill('Ada');
        await page.getByLabel('Password', { exact: true }).fill('short');
        await page.getByLabel('Password once more').fill('short');
        await page.getByRole('button', { name: 'Create the account' }).click();
        await expect(page.getByRole('alert')).toHaveText('Eight characters at least.');
        await setUp(page, url);

        // somebody else comes to the house
        await page.goto(`${url}/settings`);
        await page.getByRole('button', { name: 'Add somebody' }).click();
        await page.getByLabel('Name').fill('Bo');
        await page.getByLabel('Password', { exact: true }).fill('battery staple');
        await page.getByLabel('Your own password').fill('wrong password');
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await expect(page.getByRole('alert')).toHaveText('The current password is not right.');
        await page.getByLabel('Your own password').fill('correct horse');
        await page.getByRole('button', { name: 'Add', exact: true }).click();
        await expect(page.getByRole('list', { name: 'People' }).getByRole('listitem')).toHaveCount(2);

        const other = await browser.newContext();
        const bo = await other.newPage();
        await bo.goto(url);
        await signIn(bo, 'bo', 'wrong');
        await expect(bo.getByRole('alert')).toHaveText('The name or the password is not right.');
        await signIn(bo, 'bo', 'battery staple');
        await expectHome(bo);
        await bo.goto(`${url}/tasks`);
        await expect(bo.getByRole('heading', { name: 'Tasks' })).toBeVisible();
        await expect(bo.getByRole('button', { name: 'Listen to my library' })).toBeHidden();
        await bo.goto(`${url}/settings`);
        await expect(bo.getByRole('heading', { name: 'Your account' })).toBeVisible();
        await expect(bo.getByRole('heading', { name: 'People' })).toBeHidden();

        // who is removed is out at once
        await page.getByRole('button', { name: 'Remove Bo' }).click();
        await page.getByLabel('Your own password').fill('correct horse');
        await page.getByRole('button', { name: 'Remove', exact: true }).click();
        await expect(page.getByRole('list', { name: 'People' }).getByRole('listitem')).toHaveCount(1);
        await bo.goto(`${url}/library`);
        await expect(bo.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
        await other.close();

        await page.getByRole('button', { name: 'Sign out' }).click();
        await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
    } finally {
        await stop();
    }
});

test('a token for a program', async ({ page, request }) => {
    const { url, stop } = await start();
    try {
        await setUp(page, url);
        await page.goto(`${url}/settings`);
        await page.getByRole('button', { name: 'New token' }).click();
        await page.getByLabel('What is it for?').fill('Jellyfin');
        await page.getByRole('radio', { name: 'Keep playlists' }).check();
        await page.getByRole('button', { name: 'Make the token' }).click();
        const token = await page.locator('[data-token]').innerText();
        await page.getByRole('button', { name: 'Done' }).click();
        const ask = (path: string, method = 'GET') => request.fetch(`${url}${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
        expect((await ask('/api/lists')).status()).toBe(200);
        expect((await ask('/api/analysis/start', 'POST')).status()).toBe(403);
        await page.getByRole('button', { name: 'Remove the token Jellyfin' }).click();
        await expect(page.getByRole('list', { name: 'Tokens' })).toBeHidden();
        expect((await ask('/api/lists')).status()).toBe(401);
    } finally {
        await stop();
    }
});

everyLook((size, theme) => {
    test('the way in', async ({ page }) => {
        const { url, stop } = await start();
        try {
            await page.goto(url);
            await expect(page.getByRole('heading', { name: 'Welcome to AudioMuse' })).toBeVisible();
            await page.evaluate(() => document.fonts.ready);
            await expectNoSidewaysScroll(page, 'the first start');
            await expectAccessible(page, `the first start, ${size}, ${theme}`);
            await shot(page, `first-start-${size}-${theme}`);
            await setUp(page, url);
            await page.goto(`${url}/settings`);
            await expect(page.getByRole('list', { name: 'Browsers you are signed in with' })).toBeVisible();
            await expectNoSidewaysScroll(page, 'account');
            await expectAccessible(page, `account, ${size}, ${theme}`);
            await shot(page, `account-${size}-${theme}`);
        } finally {
            await stop();
        }
    });
});
