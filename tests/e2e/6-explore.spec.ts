// Explore and the artists: one tray of seeds, four ways to look at it, and doors that lead there from everything.

import { readFile } from 'node:fs/promises';
import { expect, test, type Page } from '@playwright/test';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, expectPlaying, fitsTheNarrowestPhone, heardTracks, shot, type Card } from './support';

/** A handful of heard tracks that sound as different as the library allows. */
async function unlike(page: Page): Promise<Card[]> {
    const tracks = (await heardTracks(page, 200)) as (Card & { energy: number })[];
    const byEnergy = [...tracks].sort((a, b) => a.energy - b.energy);
    return [byEnergy[0], byEnergy[Math.floor(byEnergy.length / 2)], byEnergy[byEnergy.length - 1]];
}

function results(page: Page) {
    return page.getByRole('region', { name: 'What comes of it' });
}

async function busiestArtist(page: Page): Promise<string> {
    const counts = new Map<string, number>();
    for (const t of await heardTracks(page, 200)) counts.set(t.author, (counts.get(t.author) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}

/** Lets one visit find plays to draw a fingerprint from. */
async function playSome(page: Page): Promise<void> {
    for (const t of (await heardTracks(page, 200)).slice(0, 8)) {
        const told = await page.request.post('/api/plays', { data: { item_id: t.item_id, completed: true } });
        expect(told.ok()).toBe(true);
    }
}

const song = (track: Card) => encodeURIComponent(`song:${track.item_id}`);

async function open(page: Page, place: string): Promise<void> {
    const [calm, middle, wild] = await unlike(page);
    if (place === 'fingerprint') await playSome(page);
    const paths: Record<string, string> = {
        explore: '/explore/similar',
        similar: `/explore/similar?plus=${song(calm)}`,
        path: `/explore/path?from=${calm.item_id}&via=${middle.item_id}&to=${wild.item_id}`,
        blend: `/explore/blend?plus=${song(calm)}&plus=${song(middle)}&minus=${song(wild)}`,
        fingerprint: '/explore/fingerprint',
        artists: '/artists',
        artist: `/artist/${encodeURIComponent(await busiestArtist(page))}`,
        album: `/album/${encodeURIComponent(middle.album)}`,
    };
    await page.goto(paths[place]);
    const ready: Record<string, string> = { explore: '.start', artists: '.card', artist: '[data-row]' };
    await expect(page.locator('main').locator(ready[place] ?? '[data-row]').first()).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
}

const places = ['explore', 'similar', 'path', 'blend', 'fingerprint', 'artists', 'artist', 'album'];

everyLook((size, theme) => {
    for (const place of places) {
        test(place, async ({ page }) => {
            await open(page, place);
            await expectNoSidewaysScroll(page, place);
            await expectAccessible(page, `${place}, ${size}, ${theme}`);
            await shot(page, `${place}-${size}-${theme}`);
        });
    }

    test('the doors and the filter', async ({ page }) => {
        await open(page, 'similar');
        await page.locator('main [data-row]').first().getByRole('button', { name: /^More for / }).click();
        await expect(page.getByRole('menuitem', { name: 'Play', exact: true })).toBeFocused();
        await expectAccessible(page, `the doors, ${size}, ${theme}`);
        await shot(page, `doors-${size}-${theme}`);
        await page.keyboard.press('Escape');
        await expect(page.getByRole('menu')).toBeHidden();
        await page.getByRole('button', { name: 'Filter', exact: true }).click();
        await expect(page.getByRole('dialog', { name: 'Filter' })).toBeVisible();
        await expectAccessible(page, `the filter, ${size}, ${theme}`);
        await shot(page, `filter-${size}-${theme}`);
    });
});

fitsTheNarrowestPhone(places, open, '.title, .skip, .mark');

test('a path is asked for from the doors of two tracks, played, and taken along', async ({ page }) => {
    const [calm, , wild] = await unlike(page);
    await page.goto(`/library?q=${encodeURIComponent(`${calm.title} ${calm.author}`)}`);
    await page.locator('main [data-row]').filter({ hasText: calm.title }).first().getByRole('button', { name: /^More for / }).click();
    await page.getByRole('menuitem', { name: 'Path from here' }).click();
    await expect(page).toHaveURL(/\/explore\/path\?from=/);
    await expect(page.getByRole('heading', { name: `From ${calm.title} to where?` })).toBeVisible();

    await page.getByRole('combobox', { name: 'To which song' }).fill(`${wild.title} ${wild.author}`);
    await page.getByRole('option').filter({ hasText: wild.title }).first().click();
    await expect(page.getByRole('heading', { level: 1, name: `${calm.title} to ${wild.title}` })).toBeVisible();
    const rows = results(page).locator('[data-row]');
    await expect(rows.first()).toContainText(calm.title);
    await expect(rows.last()).toContainText(wild.title);
    expect(await rows.count()).toBeGreaterThan(3);
    await expect(results(page).getByRole('img', { name: /^The path in/ })).toBeVisible();

    const waiting = page.waitForEvent('download');
    await results(page).getByRole('button', { name: 'Export M3U8' }).click();
    const text = await readFile(await (await waiting).path(), 'utf8');
    expect(text.match(/^#EXTINF:/gm)).toHaveLength(await rows.count());

    await results(page).getByRole('button', { name: 'Play all' }).click();
    await expectPlaying(page);
    await expect(page.getByRole('region', { name: 'Player' })).toContainText(calm.title);

    // the other way round
    await page.getByRole('button', { name: 'The other way round' }).click();
    await expect(page.getByRole('heading', { level: 1, name: `${wild.title} to ${calm.title}` })).toBeVisible();
    await expect(rows.first()).toContainText(wild.title);
});

test('the tray outlives every change of place, and the address brings it back', async ({ page }) => {
    const [calm, middle] = await unlike(page);
    await page.goto(`/library?q=${encodeURIComponent(`${calm.title} ${calm.author}`)}`);
    const row = page.locator('main [data-row]').filter({ hasText: calm.title }).first();
    await row.getByRole('button', { name: /^More for / }).click();
    await page.getByRole('menuitem', { name: 'Add to a blend' }).click();
    await expect(page.getByText(`“${calm.title}” is in the blend.`)).toBeVisible();
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Home' }).click();
    await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Explore' }).click();
    await page.getByRole('link', { name: 'Blend' }).click();
    const seeds = page.getByRole('list', { name: 'Seeds' });
    await expect(seeds.getByRole('listitem')).toHaveCount(1);

    await page.getByRole('combobox', { name: 'Add a seed' }).fill(`${middle.title} ${middle.author}`);
    await page.getByRole('option').filter({ hasText: middle.title }).first().click();
    await expect(seeds.getByRole('listitem')).toHaveCount(2);
    await expect(results(page).locator('[data-row]').first()).toBeVisible();
    await seeds.getByRole('button', { name: `Keep away from ${middle.title}` }).click();
    await expect(page).toHaveURL(/minus=song/);
    await expect(results(page).locator('[data-row]').first()).toBeVisible();

    const address = page.url();
    await page.evaluate(() => localStorage.clear());
    await page.goto(address);
    await expect(seeds.getByRole('listitem')).toHaveCount(2);
    await expect(seeds.getByRole('button', { name: `Look for ${middle.title}` })).toBeVisible();
    await seeds.getByRole('button', { name: `Take ${middle.title} out` }).click();
    await expect(seeds.getByRole('listitem')).toHaveCount(1);
    await expect(page).not.toHaveURL(/minus=/);
});

test('a blend is kept, made a radio, and started from again', async ({ page }) => {
    const [calm, middle] = await unlike(page);
    const name = `Kept ${Date.now()}`;
    await page.goto(`/explore/blend?plus=${song(calm)}&plus=${song(middle)}`);
    await expect(results(page).locator('[data-row]').first()).toBeVisible();
    await page.getByRole('button', { name: 'Keep this blend' }).click();
    const dialog = page.getByRole('dialog', { name: 'Keep this blend' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: '25 songs' }).click();
    await expectAccessible(page, 'keeping a blend');
    await dialog.getByRole('button', { name: 'Keep', exact: true }).click();
    await expect(dialog).toBeHidden();
    const playlist = page.getByRole('link', { name: `The playlist of ${name}` });
    await expect(playlist).toBeVisible();
    await shot(page, 'radio-desktop-dark');

    const radioOf = async () => (await ask<{ radios: { name: string; enabled: boolean; refreshed_at: number }[] }>(page, '/api/radios')).radios.find((r) => r.name === name)!;
    const row = page.getByRole('article', { name });
    const goes = row.getByRole('switch', { name: `Keep ${name} going` });
    await expect(goes).toBeChecked();
    await goes.click();
    await expect(goes).not.toBeChecked();
    await expect(row).toContainText('Paused');
    expect((await radioOf()).enabled).toBe(false);
    const { refreshed_at } = await radioOf();
    await page.request.post('/api/radios/run', { data: {} });
    expect((await radioOf()).refreshed_at, 'a radio that pauses is passed over').toBe(refreshed_at);
    await goes.click();
    await expect(goes).toBeChecked();
    await playlist.click();
    await expect(page).toHaveURL(/\/playlists\/\d+$/);
    await expect(page.locator('main [data-row]').first()).toBeVisible();
    await expect(page.getByRole('list', { name: `Issues of ${name}` }).getByRole('listitem')).toHaveCount(1);

    await page.goto('/explore/blend');
    await page.getByRole('combobox', { name: 'Add a seed' }).fill(name);
    await page.getByRole('option', { name: `${name} Anchor` }).click();
    await expect(page.getByRole('list', { name: 'Seeds' })).toContainText(name);
    await page.getByRole('button', { name: `Forget ${name}` }).click();
    await expect(page.getByRole('button', { name: `Forget ${name}` })).toBeHidden();
});

test('a fingerprint is made a radio that pauses and ends', async ({ page }) => {
    await open(page, 'fingerprint');
    await page.getByRole('button', { name: 'Make it a radio' }).click();
    const radio = page.getByRole('article', { name: 'Sonic fingerprint' });
    await expect(radio).toBeVisible();
    await expect(page.getByRole('button', { name: 'Make it a radio' })).toBeHidden();
    await expectAccessible(page, 'a fingerprint with its radio');
    await shot(page, 'fingerprint-radio-desktop-dark');
    await radio.getByRole('button', { name: 'Play Sonic fingerprint' }).click();
    await expectPlaying(page);
    await radio.getByRole('switch').click();
    await expect(radio).toContainText('Paused');
    await radio.getByRole('button', { name: 'End Sonic fingerprint' }).click();
    await expect(radio).toBeHidden();
    await expect(page.getByRole('button', { name: 'Make it a radio' })).toBeVisible();
});

test('a filter narrows what is found, stands in the address, and is taken away by its chip', async ({ page }) => {
    const [, middle] = await unlike(page);
    await page.goto(`/explore/similar?plus=${song(middle)}`);
    const rows = results(page).locator('[data-row]');
    await expect(rows.first()).toBeVisible();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    const sheet = page.getByRole('dialog', { name: 'Filter' });
    await sheet.getByRole('textbox', { name: 'Not these artists' }).fill(middle.author);
    await sheet.getByRole('group', { name: 'At most, per artist' }).getByRole('button', { name: '1', exact: true }).click();
    await expect(page).toHaveURL(/artist_not=/);
    await sheet.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(rows.filter({ hasText: middle.author })).toHaveCount(0);
    const by = () => results(page).locator('[data-row] .by').evaluateAll((all) => all.map((e) => e.textContent!.split(' · ')[0].trim()));
    await expect.poll(async () => new Set(await by()).size === (await by()).length, { message: 'no artist twice' }).toBe(true);

    await page.reload();
    await expect(page.getByRole('button', { name: `Without the filter No ${middle.author}` })).toBeVisible();
    await page.getByRole('button', { name: `Without the filter No ${middle.author}` }).click();
    await expect(page).not.toHaveURL(/artist_not=/);
});

test('what was found is put in order by sound, and back', async ({ page }) => {
    const [, middle] = await unlike(page);
    await page.goto(`/explore/similar?plus=${song(middle)}`);
    const titles = () => results(page).locator('[data-row] .title').allTextContents();
    await expect(results(page).locator('[data-row]').first()).toBeVisible();
    const found = await titles();
    await results(page).getByRole('button', { name: 'Order', exact: true }).click();
    const arcs = results(page).getByRole('group', { name: 'Order by sound' });
    await arcs.getByRole('button', { name: 'Rise' }).click();
    await expect(results(page).getByRole('img', { name: /^The tracks from first to last/ })).toBeVisible();
    const risen = await titles();
    expect([...risen].sort()).toEqual([...found].sort());
    await shot(page, 'order-desktop-dark');
    await arcs.getByRole('button', { name: 'As found' }).click();
    await expect.poll(titles).toEqual(found);
});

test('a playlist is put in order by sound: looked at, kept, and undone', async ({ page }) => {
    const tracks = await heardTracks(page, 12);
    const made = await page.request.post('/api/lists', { data: { name: `In order ${Date.now()}`, track_ids: tracks.map((t) => t.item_id) } });
    const { id } = (await made.json()) as { id: number };
    const saved = async () => (await ask<{ tracks: Card[] }>(page, `/api/lists/${id}`)).tracks.map((t) => t.item_id);
    const before = await saved();
    await page.goto(`/playlists/${id}`);
    await page.getByRole('button', { name: 'Order by sound' }).click();
    const panel = page.getByRole('region', { name: 'Order by sound' });
    await panel.getByRole('button', { name: 'Fall' }).click();
    await expect(panel.getByRole('button', { name: 'Keep this order' })).toBeEnabled();
    await expectAccessible(page, 'the order of a playlist');
    await shot(page, 'playlist-order-desktop-dark');
    expect(await saved(), 'looking changes nothing').toEqual(before);
    await panel.getByRole('button', { name: 'Keep this order' }).click();
    await expect(panel).toBeHidden();
    await expect.poll(saved).not.toEqual(before);
    expect([...(await saved())].sort()).toEqual([...before].sort());
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(saved).toEqual(before);
});

test('an artist leads to their albums, their tracks and those who sound alike', async ({ page }) => {
    const name = await busiestArtist(page);
    await page.goto('/artists');
    await page.getByRole('searchbox', { name: 'Find an artist' }).fill(name);
    await expect(page).toHaveURL(/q=/);
    await page.getByRole('list', { name: 'Artists' }).getByRole('link', { name }).first().click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
    await page.getByRole('main').getByRole('button', { name: 'Play', exact: true }).click();
    await expectPlaying(page);
    const alike = page.getByRole('list', { name: `Artists who sound like ${name}` });
    await expect(alike.getByRole('listitem').first()).toContainText(/\d+ %/);
    await alike.getByRole('link').first().click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeHidden();
    await expect(page.locator('main [data-row]').first()).toBeVisible();
    await page.getByRole('main').getByRole('link', { name: 'Blend' }).click();
    await expect(page).toHaveURL(/\/explore\/blend\?plus=artist/);
    await expect(results(page).locator('[data-row]').first()).toBeVisible();
});

test.describe('on a phone', () => {
    test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

    for (const place of ['path', 'blend']) {
        test(`what comes of a ${place} comes into view`, async ({ page }) => {
            await open(page, place);
            await expect(results(page).locator('[data-row]').first()).toBeInViewport();
        });
    }

    test('seeds are added one after the other, and what comes of them is a press away', async ({ page }) => {
        const [calm, middle, wild] = await unlike(page);
        await page.goto('/explore/blend');
        const field = page.getByRole('combobox', { name: 'Add a seed' });
        for (const seed of [calm, middle, wild]) {
            await field.fill(`${seed.title} ${seed.author}`);
            await page.getByRole('option').filter({ hasText: seed.title }).first().tap();
            await expect(page.getByRole('list', { name: 'Seeds' })).toContainText(seed.title);
            await expect(field).toBeInViewport();
        }
        await page.getByRole('button', { name: /^\d+ songs$/ }).tap();
        await expect(results(page).locator('[data-row]').first()).toBeInViewport();
    });
});

test.describe('in a narrow window', () => {
    test.use({ viewport: { width: 1060, height: 800 } });

    test('what was found has its tempo and key', async ({ page }) => {
        const [, middle] = await unlike(page);
        await page.goto(`/explore/similar?plus=${song(middle)}`);
        const row = results(page).locator('[data-row].tall').first();
        await expect(row).toBeVisible();
        for (let width = 860; width <= 1500; width += 40) {
            await page.setViewportSize({ width, height: 800 });
            const list = (await results(page).locator('.list').first().boundingBox())!.width;
            if (list < 700) continue;
            await expect(row.locator('.tempo'), `${Math.round(list)} pixels`).toBeVisible();
            await expect(row.locator('.key'), `${Math.round(list)} pixels`).toBeVisible();
            await expectNoSidewaysScroll(page, `similar at ${width}`);
        }
        await page.setViewportSize({ width: 1060, height: 800 });
        await shot(page, 'similar-1060-dark');
    });
});

test('half a track heard is told as a play, once', async ({ page }) => {
    const [calm] = await unlike(page);
    const told: string[] = [];
    page.on('request', (request) => {
        if (request.url().endsWith('/api/plays')) told.push(request.postData() ?? '');
    });
    await page.goto(`/library?q=${encodeURIComponent(`${calm.title} ${calm.author}`)}`);
    // time is what counts, not how fast it passes
    await page.evaluate(() => (document.querySelector('audio')!.defaultPlaybackRate = 4));
    await page.locator('main [data-row]').filter({ hasText: calm.title }).first().getByRole('button', { name: /^Play / }).click();
    await expect.poll(() => told.length, { timeout: 30_000 }).toBe(1);
    expect(JSON.parse(told[0])).toEqual({ item_id: calm.item_id, completed: true });
});

test('old addresses lead to the right place', async ({ page }) => {
    const [calm] = await unlike(page);
    const moved: [string, RegExp][] = [
        ['/similarity', /\/explore\/similar/],
        [`/similar/${encodeURIComponent(calm.item_id)}`, /\/explore\/similar\?plus=song/],
        ['/path', /\/explore\/path/],
        ['/alchemy', /\/explore\/blend/],
        ['/artist_similarity', /\/artists$/],
        ['/sonic_fingerprint', /\/explore\/fingerprint/],
        ['/analysis', /\/tasks$/],
        ['/chat/', /\/explore\/ask$/],
    ];
    for (const [old, now] of moved) {
        const answer = await page.goto(old);
        expect(answer?.status(), old).toBe(200);
        await expect(page).toHaveURL(now);
        await expect(page.getByRole('heading', { level: 1 })).toBeAttached();
        await expect(page.getByRole('heading', { name: 'Not here' })).toHaveCount(0);
    }
});
