import { describe, expect, test } from 'vitest';
import { loginProblem } from '../lib/accounts';
import { kindNames } from '../lib/servers';

describe('a login of one’s own', () => {
    test('needs a name, and a password or a token', () => {
        expect(loginProblem('navidrome', { user: ' ', password: 'x' })).toContain('Navidrome');
        expect(loginProblem('jellyfin', { user: 'bo', password: '' })).not.toBe('');
        expect(loginProblem('jellyfin', { user: 'bo', token: ' ' })).not.toBe('');
        expect(loginProblem('jellyfin', { user: 'bo', password: ' ' })).toBe('');
        expect(loginProblem('emby', { user: 'bo', token: 'key' })).toBe('');
    });

    test('is a token alone for Plex', () => {
        expect(loginProblem('plex', { user: 'bo', password: 'x' })).not.toBe('');
        expect(loginProblem('plex', { token: 'x' })).toBe('');
    });

    test('is asked for in words for every kind', () => {
        for (const kind of kindNames) expect(loginProblem(kind, {})).toMatch(/[.?]$/);
    });
});
