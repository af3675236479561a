// Browser tests of the whole page. AUDIOMUSE_URL names a running server with a library not listened to yet; without it, the page's
// test double (mock/server.mjs) is started. AUDIOMUSE_MODEL_URL names one that asks a language model and has listened, for its
// tests alone. CHROMIUM names the browser, SCREENSHOT_DIR takes the pictures.

import { defineConfig } from '@playwright/test';

process.env.SCREENSHOT_DIR ??= new URL('../build/screenshots', import.meta.url).pathname;

const modelUrl = process.env.AUDIOMUSE_MODEL_URL;
const url = modelUrl ?? process.env.AUDIOMUSE_URL;
const port = 8131;

export default defineConfig({
    testDir: '../tests/e2e',
    outputDir: './test-results',
    preserveOutput: 'failures-only',
    workers: 2,
    // first one person's first evening, in order; what it leaves behind is what the others look at, in any order
    projects: modelUrl ? [{ name: 'model', testMatch: /11-model/, fullyParallel: true }] : [
        { name: 'journey', testMatch: /1-journey/ },
        { name: 'visits', testMatch: /([2-467]|1[0234567])-.*spec/, dependencies: ['journey'], fullyParallel: true },
        // replaces the playlists that others look at
        { name: 'drafts', testMatch: /9-draft/, dependencies: ['visits'] },
        // measured while nobody else is there
        { name: 'many points', testMatch: /8-many-points/, dependencies: ['drafts'] },
        // a media server changes the ids of all tracks
        { name: 'servers', testMatch: /5-servers/, dependencies: ['many points'] },
    ],
    timeout: Number(process.env.E2E_TIMEOUT_MS ?? 120_000),
    // only a failure takes that long
    expect: { timeout: 20_000 },
    reporter: [['list']],
    use: {
        baseURL: url ?? `http://127.0.0.1:${port}`,
        viewport: { width: 1440, height: 900 },
        colorScheme: 'dark',
        // what still fades or moves has neither its colours nor its place
        contextOptions: { reducedMotion: 'reduce' },
        trace: 'retain-on-failure',
        launchOptions: {
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: [
                '--no-sandbox',
                // the map is drawn without a graphics card
                '--use-gl=angle',
                '--use-angle=swiftshader',
                '--enable-unsafe-swiftshader',
                '--disable-quic',
                '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update',
                '--disable-sync',
                '--autoplay-policy=no-user-gesture-required',
            ],
        },
    },
    webServer: url
        ? undefined
        : {
              command: `node mock/server.mjs --port ${port} --pace 40`,
              url: `http://127.0.0.1:${port}/api/health`,
              reuseExistingServer: false,
              stdout: 'ignore',
          },
});
