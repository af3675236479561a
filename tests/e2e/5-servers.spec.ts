// Media servers: added, changed and removed in the settings, against a small Subsonic server. Last of all, as the tracks of a media server
// have other ids, and one by one.

import { createServer, type AddressInfo } from 'node:net';
import { expect, test, type Page } from '@playwright/test';
import { startFakeSubsonic, type FakeSubsonic } from './fake_subsonic';
import { ask, everyLook, expectAccessible, expectNoSidewaysScroll, shot, stopJobs } from './support';

test.describe.configure({ mode: 'serial' });

const password = 'pa&ss wörd';
let subsonic: FakeSubsonic;

interface Kept {
    server_id: string;
    name: string;
    server_type: string;
    creds: { password: string; libraries: string[]; path_map: { server: string; local: string }[] };
}

async function kept(page: Page): Promise<Kept[]> {
    const { servers } = await ask<{ servers: Kept[] }>(page, '/api/servers');
    return servers.filter((server) => server.server_type !== 'local');
}

async function removeAll(page: Page): Promise<void> {
    // a new server is read at once only when nothing else runs
    await stopJobs(page);
    for (const server of await kept(page)) await page.request.delete(`/api/servers/${server.server_id}`);
}

/** Opens the form for a new Subsonic server and fills it in. */
async function fillIn(page: Page, url: string, user = 'anna', secret = password): Promise<void> {
    await page.goto('/settings/servers/new');
    await page.getByRole('radio', { name: /Navidrome/ }).check({ force: true });
    await page.getByRole('textbox', { name: 'Address' }).fill(url);
    await page.getByRole('textbox', { name: 'User' }).fill(user);
    await page.getByLabel('Password', { exact: true }).fill(secret);
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    return port;
}

test.beforeAll(async () => {
    subsonic = await startFakeSubsonic();
});
test.afterAll(async ({ browser, baseURL }) => {
    const page = await browser.newPage({ baseURL });
    await removeAll(page);
    await page.close();
    await subsonic.stop();
});

test('settings without a media server invite to add one', async ({ page }) => {
    await removeAll(page);
    await page.goto('/');
    await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
    await page.getByRole('main').getByRole('link', { name: 'Add a server' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Add a music server' })).toBeVisible();
});

test('six mistakes give six sentences, each at its field', async ({ page }) => {
    const mistakes: { what: string; url: string; user?: string; secret?: string; field: string; says: RegExp }[] = [
        { what: 'no http', url: '127.0.0.1:4533', field: 'url', says: /must begin with http/ },
        { what: 'nobody there', url: `http://127.0.0.1:${await closedPort()}`, field: 'url', says: /./ },
        { what: 'a web page', url: `${subsonic.url}/page`, field: 'url', says: /path/ },
        { what: 'a wrong password', url: subsonic.url, secret: 'guess', field: 'password', says: /password/i },
        { what: 'a user without rights', url: subsonic.url, user: 'guest', secret: 'guest', field: 'user', says: /not let/ },
        { what: 'a user without music', url: subsonic.url, user: 'newcomer', secret: 'newcomer', field: 'libraries', says: /no music/ },
    ];
    const said = new Set<string>();
    for (const { what, url, user, secret, field, says } of mistakes) {
        await fillIn(page, url, user, secret);
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        const sentence = page.locator(`#server-${field}-problem`);
        await expect(sentence, what).toHaveText(says);
        await expect(page.locator(`#server-${field}`), what).toBeFocused();
        await expect(page.getByRole('main').getByRole('alert'), `${what}: one sentence only`).toHaveCount(1);
        said.add((await sentence.textContent())!);
        if (what === 'a wrong password') {
            await expect(page.getByRole('checkbox', { name: /Send the password itself/ })).not.toBeChecked();
            await expectAccessible(page, 'a refused password');
            await shot(page, 'server-refused-desktop-dark');
        }
    }
    expect(said.size).toBe(mistakes.length);
});

test('a server is tried, a library chosen, and it is in the list', async ({ page }) => {
    await fillIn(page, `${subsonic.url}/`);
    await page.getByLabel('Password', { exact: true }).press('Enter');
    await expect(page.getByText('paperdrome 0.9.1, as anna · 15 tracks')).toBeVisible();
    const libraries = page.getByRole('group', { name: 'Libraries' });
    await expect(libraries.getByRole('checkbox')).toHaveCount(2);
    await expect(libraries.getByRole('checkbox', { name: /Albums\s+12 tracks/ })).toBeChecked();
    await libraries.getByText('Spoken word').click();
    await expect(libraries.getByRole('checkbox', { name: /Spoken word\s+3 tracks/ })).not.toBeChecked();

    await page.getByRole('button', { name: 'Add a path' }).click();
    await page.getByRole('textbox', { name: 'Path 1 on the server' }).fill('/music');
    await page.getByRole('textbox', { name: 'Path 1 on this machine' }).fill('mnt/music');
    await page.getByRole('textbox', { name: 'Name' }).fill('Living room');
    await page.getByRole('button', { name: 'Add the server' }).click();
    await expect(page.locator('#server-path_map-problem')).toHaveText(/whole path/);
    await page.getByRole('textbox', { name: 'Path 1 on this machine' }).fill('/mnt/music');
    await page.getByRole('button', { name: 'Add the server' }).click();

    await expect(page).toHaveURL(/\/settings$/);
    const row = page.getByRole('list', { name: 'Music servers' }).getByRole('listitem').filter({ hasText: 'Living room' });
    await expect(row).toContainText(`Navidrome · ${subsonic.url}`);
    await expect(row).toContainText('Default');
    await expect(row, 'it is read at once').toContainText('12 tracks', { timeout: 60_000 });
    const [server] = await kept(page);
    expect(server.creds).toMatchObject({ password: '__unchanged__', libraries: ['1'], path_map: [{ server: '/music', local: '/mnt/music' }] });
});

test('a server is changed, and its password never reaches the page', async ({ page }) => {
    const [server] = await kept(page);
    await page.goto('/settings');
    await page.getByRole('link', { name: 'Edit Living room' }).click();
    await expect(page.getByText('paperdrome 0.9.1, as anna')).toBeVisible();
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    expect(await page.content()).not.toContain('__unchanged__');
    await expect(page.getByRole('checkbox', { name: /Albums/ })).toBeChecked();
    await expect(page.getByRole('checkbox', { name: /Spoken word/ })).not.toBeChecked();
    await page.getByRole('textbox', { name: 'Name' }).fill('Kitchen');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'Kitchen' })).toBeVisible();
    const again = await page.request.post('/api/servers/test', { data: { server_id: server.server_id } });
    expect(await again.json(), 'the password is still the right one').toMatchObject({ ok: true });
});

