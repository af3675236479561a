// The first evening with AudioMuse, from a library nobody has listened to yet to an exported list. In order: each step needs the ones
// before it.

import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { ask, expectAccessible, expectFound, expectIdle, expectPlaying, heardTracks, position, shot, stopJobs, type Card } from './support';

test.describe.configure({ mode: 'serial' });

const listName = `Evening ${new Date().toISOString().slice(11, 19)}`;

function rows(page: Page) {
    return page.locator('main [data-row]');
}

// whatever failed, the next visitors find a server at rest
test.afterAll(async ({ browser, baseURL }) => {
    const page = await browser.newPage({ baseURL });
    await stopJobs(page);
    await page.close();
});

test('an unheard library says what to do next', async ({ page }) => {
    const { coverage } = await ask<{ coverage: { analysed: number } }>(page, '/api/library/summary');
    test.skip(coverage.analysed > 0, 'this library has been listened to already');
    await page.goto('/');
    await expect(page.getByRole('button', { name: 'Listen to my library' })).toBeEnabled();
    await expectAccessible(page, 'home before the first analysis');
    await shot(page, 'home-unheard-desktop-dark');
    for (const place of ['library', 'artists', 'explore', 'map', 'playlists', 'tasks']) {
        await page.goto(`/${place}`);
        await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
        await page.waitForLoadState('load');
        await expectAccessible(page, `${place} before the first analysis`);
        await shot(page, `${place}-unheard-desktop-dark`);
    }
});

