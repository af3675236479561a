// Every place in both sizes and both themes: it can be used by everybody, nothing scrolls sideways, and it leaves a picture.

import { expect, test, type Page } from '@playwright/test';
import { ask, everyLook, expectAccessible, expectFound, expectNoSidewaysScroll, fitsTheNarrowestPhone, heardTracks, shot, type Card } from './support';

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

test('words of a song are found in its lyrics', async ({ page }) => {
    const line = 'the kettle starts to sing';
    const { tracks } = await ask<{ tracks: Card[] }>(page, `/api/library/lyrics?q=${encodeURIComponent(line)}`);
    expect(tracks.length).toBeGreaterThan(0);
    await page.goto(`/library?q=${encodeURIComponent(line)}`);
    const found = page.getByRole('region', { name: 'In the lyrics' });
    await expect(found.locator('[data-row]')).toHaveCount(tracks.length);
    await expect(found.getByText(`“${line},”`).first()).toBeVisible();
    await expectAccessible(page, 'songs found by their lyrics');
    await shot(page, 'library-lyrics-desktop-dark');
    await found.getByRole('button', { name: `Play ${tracks[0].title} by ${tracks[0].author}` }).click();
    await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();

    // where names have the words they come first
    await page.goto(`/library?q=${encodeURIComponent(tracks[0].title)}`);
    await expectFound(page, tracks[0].title);
    await expect(found.locator('[data-row]')).toHaveCount(0);
    await found.getByRole('button', { name: / in the lyrics$/ }).click();
    await expect(found.locator('[data-row]').first()).toBeVisible();
});

test('the library is narrowed down, and what is left is played and kept', async ({ page }) => {
    const heard = (await heardTracks(page, 200)) as (Card & { tempo: number })[];
    const middle = Math.round(heard.map((t) => t.tempo).sort((a, b) => a - b)[Math.floor(heard.length / 2)]);
    const { total } = await ask<{ total: number }>(page, `/api/library/tracks?tempo_from=${middle}&limit=1`);
    expect(total).toBeLessThan(heard.length);
    await page.goto('/library');
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    const sheet = page.getByRole('dialog', { name: 'Filter' });
    await expect(sheet.getByRole('group', { name: 'At most, per artist' }), 'rules of made lists mean nothing here').toHaveCount(0);
    await sheet.getByRole('spinbutton', { name: 'Tempo from' }).fill(String(middle));
    await expect(page).toHaveURL(new RegExp(`tempo_from=${middle}`));
    await sheet.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(page.getByRole('status').filter({ hasText: new RegExp(`^${total} tracks?$`) })).toBeVisible();
    await expectAccessible(page, 'a library narrowed down');
    await shot(page, 'library-filter-desktop-dark');
    const tempos = await page.locator('main [data-row] .tempo').allTextContents();
    expect(tempos.length).toBeGreaterThan(0);
    for (const tempo of tempos) expect(parseInt(tempo, 10)).toBeGreaterThanOrEqual(middle - 1);

    await page.reload();
    await expect(page.getByRole('button', { name: `Without the filter From ${middle} BPM` })).toBeVisible();
    await page.getByRole('button', { name: 'Play all of these' }).click();
    await expect(page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Save all of these as a list' }).click();
    await expect(page.getByRole('dialog').getByRole('textbox')).toHaveValue(`From ${middle} BPM`);
    await page.keyboard.press('Escape');

    await page.goto(`/library?tempo_from=${middle}&tempo_to=${middle}&year_to=1801`);
    await expect(page.getByRole('heading', { name: 'Nothing is left' })).toBeVisible();
    await shot(page, 'library-nothing-left-desktop-dark');
    await page.getByRole('button', { name: 'Take all filters away' }).click();
    await expect(page.locator('main [data-row]').first()).toBeVisible();
    await expect(page).toHaveURL(/\/library$/);
});

test('the theme can be chosen and is kept', async ({ page }) => {
    await open(page, 'home');
    await page.getByRole('navigation').getByRole('button', { name: 'Use the light theme' }).click();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
});
