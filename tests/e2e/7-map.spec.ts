// The map of the library that was listened to.

import { expect, test, type Page } from '@playwright/test';
import { mapPicture } from '../../web/mock/map.mjs';
import { fitScale, parseMap, rowOfNumber, toScreen } from '../../web/src/lib/map';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, expectPlaying, heardTracks, pixels, shot, type Card } from './support';

async function openMap(page: Page, address = '/map'): Promise<void> {
    await page.goto(address);
    await expect(page.locator('canvas.points')).toHaveAttribute('data-drawn', /[1-9]/);
    await page.evaluate(() => document.fonts.ready);
}

/** Shows one track in the middle of the window and returns where that is. */
async function middle(page: Page): Promise<{ x: number; y: number }> {
    const box = await windowBox(page);
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function windowBox(page: Page) {
    return (await page.getByRole('application').boundingBox())!;
}

/** Draws a line through places given as shares of the window. */
async function drawLine(page: Page, places: [number, number][]): Promise<void> {
    const box = await windowBox(page);
    const go = ([x, y]: [number, number]) => page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 6 });
    await go(places[0]);
    await page.mouse.down();
    for (const place of places.slice(1)) await go(place);
    await page.mouse.up();
}

/** The middle of the map, in which nothing else lies over it. */
async function picture(page: Page): Promise<string> {
    const box = await windowBox(page);
    const clip = { x: box.x + box.width * 0.1, y: box.y + box.height * 0.15, width: box.width * 0.8, height: box.height * 0.6 };
    return (await page.screenshot({ clip, animations: 'disabled' })).toString('base64');
}

/** How many pixels of two pictures are not the same. */
async function difference(page: Page, ...pictures: [string, string]): Promise<number> {
    const [a, b] = await Promise.all(pictures.map((picture) => pixels(page, picture)));
    let n = 0;
    for (let i = 0; i < a.length; i += 4) if (a[i] !== b[i] || a[i + 1] !== b[i + 1] || a[i + 2] !== b[i + 2]) n++;
    return n;
}

/** How many pixels of the map have a strong colour, as points have, and neither names nor the ground. */
async function coloured(page: Page): Promise<number> {
    const seen = await pixels(page, await picture(page));
    let n = 0;
    for (let i = 0; i < seen.length; i += 4) if (Math.max(seen[i], seen[i + 1], seen[i + 2]) - Math.min(seen[i], seen[i + 1], seen[i + 2]) > 90) n++;
    return n;
}

