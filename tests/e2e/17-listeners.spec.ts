// Two people of one household: lists, an account on the media server and hidden artists of one's own. On a server of its own.

import { expect, test, type APIRequestContext, type Page } from '@playwright/test';
import { startFakeSubsonic } from './fake_subsonic';
import { everyLook, expectAccessible, expectNoSidewaysScroll, program, shot, startServer } from './support';

test.skip(!program, 'AUDIOMUSE_PROGRAM names no program to start');

const people = { ada: 'correct horse', bo: 'battery staple' };
/** as the page says where a request comes from */
const own = { 'X-Requested-With': 'XMLHttpRequest' };

async function ok(answer: Awaited<ReturnType<APIRequestContext['get']>>): Promise<Record<string, unknown>> {
    expect(answer.ok(), `${answer.url()} answered ${answer.status()}: ${await answer.text()}`).toBe(true);
    return (await answer.json()) as Record<string, unknown>;
}

/** Ada looks after the server, Bo listens; the media server's tracks are known. Both contexts are signed in. */
async function household(ada: APIRequestContext, bo: APIRequestContext, url: string, music: string): Promise<void> {
    await ok(await ada.post(`${url}/api/auth/setup`, { headers: own, data: { user: 'Ada', password: people.ada } }));
    await ok(await ada.post(`${url}/api/users`, { headers: own, data: { username: 'Bo', password: people.bo, current_password: people.ada } }));
    await ok(await bo.post(`${url}/auth`, { headers: own, data: { user: 'Bo', password: people.bo } }));
    const creds = { url: music, user: 'anna', password: 'pa&ss wörd' };
    await ok(await ada.post(`${url}/api/servers`, { headers: own, data: { name: 'Home', server_type: 'navidrome', creds } }));
    const tracks = async () => ((await ok(await ada.get(`${url}/api/library/tracks`))) as { total: number }).total;
    await expect.poll(tracks, { message: 'the media server is listed', timeout: 60_000 }).toBe(15);
}

async function lists(page: Page, url: string): Promise<string[]> {
    return ((await ok(await page.request.get(`${url}/api/lists`))).lists as { name: string }[]).map((list) => list.name);
}

test('what Bo saves is Bo’s, here and on the media server', async ({ page, browser }) => {
    const music = await startFakeSubsonic();
    const { url, stop } = await startServer({ AUTH_ENABLED: 'true' }, []);
    const other = await browser.newContext();
    const bo = await other.newPage();
    try {
        await household(page.request, bo.request, url, music.url);

        await bo.goto(`${url}/settings`);
        const accounts = bo.getByRole('list', { name: 'Your media server accounts' });
        await expect(accounts).toContainText('not linked');
        await accounts.getByRole('button', { name: 'Link your account on Home' }).click();
        await bo.getByRole('button', { name: 'Link it' }).click();
        await expect(bo.getByRole('alert')).toHaveText('What is your name on Navidrome?');
        await bo.getByLabel('Your name there').fill('bo');
        await bo.getByLabel('Your password there').fill('wrong');
        await bo.getByRole('button', { name: 'Link it' }).click();
        await expect(bo.getByRole('alert')).toContainText(/password/i);
        await bo.getByLabel('Your password there').fill('bo there');
        await bo.getByRole('button', { name: 'Link it' }).click();
        await expect(accounts).toContainText('as bo');

        const made = { playlist_name: 'Night', track_ids: ['song-1-1', 'song-1-2'] };
        await ok(await bo.request.post(`${url}/api/create_playlist`, { headers: own, data: made }));
        expect(music.playlists.map(({ owner, name, songs }) => ({ owner, name, songs }))).toEqual([{ owner: 'bo', name: 'Night_instant', songs: made.track_ids }]);
        expect(await lists(bo, url)).toEqual(['Night_instant']);
        expect(await lists(page, url)).toEqual([]);
        await ok(await page.request.post(`${url}/api/create_playlist`, { headers: own, data: made }));
        expect(music.playlists.map(({ owner }) => owner), 'Ada has linked none').toEqual(['bo', 'anna']);

        // the page shows the same
        await bo.goto(`${url}/playlists`);
        await expect(bo.getByText('Night_instant').first()).toBeVisible();

        await bo.goto(`${url}/settings`);
        await bo.getByRole('button', { name: 'Unlink your account on Home' }).click();
        await expect(accounts).toContainText('not linked');
    } finally {
        await other.close();
        await stop();
        await music.stop();
    }
});

