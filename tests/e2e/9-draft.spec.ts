// Playlists that a search has found and nobody has published: looked at, heard, renamed, thinned out, published or discarded. In order,
// and alone, as the playlists of the library are replaced.

import { expect, test, type Locator, type Page } from '@playwright/test';
import { ask, everyLook, expectAccessible, expectIdle, expectNoSidewaysScroll, expectPlaying, fitsTheNarrowestPhone, pixels, shot, stopJobs } from './support';

test.describe.configure({ mode: 'serial' });

interface DraftList {
    number: number;
    name: string;
    replaces: number | null;
    track_count: number;
    track_ids: string[];
    profile: { tempo_low: number; tempo_high: number };
    sample: { item_id: string; title: string; author: string }[];
}

interface Playlist {
    id: number;
    name: string;
    kind: string;
    updated_at: number;
    track_count: number;
}

const place = '/playlists/draft';
const few = { publish: false, clustering_runs: 60 };
/** as many runs as there may be, and no end before the last of them */
const endless = { publish: false, clustering_runs: 1_000_000, clustering_exploitation_start_fraction: 1 };

const draftOf = async (page: Page) => (await ask<{ draft: { task_id: string; lists: DraftList[] } | null }>(page, '/api/clustering/draft')).draft;
const automatic = async (page: Page) => (await ask<{ lists: Playlist[] }>(page, '/api/lists')).lists.filter((l) => l.kind === 'automatic');
const shown = (name: string) => name.replace(/_+/g, ', ');

async function start(page: Page, fields: object): Promise<void> {
    expect((await page.request.post('/api/clustering/start', { data: fields })).status()).toBe(202);
}

/** Has the server make a draft; returns its lists. */
async function makeDraft(page: Page): Promise<DraftList[]> {
    await start(page, few);
    await expectIdle(page);
    const draft = await draftOf(page);
    expect(draft!.lists.length, 'enough to rename, drop and keep').toBeGreaterThan(2);
    return draft!.lists;
}

async function forgetDraft(page: Page): Promise<void> {
    expect((await page.request.delete('/api/clustering/draft')).status()).toBe(204);
}

async function open(page: Page): Promise<Locator> {
    await page.goto(place);
    await expect(page.getByRole('heading', { level: 1, name: 'Playlists to look at' })).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
    return page.getByRole('list', { name: 'Playlists to look at' }).getByRole('article');
}

function publishButton(page: Page): Locator {
    return page.getByRole('region', { name: 'Publish' }).getByRole('button', { name: /^Publish/ });
}

/** How many pixels of the map have a colour ("#rrggbb"). */
async function onMap(page: Page, colour: string): Promise<number> {
    const clip = (await page.getByRole('application').boundingBox())!;
    const seen = await pixels(page, (await page.screenshot({ clip, animations: 'disabled' })).toString('base64'));
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.trim().slice(at, at + 2), 16));
    const near = (a: number, b: number) => Math.abs(a - b) <= 14;
    let n = 0;
    for (let i = 0; i < seen.length; i += 4) n += Number(near(seen[i], r) && near(seen[i + 1], g) && near(seen[i + 2], b));
    return n;
}

test.beforeAll(async ({ browser, baseURL }) => {
    const page = await browser.newPage({ baseURL });
    await stopJobs(page);
    await forgetDraft(page);
    await page.close();
});
test.afterAll(async ({ browser, baseURL }) => {
    const page = await browser.newPage({ baseURL });
    await stopJobs(page);
    await page.close();
});

