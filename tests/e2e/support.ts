// What the browser tests share.

import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Card {
    item_id: string;
    title: string;
    author: string;
    album: string;
    state: string;
}

/** The program, for tests that need a server of their own; "" where the environment does not name it. */
export const program = process.env.AUDIOMUSE_PROGRAM ?? '';

/** Starts the program over an empty data folder, with these variables besides, and workers where they are wanted. */
export async function startServer(environment: Record<string, string>, workers = false): Promise<{ url: string; stop: () => Promise<void> }> {
    const data = await mkdtemp(join(tmpdir(), 'audiomuse-e2e-'));
    const server = spawn(program, ['serve', ...(workers ? [] : ['--no-worker']), '--data', data, '--host', '127.0.0.1', '--port', '0'], { env: { ...process.env, ...environment } });
    const url = await new Promise<string>((found, failed) => {
        let said = '';
        server.stdout.on('data', (text) => {
            said += text;
            const match = /(http:\/\/\S+) - /.exec(said);
            if (match) found(match[1]);
        });
        server.on('exit', () => failed(new Error(`The server ended: ${said}`)));
    });
    const stop = async () => {
        const ended = new Promise((done) => server.on('exit', done));
        server.kill();
        await ended;
        await rm(data, { recursive: true });
    };
    return { url, stop };
}

/** Asks the server beside the page, to know what the page should show. */
export async function ask<T>(page: Page, path: string): Promise<T> {
    const answer = await page.request.get(path);
    expect(answer.ok(), `GET ${path} answered ${answer.status()}`).toBe(true);
    return (await answer.json()) as T;
}

export async function heardTracks(page: Page, limit = 20): Promise<Card[]> {
    return (await ask<{ tracks: Card[] }>(page, `/api/library/tracks?filter=analysed&order=title&limit=${limit}`)).tracks;
}

/** Declares tests once for each size of window and each theme; what they look at is named by both. */
export function everyLook(declare: (size: 'phone' | 'desktop', theme: 'dark' | 'light') => void): void {
    const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1440, height: 900 } };
    for (const size of ['phone', 'desktop'] as const) {
        for (const theme of ['dark', 'light'] as const) {
            test.describe(`${size}, ${theme}`, () => {
                test.use({ viewport: sizes[size], colorScheme: theme, hasTouch: size === 'phone' });
                declare(size, theme);
            });
        }
    }
}

/** Declares that each place fits the narrowest phone, and that fingers hit what it offers, but for what `small` selects. */
export function fitsTheNarrowestPhone(places: string[], open: (page: Page, place: string) => Promise<void>, small: string): void {
    test.describe('the narrowest phone', () => {
        test.use({ viewport: { width: 360, height: 700 }, hasTouch: true });

        for (const place of places) {
            test(`${place} fits, and fingers hit`, async ({ page }) => {
                await open(page, place);
                await expectNoSidewaysScroll(page, place);
                const missed = await page.evaluate(
                    (small) =>
                        [...document.querySelectorAll('button, a, select, summary')]
                            .filter((e) => e.checkVisibility() && !e.matches(small))
                            .map((e) => ({ e, box: e.getBoundingClientRect() }))
                            .filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
                            .map(({ e, box }) => `${e.tagName} ${e.className} ${e.textContent?.trim().slice(0, 30)} ${Math.round(box.width)}x${Math.round(box.height)}`),
                    small,
                );
                expect(missed).toEqual([]);
            });
        }
    });
}

/** Fails when axe finds anything serious. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter((v) => v.impact === 'serious' || v.impact === 'critical');
    const told = serious.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 4).map((n) => `  ${n.target.join(' ')}\n    ${n.failureSummary ?? ''}`).join('\n')}`);
    expect(told, `${where}:\n${told.join('\n')}`).toEqual([]);
}

/** Nothing may scroll sideways. */
export async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
    const [inside, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(inside, `${where} is wider than the window`).toBeLessThanOrEqual(width);
}

export async function shot(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/${name}.png`, animations: 'disabled' });
}

/** Nothing runs on the server. What the page shows may lag behind or, just opened, not know yet. */
export async function expectIdle(page: Page, timeout = 60_000): Promise<void> {
    const running = async () => (await ask<{ task_id?: string }>(page, '/api/active_tasks')).task_id;
    await expect.poll(running, { message: 'no job runs any more', timeout }).toBeUndefined();
}

/** Stops what runs on the server, and waits until it has ended. */
export async function stopJobs(page: Page): Promise<void> {
    const { task_id } = await ask<{ task_id?: string }>(page, '/api/active_tasks');
    if (task_id) await page.request.post(`/api/cancel/${task_id}`);
    await expectIdle(page);
}

/** The library shows what was found for these words, and no longer what it showed before. */
export async function expectFound(page: Page, words: string): Promise<void> {
    await expect(page.getByRole('status').filter({ hasText: `for “${words}”` })).toBeVisible();
}

export function position(page: Page): Promise<number> {
    return page.evaluate(() => document.querySelector('audio')!.currentTime);
}

/** Sound comes out, or at least time passes in it. A track that has just been changed starts again from its beginning. */
export async function expectPlaying(page: Page): Promise<void> {
    let last = await position(page);
    let passed = 0;
    const advance = async () => {
        const now = await position(page);
        passed = now < last ? 0 : passed + now - last;
        last = now;
        return passed;
    };
    await expect.poll(advance, { message: 'the position in the track goes on', timeout: 30_000 }).toBeGreaterThan(0.3);
}

/** Red, green, blue and alpha of each pixel of a picture. */
export async function pixels(page: Page, picture: string): Promise<Uint8Array> {
    const bytes = await page.evaluate(async (base64) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const pen = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height }).getContext('2d')!;
        pen.drawImage(image, 0, 0);
        const { data } = pen.getImageData(0, 0, image.width, image.height);
        return btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''));
    }, picture);
    return Buffer.from(bytes, 'base64');
}
