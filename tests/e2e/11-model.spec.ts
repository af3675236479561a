// Music asked for in words that a language model understands: who understood it, what was done, and the list without some of
// it. Against AUDIOMUSE_MODEL_URL: the program with stand_in_model.mjs in the place of Ollama, and a library listened to.

import { expect, test, type Page } from '@playwright/test';
import { addressed, chips, rows } from './asking';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, expectPlaying, fitsTheNarrowestPhone, shot, type Card } from './support';

const request = 'jazz for a rainy evening, no rock, 6 songs';
// what was asked before is not asked again
const looked = request.replace('6', '7');
const told = (page: Page) => page.getByRole('region', { name: 'How it was understood' });

const places: Record<string, { address: string; ready: string }> = {
    'a model to ask': { address: '/explore/ask', ready: '.choice' },
    'understood by a model': { address: addressed(looked), ready: '[data-row]' },
    'a model that is slow': { address: addressed('jazz, slowly'), ready: '.asking' },
    'a model that fails': { address: addressed('jazz nonsense'), ready: '[data-row]' },
};

async function open(page: Page, place: string): Promise<void> {
    await page.goto(places[place].address);
    await expect(page.locator('main').locator(places[place].ready).first()).toBeVisible();
    if (place !== 'a model that is slow') for (const done of await page.locator('details summary').all()) await done.click();
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

test('a request is understood by the model, explained, thinned out, played and saved', async ({ page }) => {
    await page.goto(addressed(request));
    await expect(told(page)).toContainText('Understood by llama3.1:8b of Ollama');
    await expect(chips(page)).toContainText([/Jazz/, /Not high in energy/, /No rock/, /6 songs/]);
    await expect(rows(page)).toHaveCount(6);
    await told(page).getByText('What was done').click();
    await expect(told(page).getByRole('list').last()).toContainText('Asking llama3.1:8b of Ollama ...');
    await expect(told(page).getByRole('list').last()).toContainText('The library has no song');

    const energy = (await chips(page).nth(1).locator('b').textContent())!;
    await page.getByRole('button', { name: `Without “${energy}”` }).click();
    await expect(chips(page)).toHaveCount(3);
    await expect(told(page)).toBeFocused();
    await expect(told(page)).toContainText('Understood by llama3.1:8b of Ollama');
    expect(new URL(page.url()).searchParams.getAll('without')).toHaveLength(1);
    await page.goBack();
    await expect(chips(page)).toHaveCount(4);
    await page.goForward();
    await expect(chips(page)).toHaveCount(3);
    await page.getByRole('link', { name: 'With all conditions again' }).click();
    await expect(chips(page)).toHaveCount(4);

    await page.getByRole('button', { name: 'Play all' }).click();
    await expectPlaying(page);
    const queue = await page.evaluate(() => JSON.parse(localStorage.getItem('audiomuse.queue')!).items.map((t: { item_id: string }) => t.item_id));
    expect(queue).toHaveLength(6);
    await page.getByRole('button', { name: 'Save as list' }).click();
    const dialog = page.getByRole('dialog');
    const name = `By a model ${Date.now()}`;
    await dialog.getByRole('textbox').fill(name);
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    const saved = (await ask<{ lists: { id: number; name: string }[] }>(page, '/api/lists')).lists.find((l) => l.name === name)!;
    expect((await ask<{ tracks: Card[] }>(page, `/api/lists/${saved.id}`)).tracks.map((t) => t.item_id)).toEqual(queue);
    expect((await page.request.delete(`/api/lists/${saved.id}`)).ok()).toBe(true);
});

test('when the model answers nonsense the rules take over and say why, and go on with what they understood', async ({ page }) => {
    await page.goto(addressed('jazz nonsense, 3 songs'));
    await expect(told(page)).toContainText('Understood by the rules. The answers of llama3.1:8b of Ollama could not be used.');
    await expect(rows(page)).toHaveCount(3);
    await page.getByRole('button', { name: 'Without “3”' }).click();
    await expect(chips(page)).toHaveCount(1);
    await expect(page.getByRole('checkbox', { name: /^Rules only/ })).toBeChecked();
    await expect(rows(page).nth(3)).toBeVisible();
});

test('a model that is slow can be stopped, asked again, and done without', async ({ page }) => {
    await page.goto(addressed('jazz, slowly'));
    await expect(page.getByRole('status').filter({ hasText: 'Asking llama3.1:8b of Ollama ...' })).toBeVisible();
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByText('llama3.1:8b is no longer asked.')).toBeVisible();
    await page.getByRole('button', { name: 'Ask again' }).click();
    await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
    await page.getByRole('link', { name: 'By the rules instead' }).click();
    await expect(rows(page).first()).toBeVisible();
    await expect(page.getByRole('checkbox', { name: /^Rules only/ })).toBeChecked();
    await expect(told(page)).not.toContainText('Understood by');
});

test('one may want the rules only, and keeps wanting them', async ({ page }) => {
    let streamed = 0;
    page.on('request', (r) => (streamed += Number(r.url().includes('/ask/stream'))));
    await page.goto('/explore/ask');
    const rulesOnly = page.getByRole('checkbox', { name: /^Rules only/ });
    await rulesOnly.check();
    await expect(page).toHaveURL(/by=rules/);
    const field = page.getByRole('textbox', { name: 'What would you like to hear?' });
    await field.fill('2 songs, jazz');
    await field.press('Enter');
    await expect(rows(page)).toHaveCount(2);
    expect(streamed).toBe(0);
    await rulesOnly.uncheck();
    await expect(told(page)).toContainText('Understood by llama3.1:8b of Ollama');
    expect(streamed).toBe(1);
    await expect(rows(page)).toHaveCount(2);
});
