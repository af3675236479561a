// The page without a mouse.

import { expect, test } from '@playwright/test';
import { expectFound, expectPlaying, heardTracks } from './support';

test('search, move, play, similar, add and help by keys', async ({ page }) => {
    const [wanted] = await heardTracks(page);
    await page.goto('/');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Your music');
    await page.keyboard.press('/');
    const search = page.getByRole('searchbox');
    await expect(search).toBeFocused();
    await page.keyboard.type(wanted.author);
    await expect(page).toHaveURL(/q=/);
    await expectFound(page, wanted.author);
    await page.keyboard.press('Escape');

    await page.keyboard.press('j');
    const list = page.getByRole('list', { name: 'Tracks' });
    await expect(list.locator('[data-row-play]').nth(0)).toBeFocused();
    await page.keyboard.press('j');
    await expect(list.locator('[data-row-play]').nth(1)).toBeFocused();
    await page.keyboard.press('k');
    await expect(list.locator('[data-row-play]').nth(0)).toBeFocused();

    await page.keyboard.press('Enter');
    await expectPlaying(page);
    await page.keyboard.press(' ');
    await expect.poll(() => page.evaluate(() => document.querySelector('audio')!.paused)).toBe(true);

    await page.keyboard.press('s');
    const dock = page.getByRole('complementary');
    await expect(dock.getByRole('heading', { name: /^Like / })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(dock).toBeHidden();
    await expect(list.locator('[data-row-play]').nth(0)).toBeFocused();

    await page.keyboard.press('a');
    const dialog = page.getByRole('dialog');
    await expect(dialog.getByRole('textbox')).toBeFocused();
    for (let i = 0; i < 12; i++) await page.keyboard.press('Tab');
    const inside = () => page.evaluate(() => document.activeElement === document.body || document.querySelector('dialog')!.contains(document.activeElement));
    expect(await inside(), 'the focus stays in the dialog').toBe(true);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();

    await expect(list.locator('[data-row-play]').nth(0)).toBeFocused();
    await page.keyboard.press('.');
    const menu = page.getByRole('menu');
    await expect(menu.getByRole('menuitem', { name: 'Play', exact: true })).toBeFocused();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    await page.keyboard.press('s');
    await expect(menu.getByRole('menuitem', { name: 'Similar' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(menu).toBeHidden();
    await expect(dock.getByRole('heading', { name: /^Like / })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(dock).toBeHidden();
    await page.keyboard.press('.');
    await page.keyboard.press('Escape');
    await expect(menu).toBeHidden();

    await page.keyboard.press('?');
    await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
});

test('keys are letters while one types', async ({ page }) => {
    await page.goto('/library');
    await page.getByRole('searchbox').click();
    await page.keyboard.type('jks a?');
    await expect(page.getByRole('searchbox')).toHaveValue('jks a?');
    await expect(page.getByRole('dialog')).toBeHidden();
});

test('the first stop of the tab key skips to the content', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('Your music');
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: 'Skip to the content' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.locator('#main')).toBeFocused();
});