test('an analysis is started, and its progress arrives without a reload', async ({ page }) => {
    test.setTimeout(600_000);
    await page.goto('/');
    await page.evaluate(() => {
        const seen: number[] = [];
        Object.assign(window, { seen });
        const look = () => {
            const now = Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow') ?? -1);
            if (now >= 0 && now !== seen.at(-1)) seen.push(now);
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    await page.getByRole('button', { name: 'Listen to my library' }).click();
    const progress = page.getByRole('progressbar', { name: 'Listening to your library' });
    await expect(progress).toBeVisible();
    // from the record, as a fast machine may be done before one looks
    const steps = () => page.evaluate(() => (window as unknown as { seen: number[] }).seen);
    await expect.poll(async () => Math.max(-1, ...(await steps())), { timeout: 300_000 }).toBeGreaterThan(20);
    await shot(page, 'home-listening-desktop-dark');
    await expect(progress).toBeHidden({ timeout: 580_000 });

    const seen = await steps();
    expect(seen.length, 'the page was not reloaded and saw several steps').toBeGreaterThan(3);
    expect(seen, 'progress never goes back').toEqual([...seen].sort((a, b) => a - b));
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Your music is');
    const summary = await ask<{ coverage: { analysed: number; pending: number } }>(page, '/api/library/summary');
    expect(summary.coverage.analysed).toBeGreaterThan(10);
    expect(summary.coverage.pending).toBe(0);
    await expect(page.getByRole('list', { name: 'Styles' }).getByRole('button').first()).toBeVisible();
});

test('a track is searched, played, and plays on while one walks about', async ({ page }) => {
    const [wanted] = await heardTracks(page);
    await page.goto('/library');
    const words = `${wanted.title} ${wanted.author}`.toUpperCase();
    await page.getByRole('searchbox').fill(words);
    await expectFound(page, words);
    await expect(page).toHaveURL(/q=/);
    const row = rows(page).filter({ hasText: wanted.title }).filter({ hasText: wanted.author }).first();
    await expect(row).toBeVisible();
    await row.getByRole('button', { name: 'Play' }).click();
    await expectPlaying(page);
    const bar = page.getByRole('region', { name: 'Player' });
    await expect(bar).toContainText(wanted.title);

    await page.evaluate(() => Object.assign(document.querySelector('audio')!, { marked: true }));
    const before = await position(page);
    for (const place of ['Playlists', 'Tasks', 'Home', 'Explore']) await page.getByRole('navigation').getByRole('link', { name: place }).click();
    expect(await page.evaluate(() => (document.querySelector('audio') as unknown as { marked: boolean }).marked)).toBe(true);
    expect(await position(page)).toBeGreaterThanOrEqual(before);
    await expectPlaying(page);
    await bar.getByRole('slider', { name: 'Position' }).fill('12');
    await expect.poll(() => position(page)).toBeGreaterThanOrEqual(12);
    await bar.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(bar.getByRole('button', { name: 'Play', exact: true })).toBeVisible();
});

test('a search keeps its words and chips in the address', async ({ page }) => {
    await page.goto('/library');
    await page.getByRole('button', { name: 'Heard' }).click();
    await page.getByRole('searchbox').fill('zzz-no-such-music');
    await expect(page.getByRole('heading', { name: 'Nothing by that name' })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('searchbox')).toHaveValue('zzz-no-such-music');
    await expect(page.getByRole('button', { name: 'Heard' })).toHaveAttribute('aria-pressed', 'true');
    await page.getByRole('button', { name: 'Show everything' }).click();
    await expect(rows(page).first()).toBeVisible();
});

test('the queue goes on by itself with music alike', async ({ page }) => {
    const [wanted] = await heardTracks(page);
    await page.goto(`/similar/${encodeURIComponent(wanted.item_id)}`);
    await page.getByRole('main').getByRole('button', { name: `Play ${wanted.title}`, exact: true }).click();
    await expectPlaying(page);
    await page.getByRole('button', { name: 'Queue', exact: true }).click();
    const queue = page.getByRole('complementary', { name: 'Queue' });
    await expect(queue.getByRole('list', { name: 'Next' }).getByRole('listitem').first()).toBeVisible();
    const second = queue.getByRole('list', { name: 'Next' }).locator('[data-row]').nth(1);
    const title = (await second.getByRole('button', { name: /^About / }).textContent())!;
    await second.getByRole('button', { name: /^Remove / }).click();
    await page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Next', exact: true }).click();
    await expectPlaying(page);
    expect(title.length).toBeGreaterThan(0);
    await shot(page, 'queue-desktop-dark');
});

test('what is like a track opens beside it, leads on, and is saved as a list', async ({ page }) => {
    const [wanted] = await heardTracks(page);
    await page.goto(`/library?q=${encodeURIComponent(wanted.title)}`);
    await expectFound(page, wanted.title);
    await rows(page).filter({ hasText: wanted.author }).first().getByRole('button', { name: `Tracks like ${wanted.title}` }).click();
    const dock = page.getByRole('complementary');
    await expect(dock.getByRole('heading', { name: `Like ${wanted.title}` })).toBeVisible();
    await expect(dock.locator('[data-row]').first()).toContainText(/\d+ %/);
    const likes = (await dock.locator('[data-row] b').allTextContents()).map((t) => parseInt(t, 10));
    expect(likes.length).toBeGreaterThan(4);
    expect(likes, 'the nearest come first').toEqual([...likes].sort((a, b) => b - a));
    await shot(page, 'library-similar-desktop-dark');

    await dock.locator('[data-row]').first().getByRole('button', { name: /^Tracks like / }).click();
    await expect(dock.getByRole('list', { name: 'The way here' })).toBeVisible();
    await dock.getByRole('button', { name: 'Save as list' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('textbox')).toBeFocused();
    await expectAccessible(page, 'the dialog that adds to a list');
    await dialog.getByRole('textbox').fill(listName);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await expect(dialog).toBeHidden();
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: listName })).toBeVisible();
    await expect(rows(page).first()).toBeVisible();
});

test('the list is renamed, trimmed, put in another order and exported', async ({ page }) => {
    const { lists } = await ask<{ lists: { id: number; name: string }[] }>(page, '/api/lists');
    const { id } = lists.find((l) => l.name === listName)!;
    const saved = async () => (await ask<{ tracks: Card[] }>(page, `/api/lists/${id}`)).tracks;
    await page.goto(`/playlists/${id}`);

    await page.getByRole('button', { name: 'Rename' }).click();
    const name = `${listName}, later`;
    await page.getByRole('dialog').getByRole('textbox').fill(name);
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();

    const before = await saved();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('button', { name: /^Move / }).first().focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await saved())[1].item_id).toBe(before[0].item_id);
    await expect(page.getByRole('button', { name: /^Move / }).nth(1)).toBeFocused();

    const handle = (await page.getByRole('button', { name: /^Move / }).nth(2).boundingBox())!;
    await page.mouse.move(handle.x + 10, handle.y + 20);
    await page.mouse.down();
    await page.mouse.move(handle.x + 10, handle.y + 20 - 128, { steps: 6 });
    await page.mouse.up();
    await expect.poll(async () => (await saved())[0].item_id).toBe(before[2].item_id);

    await page.getByRole('button', { name: /^Remove / }).first().click();
    await expect.poll(async () => (await saved()).length).toBe(before.length - 1);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await saved()).length).toBe(before.length);
    await shot(page, 'playlist-edit-desktop-dark');
    await page.getByRole('button', { name: 'Done' }).click();

    const waiting = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export M3U8' }).click();
    const download = await waiting;
    const text = await readFile(await download.path(), 'utf8');
    expect(text.startsWith('#EXTM3U')).toBe(true);
    const now = await saved();
    expect(text.match(/^#EXTINF:/gm)).toHaveLength(now.length);
    expect(text).toContain(now[0].title);
    expect(text.split('\n').filter((line) => line && !line.startsWith('#'))).toHaveLength(now.length);
});