test('without a draft the place teaches the next step', async ({ page }) => {
    await page.goto(place);
    await expect(page.getByRole('heading', { name: 'Nothing waits to be looked at' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Make playlists' })).toBeEnabled();
    await expectAccessible(page, 'no draft');
    await shot(page, 'draft-none-desktop-dark');
    await page.goto('/playlists');
    await expect(page.getByRole('button', { name: 'Make playlists' }).first()).toBeEnabled();
    await expect(page.getByRole('link', { name: /wait to be looked at/ })).toHaveCount(0);
});

test('what cannot be read says so, and is read again', async ({ page }) => {
    await page.route('**/api/clustering/draft', (route) => route.fulfill({ status: 500, json: { error: 'The disk is full.', error_code: 'io' } }));
    await page.goto(place);
    await expect(page.getByRole('heading', { name: 'What was found could not be read' })).toBeVisible();
    await expect(page.getByText('The disk is full.')).toBeVisible();
    await page.unroute('**/api/clustering/draft');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('heading', { name: 'Nothing waits to be looked at' })).toBeVisible();
});

test('a search leaves a draft and writes nothing', async ({ page }) => {
    const before = [await automatic(page), await ask<unknown>(page, '/api/playlists')];
    await page.goto(place);
    await page.getByRole('button', { name: 'Make playlists' }).click();
    await expect(publishButton(page)).toBeVisible({ timeout: 60_000 });
    await expectIdle(page);
    expect([await automatic(page), await ask<unknown>(page, '/api/playlists')]).toEqual(before);

    const { lists } = (await draftOf(page))!;
    const cards = await open(page);
    await expect(cards).toHaveCount(lists.length);
    for (const [i, list] of lists.entries()) {
        const card = cards.nth(i);
        await expect(card.getByRole('textbox')).toHaveValue(shown(list.name));
        await expect(card).toContainText(`${list.track_count} tracks`);
        const range = [list.profile.tempo_low, list.profile.tempo_high].map((bpm) => Math.round(bpm));
        await expect(card).toContainText(`${[...new Set(range)].join(' to ')} BPM`);
        await expect(card.getByRole('listitem')).toHaveCount(list.sample.length);
        await expect(card).toContainText(list.replaces !== null && (await automatic(page)).some((l) => l.id === list.replaces) ? 'In place of' : 'A new playlist');
    }
    const fate = page.getByRole('region', { name: 'Publish' });
    await expect(fate).toContainText('Your own lists stay.');
});

everyLook((size, theme) => {
    test('what was found', async ({ page }) => {
        await open(page);
        await expect(page.locator('canvas.points')).toHaveAttribute('data-whole', 'true');
        await expectNoSidewaysScroll(page, 'draft');
        await expectAccessible(page, `draft, ${size}, ${theme}`);
        await shot(page, `draft-${size}-${theme}`);
        await page.getByRole('application').scrollIntoViewIfNeeded();
        await shot(page, `draft-map-${size}-${theme}`);
    });

    test('the way to it', async ({ page }) => {
        await page.goto('/playlists');
        await expect(page.getByRole('link', { name: /wait to be looked at/ })).toBeVisible();
        await expectNoSidewaysScroll(page, 'playlists with a draft');
        await expectAccessible(page, `playlists with a draft, ${size}, ${theme}`);
        await shot(page, `playlists-draft-${size}-${theme}`);
    });
});

fitsTheNarrowestPhone(['draft'], async (page) => void (await open(page)), '.title, .skip, .name, .mark');

test('songs of a list are heard at once, and all of it', async ({ page }) => {
    const [list, other] = (await draftOf(page))!.lists;
    let reads = 0;
    page.on('request', (request) => (reads += Number(request.url().endsWith('/api/clustering/draft'))));
    const cards = await open(page);
    const bar = page.getByRole('region', { name: 'Player' });
    const song = list.sample[1];
    await cards.first().getByRole('button', { name: `Play ${song.title} by ${song.author}` }).first().click();
    await expectPlaying(page);
    await expect(bar).toContainText(song.title);
    await cards.first().getByRole('button', { name: `Pause ${song.title} by ${song.author}` }).first().click();
    await expect(bar.getByRole('button', { name: 'Play', exact: true })).toBeVisible();

    await cards.nth(1).getByRole('button', { name: `Play ${shown(other.name)}` }).click();
    await expectPlaying(page);
    const queue = await page.evaluate(() => JSON.parse(localStorage.getItem('audiomuse.queue')!).items.map((t: { item_id: string }) => t.item_id));
    expect(queue).toEqual(other.track_ids);

    await cards.first().getByRole('button', { name: `All ${list.track_count} tracks` }).click();
    await expect(cards.first().locator('[data-row]')).toHaveCount(list.track_count);
    await expect(cards.first().getByRole('button', { name: /^More for / })).toHaveCount(list.track_count);
    expect(reads, 'what nothing has changed is not read again').toBeLessThan(4);
    await expectAccessible(page, 'a list of a draft, open');
    await shot(page, 'draft-open-desktop-dark');
});

test('a list that one points at, or that has the focus, stands out on the map', async ({ page }) => {
    const cards = await open(page);
    await expect(page.locator('canvas.points')).toHaveAttribute('data-whole', 'true');
    const [other, own] = await Promise.all([0, 1].map((i) => cards.nth(i).evaluate((card) => getComputedStyle(card).getPropertyValue('--own'))));
    await expect.poll(() => onMap(page, other)).toBeGreaterThan(20);
    const others = await onMap(page, other);
    const standsOut = async () => {
        await expect.poll(() => onMap(page, other), 'the others stand back').toBeLessThan(others / 4);
        expect(await onMap(page, own)).toBeGreaterThan(20);
    };
    await cards.nth(1).hover();
    await standsOut();
    await page.mouse.move(2, 2);
    await expect.poll(() => onMap(page, other)).toBeGreaterThan(others / 2);
    await cards.nth(1).getByRole('textbox').focus();
    await standsOut();
});

test('a name is changed in place, and one that will not do is refused before it is sent', async ({ page }) => {
    const [first, second] = (await draftOf(page))!.lists;
    let sent = 0;
    await page.route('**/api/clustering/draft/publish', (route) => {
        sent++;
        return route.abort();
    });
    const cards = await open(page);
    const field = cards.first().getByRole('textbox');
    await field.fill('');
    await expect(cards.first().getByRole('alert')).toContainText('Give the list a name');
    await publishButton(page).click();
    await expect(field).toBeFocused();

    await field.fill(shown(second.name));
    await expect(cards.first().getByRole('alert')).toContainText('Another list has the name');
    await expect(cards.nth(1).getByRole('alert'), 'the other one is as it was found').toHaveCount(0);
    await publishButton(page).click();
    await expect(field).toBeFocused();
    await expectAccessible(page, 'a name that is taken');
    await shot(page, 'draft-name-desktop-dark');
    expect(sent).toBe(0);

    await field.press('Escape');
    await expect(field).toHaveValue(shown(first.name));
    await expect(cards.first().getByRole('alert')).toHaveCount(0);
});

test('what is changed is kept between visits and can be undone', async ({ page }) => {
    const { lists } = (await draftOf(page))!;
    const cards = await open(page);
    await cards.first().getByRole('textbox').fill('Sunday, late');
    await cards.first().getByRole('textbox').press('Enter');
    await cards.nth(1).getByRole('button', { name: /^Drop / }).click();
    await expect(publishButton(page)).toHaveText(`Publish ${lists.length - 1} playlists`);
    await expect(cards.nth(1).getByRole('listitem')).toHaveCount(0);
    await shot(page, 'draft-dropped-desktop-dark');
    await page.reload();
    await expect(cards.first().getByRole('textbox')).toHaveValue('Sunday, late');
    await cards.nth(1).getByRole('button', { name: `Keep ${shown(lists[1].name)}` }).click();
    await expect(cards.nth(1).getByRole('textbox')).toHaveValue(shown(lists[1].name));
    await expect(publishButton(page)).toHaveText(`Publish ${lists.length} playlists`);
    for (const i of lists.keys()) await cards.nth(i).getByRole('button', { name: /^Drop / }).click();
    await expect(publishButton(page)).toBeDisabled();
    for (const i of lists.keys()) await cards.nth(i).getByRole('button', { name: /^Keep / }).click();
});

test('publishing makes exactly the lists that are kept', async ({ page }) => {
    const before = await automatic(page);
    const { lists } = (await draftOf(page))!;
    const cards = await open(page);
    await cards.first().getByRole('textbox').fill('Sunday, late');
    await cards.nth(1).getByRole('button', { name: /^Drop / }).click();
    expect(await automatic(page), 'nothing is written yet').toEqual(before);
    await publishButton(page).click();
    await expect(page).toHaveURL(/\/playlists$/);

    const kept = lists.filter((_, i) => i !== 1);
    const names = ['Sunday, late', ...kept.slice(1).map((l) => l.name)];
    const found = page.getByRole('list', { name: 'Found in your library' });
    await expect(found.getByRole('listitem')).toHaveCount(kept.length);
    for (const name of names) await expect(found.getByRole('heading', { name: shown(name), exact: true })).toBeVisible();
    const there = await ask<Record<string, { item_id: string }[]>>(page, '/api/playlists');
    expect(Object.keys(there).sort()).toEqual(names.map((name) => `${name}_automatic`).sort());
    expect(there['Sunday, late_automatic'].map((t) => t.item_id)).toEqual(lists[0].track_ids);
    const after = await automatic(page);
    for (const list of kept.filter((l) => before.some((b) => b.id === l.replaces))) expect(after.map((l) => l.id), 'it is still the same playlist').toContain(list.replaces);
    expect(await draftOf(page)).toBeNull();
    await expect(page.getByRole('link', { name: /wait to be looked at/ })).toHaveCount(0);
});

test('lists that are still the same say whose place they take', async ({ page }) => {
    const lists = await makeDraft(page);
    const playlists = await automatic(page);
    const again = lists.filter((l) => playlists.some((p) => p.id === l.replaces));
    expect(again.length).toBeGreaterThan(0);
    const cards = await open(page);
    for (const list of again) {
        const { name } = playlists.find((p) => p.id === list.replaces)!;
        await expect(cards.nth(lists.indexOf(list))).toContainText(`In place of ${name === list.name ? 'the one you have' : shown(name)}`);
    }
    await expect(page.getByRole('region', { name: 'Publish' })).toContainText(`${again.length} in place of earlier ones`);
    await shot(page, 'draft-again-desktop-dark');
});

test('a draft that a newer one has replaced is not published', async ({ page }) => {
    await makeDraft(page);
    const before = await automatic(page);
    // this page does not hear of it
    await page.route('**/api/events', (route) => route.abort());
    const cards = await open(page);
    await cards.first().getByRole('textbox').fill('Of the old draft');
    const lists = await makeDraft(page);
    await publishButton(page).click();
    await expect(page.getByRole('alert').filter({ hasText: 'A newer search has taken the place of these playlists' })).toBeVisible();
    await expect(cards.first().getByRole('textbox')).toHaveValue(shown(lists[0].name));
    await expect(cards).toHaveCount(lists.length);
    expect(await automatic(page)).toEqual(before);
    await shot(page, 'draft-newer-desktop-dark');
});

test('what goes wrong on a media server is said', async ({ page }) => {
    const problem = 'Not all playlists are on Attic: The server cannot be reached.';
    await page.route('**/api/clustering/draft/publish', (route) => route.fulfill({ json: { playlists_created: 5, problem } }));
    await open(page);
    await publishButton(page).click();
    await expect(page.getByRole('alert').filter({ hasText: '5 playlists made, but not everywhere' })).toContainText(problem);
    await expectAccessible(page, 'published in part');
    await shot(page, 'draft-partly-desktop-dark');
    await page.getByRole('link', { name: 'See your playlists' }).click();
    await expect(page).toHaveURL(/\/playlists$/);
});

test('what the server refuses is said, and nothing is lost', async ({ page }) => {
    await page.route('**/api/clustering/draft/publish', (route) => route.fulfill({ status: 503, json: { error: 'Too many requests wait for media servers. Try again.', error_code: 'unavailable' } }));
    const cards = await open(page);
    await cards.first().getByRole('textbox').fill('Kept all the same');
    await publishButton(page).click();
    await expect(page.getByRole('region', { name: 'Publish' }).getByRole('alert')).toContainText('Too many requests');
    await expect(cards.first().getByRole('textbox')).toHaveValue('Kept all the same');
    await expect(publishButton(page)).toBeEnabled();
});

test('all of it is discarded when that is meant', async ({ page }) => {
    const before = await automatic(page);
    await open(page);
    await page.getByRole('button', { name: 'Discard all' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('button', { name: 'Keep looking' })).toBeFocused();
    await expectAccessible(page, 'discarding a draft');
    await dialog.getByRole('button', { name: 'Keep looking' }).click();
    expect(await draftOf(page)).not.toBeNull();
    await page.getByRole('button', { name: 'Discard all' }).click();
    await dialog.getByRole('button', { name: 'Discard all' }).click();
    await expect(page).toHaveURL(/\/playlists$/);
    expect(await draftOf(page)).toBeNull();
    expect(await automatic(page)).toEqual(before);
});

test('a search that is stopped leaves its best, which can be heard before', async ({ page }) => {
    const before = await automatic(page);
    await start(page, endless);
    await page.goto(place);
    await expect(page.getByRole('heading', { level: 1, name: 'The best so far' })).toBeVisible();
    const cards = page.getByRole('list', { name: 'Playlists to look at' }).getByRole('article');
    await expect(cards.nth(2)).toBeVisible();
    await expect(page.getByRole('progressbar', { name: 'Making playlists' })).toBeVisible();
    await expect(page.getByRole('textbox'), 'it may be another one in a moment').toHaveCount(0);
    await expect(publishButton(page)).toHaveCount(0);
    await cards.first().getByRole('button', { name: /^Play / }).nth(1).click();
    await expectPlaying(page);
    await expectAccessible(page, 'a draft while its search goes on');
    await shot(page, 'draft-searching-desktop-dark');

    await page.getByRole('navigation').getByRole('link', { name: 'Playlists' }).click();
    await expect(page.getByRole('link', { name: /The best so far: \d+ playlists/ })).toBeVisible();
    await shot(page, 'playlists-searching-desktop-dark');
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('link', { name: /\d+ playlists wait to be looked at/ })).toBeVisible({ timeout: 30_000 });
    await expectIdle(page);
    expect((await draftOf(page))!.lists.length).toBeGreaterThan(2);
    expect(await automatic(page)).toEqual(before);
    await page.getByRole('link', { name: /\d+ playlists wait to be looked at/ }).click();
    await expect(publishButton(page)).toBeEnabled();
});

test('who does not want to look has the playlists published at once', async ({ page }) => {
    const before = await automatic(page);
    await page.goto('/playlists');
    await page.getByRole('checkbox', { name: 'Publish at once' }).first().check();
    await page.getByRole('button', { name: 'Make playlists' }).first().click();
    await expect(page.getByText('Your playlists are ready.')).toBeVisible({ timeout: 60_000 });
    await expectIdle(page);
    expect(await draftOf(page)).toBeNull();
    const after = await automatic(page);
    expect(after.length).toBeGreaterThan(2);
    expect(Math.max(...after.map((l) => l.updated_at))).toBeGreaterThan(Math.max(...before.map((l) => l.updated_at)));
    await expect(page.getByRole('list', { name: 'Found in your library' }).getByRole('listitem')).toHaveCount(after.length);
});
