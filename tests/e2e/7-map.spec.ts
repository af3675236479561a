// The map: of the library that was listened to, and of one of 300,000 tracks.

import { expect, test, type Page } from '@playwright/test';
import { manyPoints, mapPicture } from '../../web/mock/map.mjs';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, expectPlaying, heardTracks, shot } from './support';

async function openMap(page: Page, address = '/map'): Promise<void> {
    await page.goto(address);
    await expect(page.locator('canvas.points')).toHaveAttribute('data-drawn', /[1-9]/);
    await page.evaluate(() => document.fonts.ready);
}

/** Shows one track in the middle of the window and returns where that is. */
async function middle(page: Page): Promise<{ x: number; y: number }> {
    const box = (await page.locator('canvas.points').boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
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
    const box = (await page.locator('canvas.points').boundingBox())!;
    const corner = (x: number, y: number) => page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 4 });
    await corner(0.15, 0.15);
    await page.mouse.down();
    for (const [x, y] of [[0.85, 0.15], [0.85, 0.8], [0.15, 0.8], [0.15, 0.16]]) await corner(x, y);
    await page.mouse.up();
    const caught = page.getByRole('group', { name: 'Caught tracks' });
    await expect(caught).toContainText(/\d+ tracks/);
    await caught.getByRole('button', { name: 'Save as list' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
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

test.describe('300,000 tracks', () => {
    test.use({ viewport: { width: 800, height: 500 } });

    test('are there soon, and move smoothly', async ({ page }) => {
        test.setTimeout(240_000);
        const styles = ['rock', 'metal', 'pop', 'electronic', 'dance', 'hip-hop', 'soul', 'jazz', 'blues', 'folk', 'country', 'classical', 'ambient', 'other'];
        const body = mapPicture(manyPoints(300_000, styles), styles);
        await page.route('**/api/library/map', (route) => route.fulfill({ body, contentType: 'application/octet-stream' }));
        await page.addInitScript(() => {
            const fetched = window.fetch;
            window.fetch = async (...args) => {
                const response = await fetched(...args);
                if (String(args[0]).endsWith('/api/library/map')) {
                    const read = response.arrayBuffer.bind(response);
                    response.arrayBuffer = async () => {
                        const bytes = await read();
                        (window as unknown as { came: number }).came = performance.now();
                        return bytes;
                    };
                }
                return response;
            };
        });
        await page.goto('/map');
        await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('canvas.points')?.dataset.drawn) > 0);
        const first = await page.evaluate(() => performance.now() - (window as unknown as { came: number }).came);
        await shot(page, 'map-300000');

        // the page itself pans, a little with every frame, so that only drawing is measured
        const rates = await page.evaluate(async () => {
            const canvas = document.querySelector<HTMLCanvasElement>('canvas.points')!;
            const fire = (type: string, x: number) => canvas.dispatchEvent(new PointerEvent(type, { clientX: x, clientY: 250, pointerId: 1, button: 0, bubbles: true }));
            canvas.setPointerCapture = () => undefined;
            const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
            fire('pointerdown', 400);
            let last = await frame();
            const took: number[] = [];
            const drawn: number[] = [];
            for (let i = 0; i < 150; i++) {
                fire('pointermove', 400 + Math.sin(i / 10) * 150);
                const now = await frame();
                took.push(now - last);
                drawn.push(Number(canvas.dataset.drawn));
                last = now;
            }
            fire('pointerup', 400);
            const rest = took.slice(50);
            await new Promise((done) => setTimeout(done, 400));
            return { fps: 1000 / (rest.reduce((a, b) => a + b, 0) / rest.length), least: Math.min(...drawn) };
        });
        console.log(`300,000 points: first picture after ${Math.round(first)} ms, ${rates.fps.toFixed(1)} frames a second while panning (at least ${rates.least} points drawn)`);
        await expect(page.locator('canvas.points')).toHaveAttribute('data-drawn', '300000');
        await shot(page, 'map-300000-panned');
    });
});
