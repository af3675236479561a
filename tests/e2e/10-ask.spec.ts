// Music asked for in words: from the search to a list, how the words were understood, and the list without some of them.

import { expect, test, type Page } from '@playwright/test';
import { addressed, chips, rows } from './asking';
import { ask, everyLook, expectAccessible, expectFound, expectNoSidewaysScroll, expectPlaying, fitsTheNarrowestPhone, shot, type Card } from './support';

interface Asked {
    conditions: { kind: string; degree: string; value: string; words: string; state: string; note: string }[];
    not_understood: string[];
    message: string;
    tracks: Card[];
}

const request = 'jazz, no rock, 6 songs from the 90s, zzyzx';
const answerTo = (page: Page, words: string) => ask<Asked>(page, `/api/library/ask?${new URLSearchParams({ q: words })}`);
const askedNow = (page: Page) => new URL(page.url()).searchParams.get('q') ?? '';

const places: Record<string, { address: string; ready: string }> = {
    ask: { address: '/explore/ask', ready: '.examples a' },
    asked: { address: addressed(request), ready: '[data-row]' },
    'asked for what is not there': { address: addressed('jazz, no jazz'), ready: '.note' },
    'asked in unknown words': { address: addressed('zzyzx qwfp'), ready: '.note' },
    'a wish in the library': { address: '/library?q=calm+jazz', ready: '.wish' },
};

async function open(page: Page, place: string): Promise<void> {
    await page.goto(places[place].address);
    await expect(page.locator('main').locator(places[place].ready).first()).toBeVisible();
    await page.evaluate(() => document.fonts.ready);
}

everyLook((size, theme) => {
    for (const place of Object.keys(places)) {
        test(place, async ({ page }) => {
            await open(page, place);
            await expectNoSidewaysScroll(page, place);
            await expectAccessible(page, `${place}, ${size}, ${theme}`);
            await shot(page, `${place.replace(/ /g, '-')}-${size}-${theme}`);
        });
    }
});

fitsTheNarrowestPhone(Object.keys(places), open, '.title, .skip, .mark');

