import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const server = process.env.AUDIOMUSE_URL ?? 'http://127.0.0.1:8000';

export default defineConfig({
    plugins: [svelte()],
    // relative: <base> in the page says where it is served
    base: './',
    build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    server: { proxy: { '/api': { target: server, changeOrigin: true } } },
    test: { include: ['src/tests/**/*.test.ts'], environment: 'node' },
});