/** Where a track lies when the whole map is in the window. */
async function whereIs(page: Page, track: Card): Promise<{ x: number; y: number }> {
    await page.getByRole('button', { name: 'Show all' }).click();
    const { points } = await ask<{ points: number[] }>(page, `/api/library/map/points?items=${encodeURIComponent(track.item_id)}`);
    const map = parseMap(await (await page.request.get('/api/library/map')).body().then((bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer));
    const row = rowOfNumber(map, points[0]);
    const box = await windowBox(page);
    const [x, y] = toScreen({ x: 0, y: 0, scale: fitScale(box.width, box.height), width: box.width, height: box.height }, map.x[row], map.y[row]);
    return { x: box.x + x, y: box.y + y };
}

everyLook((size, theme) => {
    test('the whole library', async ({ page }) => {
        await openMap(page);
        await expectNoSidewaysScroll(page, 'map');
        await expectAccessible(page, `map, ${size}, ${theme}`);
        await shot(page, `map-${size}-${theme}`);
    });

    test('a track of it', async ({ page }) => {
        const [track] = await heardTracks(page, 1);
        await openMap(page, `/map?track=${encodeURIComponent(track.item_id)}`);
        const card = page.getByRole('group', { name: 'Chosen track' });
        await expect(card).toContainText(track.title);
        await expectAccessible(page, `map with a track, ${size}, ${theme}`);
        await shot(page, `map-track-${size}-${theme}`);
    });
});

test('points are there, and stay while what is over them changes', async ({ page }) => {
    const [track] = await heardTracks(page, 1);
    await openMap(page, `/map?track=${encodeURIComponent(track.item_id)}`);
    await expect(page.getByRole('group', { name: 'Chosen track' })).toContainText(track.title);
    await expect.poll(() => coloured(page)).toBeGreaterThan(100);
    // a ring comes and goes
    const { x, y } = await middle(page);
    await page.mouse.move(x, y);
    await page.mouse.move(x + 200, y + 150);
    await page.waitForTimeout(400);
    expect(await coloured(page)).toBeGreaterThan(100);
});

test('a press plays, and the same doors open', async ({ page }) => {
    const [track] = await heardTracks(page, 1);
    await openMap(page, `/map?track=${encodeURIComponent(track.item_id)}`);
    await expect(page.getByRole('group', { name: 'Chosen track' })).toContainText(track.title);
    const { x, y } = await middle(page);
    await page.mouse.move(x, y);
    await page.mouse.click(x, y);
    await expectPlaying(page);
    await page.mouse.click(x, y, { button: 'right' });
    await expect(page.getByRole('menu')).toBeVisible();
    await page.keyboard.press('Escape');
});

test('a lasso collects, and what it caught becomes a list', async ({ page }) => {
    await openMap(page);
    await page.getByRole('button', { name: 'Lasso' }).click();
    await expect(page.getByText('Draw round the tracks you want.')).toBeVisible();
    await drawLine(page, [[0.15, 0.15], [0.85, 0.15], [0.85, 0.8], [0.15, 0.8], [0.15, 0.16]]);
    const caught = page.getByRole('group', { name: 'Caught tracks' });
    await expect(caught).toContainText(/\d+ tracks/);
    await caught.getByRole('button', { name: 'Save as list' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
});

test('a path is drawn from one song to another, played and kept', async ({ page }) => {
    const tracks = (await heardTracks(page, 200)) as (Card & { energy: number })[];
    const [calm, wild] = [tracks.reduce((a, b) => (a.energy < b.energy ? a : b)), tracks.reduce((a, b) => (a.energy > b.energy ? a : b))];
    await openMap(page, `/map?track=${encodeURIComponent(calm.item_id)}`);
    const chosen = page.getByRole('group', { name: 'Chosen track' });
    await expect(chosen).toContainText(calm.title);
    await chosen.getByRole('button', { name: 'Path from here' }).click();
    await expect(page.getByText(`A path from ${calm.title}`)).toBeVisible();

    const end = await whereIs(page, wild);
    await page.mouse.click(end.x, end.y);
    const path = page.getByRole('group', { name: 'Path' });
    await expect(path).toContainText(/\d+ tracks/);
    await expect(path).toContainText(`${calm.title} to `);
    await expect(page.getByText('A path from')).toBeHidden();
    await expectAccessible(page, 'a path on the map');
    await shot(page, 'map-path-desktop-dark');

    await path.getByRole('button', { name: 'Play', exact: true }).click();
    await expectPlaying(page);
    await expect(page.getByRole('region', { name: 'Player' })).toContainText(calm.title);
    await path.getByRole('button', { name: 'Save as list' }).click();
    await expect(page.getByRole('dialog').getByRole('textbox')).toHaveValue(new RegExp(`^${calm.title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} to `));
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
    const withPath = await picture(page);
    await path.getByRole('button', { name: 'Close' }).click();
    await expect(path).toBeHidden();
    // the line is not there any more
    await expect.poll(async () => difference(page, withPath, await picture(page))).toBeGreaterThan(300);
});

test('a line through the map becomes a list', async ({ page }) => {
    await openMap(page);
    await page.getByRole('button', { name: 'Draw a path' }).click();
    await expect(page.getByText('the songs along it become a list')).toBeVisible();
    await drawLine(page, [[0.2, 0.3], [0.5, 0.6], [0.8, 0.4]]);
    const path = page.getByRole('group', { name: 'Path' });
    await expect(path).toContainText(/\d+ tracks/);
    await expect(page.getByRole('button', { name: 'Draw a path' })).toHaveAttribute('aria-pressed', 'false');
    await shot(page, 'map-line-desktop-dark');
    await path.getByRole('button', { name: 'Play', exact: true }).click();
    await expectPlaying(page);
});

test('without a map it says what to do, and draws one', async ({ page }) => {
    let drawn = false;
    await page.route('**/api/library/map', (route) => (drawn ? route.continue() : route.fulfill({ body: mapPicture([], ['rock']), contentType: 'application/octet-stream' })));
    await page.route('**/api/rebuild_map_cache', (route) => {
        drawn = true;
        return route.continue();
    });
    await page.goto('/map');
    await expect(page.getByRole('heading', { name: 'Your music as a landscape' })).toBeVisible();
    await expectAccessible(page, 'a map not drawn yet');
    await shot(page, 'map-empty-desktop-dark');
    await page.getByRole('button', { name: 'Draw the map' }).click();
    await expect(page.locator('canvas.points')).toHaveAttribute('data-drawn', /[1-9]/);
});

test('keys move it, and a list says what is in view', async ({ page }) => {
    await page.goto('/');
    await page.keyboard.press('m');
    await expect(page).toHaveURL(/\/map$/);
    await expect(page.locator('canvas.points')).toHaveAttribute('data-drawn', /[1-9]/);
    await page.getByRole('button', { name: 'List what is in view' }).click();
    const list = page.getByRole('complementary', { name: 'In view' });
    await expect(list.locator('[data-row]').first()).toBeVisible();
    const before = await list.getByRole('status').textContent();
    await page.getByRole('application').focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press('+');
    await expect(list.getByRole('status')).not.toHaveText(before!);
    await expectAccessible(page, 'map with its list');
});

test('colours have their legend', async ({ page }) => {
    await openMap(page);
    for (const by of ['mood', 'tempo', 'energy', 'key', 'year']) {
        await page.getByLabel('Colour by').selectOption(by);
        await expect(page.locator('.legend')).not.toBeEmpty();
        await shot(page, `map-by-${by}`);
    }
    const { lists } = await ask<{ lists: { id: number; name: string }[] }>(page, '/api/lists');
    test.skip(!lists.length, 'no playlist');
    await page.getByLabel('Colour by').selectOption('list');
    await page.getByLabel('Playlist', { exact: true }).selectOption(String(lists[0].id));
});
