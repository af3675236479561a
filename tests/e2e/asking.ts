// Where music is asked for in words, and what the answer shows.

import type { Page } from '@playwright/test';

export const addressed = (words: string, more = '') => `/explore/ask?${new URLSearchParams({ q: words })}${more}`;
export const chips = (page: Page) => page.getByRole('list', { name: 'Understood as' }).getByRole('listitem');
export const rows = (page: Page) => page.getByRole('list', { name: 'What was asked for' }).locator('[data-row]');
