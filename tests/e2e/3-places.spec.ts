// Every place in both sizes and both themes: it can be used by everybody, nothing scrolls sideways, and it leaves a picture.

import { expect, test, type Page } from '@playwright/test';
import { ask, everyLook, expectAccessible, expectFound, expectNoSidewaysScroll, fitsTheNarrowestPhone, heardTracks, shot } from './support';

/** Opens a place and waits until what it is about is there. */
async function open(page: Page, place: string): Promise<void> {
    const tracks = await heardTracks(page, 12);
    const { lists } = await ask<{ lists: { id: number; kind: string }[] }>(page, '/api/lists');
    if (!lists.length) {
        const made = await page.request.post('/api/lists', { data: { name: 'A dozen', track_ids: tracks.map((t) => t.item_id) } });
        lists.push((await made.json()) as { id: number; kind: string });
    }
    const paths: Record<string, string> = {
        home: '/',
        library: '/library',
        playlists: '/playlists',
        playlist: `/playlists/${(lists.find((l) => l.kind === 'automatic') ?? lists[0]).id}`,
        tasks: '/tasks',
        settings: '/settings',
        'server-new': '/settings/servers/new',
        nowhere: '/no/such/place',
    };
    await page.goto(paths[place]);
    const ready: Record<string, string> = {
        home: '.albums li',
        library: '[data-row]',
        playlists: '.card',
        playlist: '[data-row]',
        tasks: 'details, .note',
        settings: '.note',
        'server-new': 'form',
        nowhere: '.note',
    };
    await expect(page.locator('main').locator(ready[place]).first()).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
}

const places = ['home', 'library', 'playlists', 'playlist', 'tasks', 'settings', 'server-new', 'nowhere'];

everyLook((size, theme) => {
    for (const place of places) {
        test(place, async ({ page }) => {
            await open(page, place);
            await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
            await expectNoSidewaysScroll(page, place);
            await expectAccessible(page, `${place}, ${size}, ${theme}`);
            await shot(page, `${place}-${size}-${theme}`);
        });
    }

    test('while music plays', async ({ page }) => {
        await open(page, 'library');
        await page.locator('main [data-row-play]').nth(1).click();
        await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
        if (size === 'phone') {
            await page.getByRole('button', { name: 'Open the player' }).click();
            await expect(page.getByRole('dialog', { name: 'Now playing' })).toBeVisible();
        } else {
            await page.locator('main [data-row]').nth(1).getByRole('button', { name: /^About / }).click();
            await expect(page.getByRole('list', { name: 'Sounds like' })).toBeVisible();
        }
        await expectAccessible(page, `player, ${size}, ${theme}`);
        await shot(page, `player-${size}-${theme}`);
    });

    test('help', async ({ page }) => {
        await open(page, 'home');
        await page.keyboard.press('?');
        await expect(page.getByRole('dialog')).toBeVisible();
        await expectAccessible(page, `help, ${size}, ${theme}`);
        await shot(page, `help-${size}-${theme}`);
    });
});

fitsTheNarrowestPhone(places, open, '.title, .skip, .name, .mark');

test('a track says what was heard of it, and doubts only what is doubtful', async ({ page }) => {
    const [{ item_id, title }] = await heardTracks(page, 1);
    const known = await ask<{ tempo_confidence: number; key_confidence: number; decode_settings: string }>(page, `/api/library/tracks/${item_id}`);
    await page.goto(`/library?q=${encodeURIComponent(title)}`);
    await expectFound(page, title);
    await page.getByRole('button', { name: `About ${title}`, exact: true }).first().click();
    await expect(page.getByText(known.decode_settings)).toBeVisible();
    const doubts = [known.tempo_confidence, known.key_confidence].filter((confidence) => confidence < 0.5).length;
    await expect(page.getByText('unsure', { exact: true })).toHaveCount(doubts);
    await expectAccessible(page, 'a track in full');
});

test('the theme can be chosen and is kept', async ({ page }) => {
    await open(page, 'home');
    await page.getByRole('navigation').getByRole('button', { name: 'Use the light theme' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});
