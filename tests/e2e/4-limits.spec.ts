// Where things are large, slow or broken.

import { expect, test } from '@playwright/test';
import { expectAccessible, shot } from './support';

test('a hundred thousand tracks scroll from one end to the other', async ({ page }) => {
    const total = 100_000;
    await page.route('**/api/library/tracks?*', async (route) => {
        const query = new URL(route.request().url()).searchParams;
        const offset = Number(query.get('offset'));
        const limit = Number(query.get('limit'));
        const tracks = Array.from({ length: Math.min(limit, total - offset) }, (_, i) => ({
            item_id: `n${offset + i}`,
            title: `Track number ${offset + i + 1}`,
            author: 'Somebody',
            artists: ['Somebody'],
            album: 'All of it',
            album_artist: 'Somebody',
            year: null,
            duration_s: 200,
            genres: [],
            state: 'pending',
            has_cover: false,
            added_at: 0,
        }));
        await route.fulfill({ json: { total, tracks } });
    });
    await page.goto('/library');
    await expect(page.getByText('100,000 tracks')).toBeVisible();
    await expect(page.getByText('Track number 1', { exact: true })).toBeVisible();
    for (const share of [0.5, 1, 0.25]) {
        await page.evaluate((s) => scrollTo(0, s * document.documentElement.scrollHeight), share);
        const expected = share === 1 ? 'Track number 100000' : /^Track number \d{5}$/;
        await expect(page.getByText(expected).last()).toBeVisible();
        expect(await page.locator('[data-row]').count(), 'only what is seen is drawn').toBeLessThan(60);
    }
});

test('a server that goes away is announced, and its return is noticed', async ({ page }) => {
    await page.goto('/library');
    await expect(page.locator('[data-row]').first()).toBeVisible();
    await page.context().setOffline(true);
    // an open stream outlives the switch: a new visit to the stream is what fails, after the page has come
    await page.route('**/api/**', (route) => (route.request().url().endsWith('/api/auth') ? route.fallback() : route.abort()));
    await page.goto('/library').catch(() => undefined);
    await page.context().setOffline(false);
    await page.goto('/library');
    await expect(page.getByRole('alert').filter({ hasText: 'The server does not answer' })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'The library could not be read' })).toBeVisible();
    await expectAccessible(page, 'library without a server');
    await shot(page, 'library-unreachable-desktop-dark');
    await page.unroute('**/api/**');
    await expect(page.getByText('The server does not answer')).toBeHidden({ timeout: 20_000 });
    await expect(page.locator('[data-row]').first()).toBeVisible();
});

test('a page that finds no server waits for it', async ({ page }) => {
    await page.route('**/api/**', (route) => route.abort());
    await page.goto('/library');
    await expect(page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible();
    await page.unroute('**/api/**');
    await expect(page.locator('[data-row]').first()).toBeVisible();
});

test('a list that is gone says so and leads back', async ({ page }) => {
    await page.goto('/playlists/99999999');
    await expect(page.getByRole('heading', { name: 'This list is not here' })).toBeVisible();
    await page.getByRole('link', { name: 'All playlists' }).click();
    await expect(page).toHaveURL(/\/playlists$/);
});

test('a file that cannot be played is named, and the next one plays', async ({ page }) => {
    let refused = '';
    await page.route('**/audio', async (route) => {
        refused ||= route.request().url();
        if (refused === route.request().url()) await route.fulfill({ status: 404, json: { error: 'gone', error_code: 'not_found' } });
        else await route.fallback();
    });
    await page.goto('/library?filter=analysed');
    await page.locator('main [data-row-play]').first().click();
    await expect(page.getByText('cannot be played here').first()).toBeVisible();
    await expect.poll(() => page.evaluate(() => document.querySelector('audio')!.currentTime)).toBeGreaterThan(0.2);
});

test('the queue and the volume survive a reload', async ({ page }) => {
    await page.goto('/library?filter=analysed');
    await page.locator('main [data-row-play]').nth(2).click();
    const bar = page.getByRole('region', { name: 'Player' });
    await bar.getByRole('slider', { name: 'Volume' }).fill('0.3');
    const title = await bar.locator('.title').textContent();
    await page.reload();
    await expect(bar.locator('.title')).toHaveText(title!);
    await expect(bar.getByRole('slider', { name: 'Volume' })).toHaveValue('0.3');
    expect(await page.evaluate(() => document.querySelector('audio')!.volume)).toBeCloseTo(0.3, 5);
});

test('no request leaves the server, and nothing is written to the console as an error', async ({ page, baseURL }) => {
    const strangers: string[] = [];
    const errors: string[] = [];
    page.on('request', (request) => {
        if (!request.url().startsWith(baseURL!) && !/^(blob|data):/.test(request.url())) strangers.push(request.url());
    });
    page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(error.message));
    for (const path of ['/', '/library', '/artists', '/explore/similar', '/explore/path', '/playlists', '/tasks', '/settings', '/settings/servers/new']) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
        await page.waitForTimeout(300);
    }
    expect(strangers).toEqual([]);
    expect(errors).toEqual([]);
});