test('an artist who is never played, and is again', async ({ page, browser }) => {
    const music = await startFakeSubsonic();
    const { url, stop } = await startServer({ AUTH_ENABLED: 'true' }, []);
    const other = await browser.newContext();
    const bo = await other.newPage();
    try {
        await household(page.request, bo.request, url, music.url);
        const hidden = async (who: Page) => (await ok(await who.request.get(`${url}/api/account/hidden_artists`))).artists;
        // nothing has been listened to, so no artist has a page yet: this one is made up, and what is done on it is not
        const kites = { artist: 'The Paper Kites', artist_id: '1', tracks: [], analysed: 0, kinds: 0, total: 0, albums: [], similar: [] };
        await bo.route('**/api/library/artist?*', (route) => route.fulfill({ json: kites }));
        await bo.goto(`${url}/artist/${encodeURIComponent('The Paper Kites')}`);
        await bo.getByRole('button', { name: /more|What to do/i }).first().click();
        await bo.getByRole('menuitem', { name: 'Never play this artist' }).click();
        await expect(bo.getByText('You never play this artist.')).toBeVisible();
        expect(await hidden(bo)).toEqual(['The Paper Kites']);
        expect(await hidden(page), 'Ada still hears them').toEqual([]);
        const found = (await ok(await bo.request.get(`${url}/api/library/tracks?q=served`))) as { total: number };
        expect(found.total, 'the library has them all the same').toBe(15);
        await shot(bo, 'hidden-artist');

        await bo.goto(`${url}/settings`);
        const list = bo.getByRole('list', { name: 'Hidden artists' });
        await expect(list).toContainText('The Paper Kites');
        await list.getByRole('button', { name: 'Play The Paper Kites again' }).click();
        await expect(list).toBeHidden();
        expect(await hidden(bo)).toEqual([]);
        await bo.getByRole('button', { name: 'Undo' }).click();
        await expect(list).toContainText('The Paper Kites');
        expect(await hidden(bo)).toEqual(['The Paper Kites']);
    } finally {
        await other.close();
        await stop();
        await music.stop();
    }
});

everyLook((size, theme) => {
    test(`one’s own, ${size}, ${theme}`, async ({ page }) => {
        const music = await startFakeSubsonic();
        const { url, stop } = await startServer({ AUTH_ENABLED: 'true' });
        try {
            await ok(await page.request.post(`${url}/api/auth/setup`, { headers: own, data: { user: 'Ada', password: people.ada } }));
            const creds = { url: music.url, user: 'anna', password: 'pa&ss wörd' };
            await ok(await page.request.post(`${url}/api/servers`, { headers: own, data: { name: 'Home', server_type: 'navidrome', creds, sweep: false } }));
            await ok(await page.request.put(`${url}/api/account/hidden_artists`, { headers: own, data: { artist: 'The Paper Kites' } }));
            await page.goto(`${url}/settings`);
            await expect(page.getByRole('list', { name: 'Hidden artists' })).toBeVisible();
            await expect(page.getByRole('list', { name: 'Your media server accounts' })).toBeVisible();
            await expectAccessible(page, 'one’s own in the settings');
            await expectNoSidewaysScroll(page, 'one’s own in the settings');
            await page.getByRole('heading', { name: 'Your media server accounts' }).scrollIntoViewIfNeeded();
            await page.getByRole('heading', { name: 'Hidden artists' }).scrollIntoViewIfNeeded();
            await shot(page, `listeners-${size}-${theme}`);
            await page.getByRole('button', { name: 'Link your account on Home' }).click();
            await expectAccessible(page, 'the form of an account');
            await shot(page, `listeners-link-${size}-${theme}`);
        } finally {
            await stop();
            await music.stop();
        }
    });
});