test('the form is filled in without a mouse', async ({ page }) => {
    await page.goto('/settings/servers/new');
    await page.getByRole('radio', { name: 'Jellyfin' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('radio', { name: /Navidrome/ })).toBeChecked();
    await page.keyboard.press('Tab');
    await page.keyboard.type(subsonic.url);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('anna');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await expect(page.getByText('paperdrome 0.9.1, as anna · 15 tracks')).toBeVisible();
});

everyLook((size, theme) => {
    test('the list and the form', async ({ page }) => {
        const viewport = page.viewportSize()!;
        await page.goto('/settings');
        await expect(page.getByRole('listitem').filter({ hasText: 'Kitchen' })).toBeVisible();
        await page.evaluate(() => document.fonts.ready);
        await expectNoSidewaysScroll(page, 'settings');
        await expectAccessible(page, `settings, ${size}, ${theme}`);
        await shot(page, `settings-${size}-${theme}`);

        await fillIn(page, subsonic.url);
        await expectAccessible(page, `a new server, ${size}, ${theme}`);
        await shot(page, `server-new-${size}-${theme}`);
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        await expect(page.getByRole('checkbox')).toHaveCount(2);
        await page.getByRole('button', { name: 'Add a path' }).click();
        await expectNoSidewaysScroll(page, 'a server that was tried');
        await expectAccessible(page, `a server that was tried, ${size}, ${theme}`);
        await page.setViewportSize({ width: viewport.width, height: await page.evaluate(() => document.documentElement.scrollHeight) });
        await shot(page, `server-tried-${size}-${theme}`);
        await page.setViewportSize(viewport);

        await page.goto('/settings');
        await page.getByRole('link', { name: 'Edit Kitchen' }).click();
        await expect(page.getByRole('checkbox')).toHaveCount(2);
        await expectAccessible(page, `a server that is kept, ${size}, ${theme}`);
        await shot(page, `server-edit-${size}-${theme}`);
    });
});

test.describe('the narrowest phone', () => {
    test.use({ viewport: { width: 360, height: 700 }, hasTouch: true });

    test('fits, and fingers hit', async ({ page }) => {
        for (const path of ['/settings', '/settings/servers/new']) {
            await page.goto(path);
            await expect(page.getByRole('main').getByText(/Kitchen|Address/).first()).toBeVisible();
            await expectNoSidewaysScroll(page, path);
            const small = await page.evaluate(() =>
                [...document.querySelectorAll('main button, main a, main label:has(input)')]
                    .map((e) => ({ e, box: e.getBoundingClientRect() }))
                    .filter(({ box }) => box.width > 0 && (box.height < 43.5 || box.width < 43.5))
                    .map(({ e }) => e.textContent?.trim()),
            );
            expect(small).toEqual([]);
        }
    });
});

test('a server is removed after a question', async ({ page }) => {
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Remove Kitchen' }).click();
    const question = page.getByRole('dialog', { name: 'Remove “Kitchen”?' });
    await expect(question).toContainText('Its 12 tracks leave AudioMuse. What was heard in its music is kept');
    await expectAccessible(page, 'the question before a server is removed');
    await shot(page, 'server-remove-desktop-dark');
    await question.getByRole('button', { name: 'Keep it' }).click();
    await expect(question).toBeHidden();
    expect(await kept(page)).toHaveLength(1);
    await page.getByRole('button', { name: 'Remove Kitchen' }).click();
    await question.getByRole('button', { name: 'Remove the server' }).click();
    await expect(page.getByRole('link', { name: 'Add a server' })).toBeVisible();
    expect(await kept(page)).toHaveLength(0);
});
