// Behind a proxy: nginx serves the program under a path that it takes off, and under one that it leaves on. The page, the API, the
// events, the documentation and the streams must work under each.

import { expect, test } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heardTracks } from './support';

const nginx = '/usr/sbin/nginx';
const upstream = process.env.AUDIOMUSE_URL ?? '';

test.skip(!upstream || !existsSync(nginx), 'no nginx, or no program behind it');

function freePort(): Promise<number> {
    return new Promise((found) => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address() as { port: number };
            server.close(() => found(port));
        });
    });
}

const configuration = (folder: string, port: number) => `
daemon off;
error_log ${folder}/error.log;
pid ${folder}/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path ${folder}/body;
    proxy_temp_path ${folder}/proxy;
    fastcgi_temp_path ${folder}/fastcgi;
    uwsgi_temp_path ${folder}/uwsgi;
    scgi_temp_path ${folder}/scgi;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    server {
        listen 127.0.0.1:${port};
        location / {
            proxy_pass ${upstream};
        }
        location /x/ {
            proxy_set_header X-Forwarded-Prefix /x;
            proxy_set_header Host $http_host;
            proxy_pass ${upstream}/;
        }
        location /x/y/ {
            proxy_set_header X-Forwarded-Prefix /x/y;
            proxy_set_header Host $http_host;
            proxy_pass ${upstream};
        }
    }
}
`;

let folder: string;
let proxy: ChildProcess;
let url: string;

test.beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audiomuse-proxy-'));
    const port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, port));
    proxy = spawn(nginx, ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]);
    url = `http://127.0.0.1:${port}`;
    await expect.poll(async () => (await fetch(url).catch(() => null))?.status).toBe(200);
});

test.afterAll(async () => {
    const ended = new Promise((done) => proxy.on('exit', done));
    proxy.kill();
    await ended;
    await rm(folder, { recursive: true });
});

for (const path of ['/', '/x/', '/x/y/']) {
    test(`under ${path}`, async ({ page }) => {
        const home = url + path;
        const missing: string[] = [];
        page.on('response', (response) => {
            if (response.status() >= 400) missing.push(`${response.status()} ${response.url()}`);
        });
        await page.goto(home);
        await expect(page.getByRole('navigation').first()).toBeVisible();

        // links lead on, and what they say is where they lead
        const library = page.getByRole('link', { name: 'Library' }).first();
        expect(await library.evaluate((link: HTMLAnchorElement) => link.href)).toBe(`${home}library`);
        await library.click();
        await expect(page).toHaveURL(`${home}library`);
        await expect(page.locator('[data-row]').first()).toBeVisible();
        // a place of its own, fetched when one goes there, and found again after a reload
        await page.getByRole('link', { name: 'Tasks' }).first().click();
        await expect(page.getByRole('heading', { name: 'Tasks' })).toBeVisible();
        await page.reload();
        await expect(page).toHaveURL(`${home}tasks`);
        await expect(page.getByRole('heading', { name: 'Tasks' })).toBeVisible();
        // addresses of AudioMuse-AI lead to the places of this page
        await page.goto(`${home}similarity`);
        await expect(page).toHaveURL(new RegExp(`^${home}explore/similar`));

        // the stream of events passes
        const event = await page.evaluate(
            () =>
                new Promise<string>((done) => {
                    const source = new EventSource('api/events');
                    source.onopen = () => (source.close(), done('open'));
                    source.onerror = () => done('error');
                }),
        );
        expect(event).toBe('open');
        const answer = await page.request.get(`${home}api/health`);
        expect(await answer.json()).toEqual({ status: 'ok' });

        // a piece of a stream
        const [track] = await heardTracks(page, 1).catch(async () => (await (await page.request.get(`${home}api/library/tracks?limit=1`)).json()).tracks);
        const sound = await page.request.get(`${home}api/library/tracks/${track.item_id}/audio`, { headers: { Range: 'bytes=0-99' } });
        expect(sound.status()).toBe(206);
        expect((await sound.body()).length).toBe(100);

        await page.goto(`${home}apidocs`);
        await expect(page).toHaveURL(`${home}apidocs/`);
        await expect(page.getByText('/api/similar_tracks').first()).toBeVisible();
        expect(missing).toEqual([]);
    });
}