test('a wish in the search becomes a list that explains itself, is thinned out, played and saved', async ({ page }) => {
    let asked = 0;
    page.on('request', (r) => (asked += Number(r.url().includes('/api/library/ask'))));
    await page.goto('/library');
    await expect(page.locator('main [data-row]').first()).toBeVisible();
    await page.keyboard.press('/');
    await expect(page.getByRole('searchbox')).toBeFocused();
    await page.keyboard.type(request);
    await expect(page.getByRole('link', { name: `Make a list: “${request}”` })).toBeVisible();
    await expectFound(page, request);
    expect(asked, 'nothing is asked for while one types').toBe(0);
    await page.keyboard.press('Control+Enter');
    await expect(page).toHaveURL(/\/explore\/ask\?q=/);
    expect(askedNow(page)).toBe(request);

    const answer = await answerTo(page, request);
    expect(answer.conditions.map((c) => [c.kind, c.degree]), 'all kinds of states are there to be seen').toEqual([['genre', 'is'], ['genre', 'is_not'], ['count', 'is'], ['year', 'is']]);
    await expect(chips(page)).toHaveCount(answer.conditions.length);
    const signs = { met: 'Met', relaxed: 'In part', dropped: 'Left out' } as Record<string, string>;
    for (const [i, condition] of answer.conditions.entries()) {
        await expect(chips(page).nth(i)).toContainText(signs[condition.state]);
        await expect(chips(page).nth(i)).toContainText(condition.note);
    }
    await expect(chips(page).nth(1)).toContainText('No rock');
    await expect(chips(page).nth(3)).toContainText('1990 – 1999');
    await expect(page.getByRole('region', { name: 'How it was understood' })).toContainText('Not understood: “zzyzx”');
    await expect(rows(page)).toHaveCount(answer.tracks.length);

    await page.getByRole('button', { name: 'Without “from the 90s”' }).click();
    await expect(chips(page)).toHaveCount(answer.conditions.length - 1);
    await expect(page.getByRole('region', { name: 'How it was understood' })).toBeFocused();
    const rest = await answerTo(page, askedNow(page));
    expect(rest.conditions.map((c) => c.words)).toEqual(answer.conditions.slice(0, 3).map((c) => c.words));
    await expect(page.getByRole('textbox', { name: 'What would you like to hear?' })).toHaveValue(askedNow(page));
    await expect(rows(page)).toHaveCount(rest.tracks.length);
    expect(rest.tracks).toHaveLength(6);

    await page.getByRole('button', { name: 'Play all' }).click();
    await expectPlaying(page);
    const queue = await page.evaluate(() => JSON.parse(localStorage.getItem('audiomuse.queue')!).items.map((t: { item_id: string }) => t.item_id));
    expect(queue).toEqual(rest.tracks.map((t) => t.item_id));

    await page.getByRole('button', { name: 'Save as list' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('textbox')).toHaveValue(/^Jazz/);
    const name = `Asked for ${Date.now()}`;
    await dialog.getByRole('textbox').fill(name);
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    const saved = (await ask<{ lists: { id: number; name: string }[] }>(page, '/api/lists')).lists.find((l) => l.name === name)!;
    expect((await ask<{ tracks: Card[] }>(page, `/api/lists/${saved.id}`)).tracks.map((t) => t.item_id)).toEqual(queue);
    expect((await page.request.delete(`/api/lists/${saved.id}`)).ok()).toBe(true);

    await page.goBack();
    expect(askedNow(page), 'what was taken away is a step back').toBe(request);
    await expect(chips(page)).toHaveCount(answer.conditions.length);
});

test('what is not wanted stays unwanted without the first of it', async ({ page }) => {
    const words = 'no rock or jazz or folk, 5 songs';
    await page.goto(addressed(words));
    await expect(chips(page)).toHaveCount(4);
    await page.getByRole('button', { name: 'Without “rock”' }).click();
    await expect(chips(page)).toHaveCount(3);
    await expect(chips(page)).toContainText([/No jazz/, /No folk/, /5 songs/]);
    const left = await answerTo(page, askedNow(page));
    expect(left.conditions.map((c) => [c.kind, c.degree])).toEqual([['genre', 'is_not'], ['genre', 'is_not'], ['count', 'is']]);
    for (const word of ['folk', '5', 'jazz']) await page.getByRole('button', { name: `Without “${word}”` }).click();
    await expect(page.getByRole('list', { name: 'Requests to try' })).toBeVisible();
});

test('a word that no name has leads there by arrow and Enter, and one that names have does not', async ({ page }) => {
    await page.goto('/library');
    const field = page.getByRole('searchbox');
    const door = page.getByRole('link', { name: /^Make a list:/ });
    await field.fill('jazz');
    await expectFound(page, 'jazz');
    await expect(door).toBeHidden();
    await field.fill('qwfpgj');
    await expect(door).toBeVisible();
    await field.press('ArrowDown');
    await expect(door).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/explore\/ask\?q=qwfpgj/);
    await expect(page.getByText('None of these words is understood.')).toBeVisible();
    await expect(page.getByRole('list', { name: 'Requests to try' }).getByRole('link')).toHaveCount(6);
});

test('the examples are understood entirely, and the words can be changed', async ({ page }) => {
    await page.goto('/explore/ask');
    const examples = page.getByRole('list', { name: 'Requests to try' }).getByRole('link');
    await expect(examples).toHaveCount(6);
    // the test double understands less
    if (process.env.AUDIOMUSE_URL) {
        await expect(examples.last()).toContainText('Like ');
        for (const words of await examples.allTextContents()) expect((await answerTo(page, words)).not_understood, words).toEqual([]);
    }
    const first = (await examples.first().textContent())!;
    await examples.first().click();
    const field = page.getByRole('textbox', { name: 'What would you like to hear?' });
    await expect(field).toHaveValue(first);
    await expect(chips(page).first()).toBeVisible();
    await field.fill('2 songs, jazz');
    await field.press('Enter');
    await expect(page).toHaveURL(/q=2\+songs/);
    await expect(rows(page)).toHaveCount(2);
});

test('what goes wrong is said, and can be tried again', async ({ page }) => {
    const problem = 'Another analysis is being read. Try again.';
    await page.route('**/api/library/ask?*', (route) => route.fulfill({ status: 503, json: { error: problem, error_code: 'unavailable' } }));
    await page.goto(addressed('jazz'));
    await expect(page.getByRole('alert')).toContainText(problem);
    await page.unroute('**/api/library/ask?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(rows(page).first()).toBeVisible();
});

test('what the library is narrowed down to holds for the list as well', async ({ page }) => {
    await page.goto('/library?q=jazz+songs&year_from=1900&year_to=1901');
    await page.getByRole('link', { name: /^Make a list:/ }).click();
    await expect(page).toHaveURL(/year_to=1901/);
    await expect(page.getByText('No track of the library fits.')).toBeVisible();
    await page.getByRole('button', { name: 'Without the filter 1900 – 1901' }).click();
    await expect(rows(page).first()).toBeVisible();
});