test('a track is added to a list that exists', async ({ page }) => {
    const { lists } = await ask<{ lists: { id: number; name: string; track_count: number }[] }>(page, '/api/lists');
    const list = lists.find((l) => l.name.startsWith(listName))!;
    await page.goto('/library');
    await rows(page).nth(3).getByRole('button', { name: /^More for / }).click();
    await page.getByRole('menuitem', { name: 'Add to list' }).click();
    await page.getByRole('dialog').getByRole('button', { name: list.name }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
    const after = await ask<{ tracks: Card[] }>(page, `/api/lists/${list.id}`);
    expect(after.tracks).toHaveLength(list.track_count + 1);
});

test('playlists are found, wait to be looked at, and appear when they are published', async ({ page }) => {
    test.setTimeout(600_000);
    const before = await ask<unknown>(page, '/api/playlists');
    await page.goto('/playlists');
    await page.evaluate(() => Object.assign(window, { stayed: true }));
    await page.getByRole('button', { name: 'Make playlists' }).first().click();
    const door = page.getByRole('link', { name: /\d+ playlists wait to be looked at/ });
    await expect(door).toBeVisible({ timeout: 580_000 });
    await expectIdle(page, 300_000);
    expect(await ask<unknown>(page, '/api/playlists'), 'nothing is written before somebody says so').toEqual(before);
    await door.click();
    const { draft } = await ask<{ draft: { lists: unknown[] } }>(page, '/api/clustering/draft');
    await page.getByRole('button', { name: `Publish ${draft.lists.length} playlists` }).click();
    await expect(page).toHaveURL(/\/playlists$/);
    const found = page.getByRole('list', { name: 'Found in your library' });
    await expect(found.getByRole('listitem')).toHaveCount(draft.lists.length);
    expect(draft.lists.length).toBeGreaterThan(2);
    expect(await page.evaluate(() => (window as unknown as { stayed: boolean }).stayed)).toBe(true);
    await found.getByRole('listitem').first().hover();
    await found.getByRole('button', { name: /^Play / }).first().click();
    await expectPlaying(page);
    await found.getByRole('link').first().click();
    await expect(rows(page).nth(2)).toBeVisible();
});

test('a job started elsewhere shows up, keeps others out, and can be stopped', async ({ page }) => {
    await expectIdle(page);
    await page.goto('/tasks');
    await expect(page.getByText('Nothing runs at the moment.')).toBeVisible();
    // half a minute on a fast machine: as many runs as there may be, and no end before the last of them
    const long = { data: { clustering_runs: 1_000_000, clustering_exploitation_start_fraction: 1 } };
    expect((await page.request.post('/api/clustering/start', long)).status()).toBe(202);
    await expect(page.getByRole('progressbar')).toBeVisible();
    expect((await page.request.post('/api/clustering/start', long)).status()).toBe(409);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('progressbar')).toBeHidden({ timeout: 30_000 });
    await expect(page.getByText('Nothing runs at the moment.')).toBeVisible();
    // the list of what ended is read anew after that: by its own words, as another row is on top until then
    const stopped = page.getByRole('group').filter({ hasText: 'Making playlists: Stopped' });
    await stopped.locator('summary').click();
    await expect(stopped).toHaveAttribute('open', '');
});

test('failures are named file by file and can be tried again', async ({ page }) => {
    const known = await ask<{ total: number; failures: { path: string; error: string }[] }>(page, '/api/library/failures');
    test.skip(known.total === 0, 'every file of this library could be read');
    await page.goto('/tasks');
    await expect(page.getByRole('heading', { name: new RegExp(`^${known.total} files? could not be read`) })).toBeVisible();
    await expect(page.getByText(known.failures[0].error)).toBeVisible();
    const count = async () => (await ask<{ tasks: unknown[] }>(page, '/api/tasks?limit=100')).tasks.length;
    const before = await count();
    await page.getByRole('listitem').filter({ hasText: known.failures[0].error }).getByRole('button', { name: /^Try .* again$/ }).click();
    await expect.poll(count).toBe(before + 1);
    await expectIdle(page, 300_000);
    await expect(page.getByText('Nothing runs at the moment.')).toBeVisible();
});
