import { describe, expect, test } from 'vitest';
import { parseRoute, serverHref } from '../lib/routes';
import { chosenIds, connectionOf, credsOf, emptyForm, fieldOf, formOf, keptChoice, kindNames, kinds, loginFields, unchanged, whoAnswered, type Server } from '../lib/servers';
import { isStyle } from '../lib/styles';

const stored: Server = {
    server_id: '2',
    name: 'Home',
    server_type: 'navidrome',
    creds: { url: 'http://nas:4533', user: 'anna', password: unchanged, token: '', libraries: ['1'], path_map: [{ server: '/srv', local: '/mnt' }], music_folder: '', allow_plain_password: false },
    is_default: true,
    tracks: 7,
};
const libraries = [
    { id: '1', name: 'Music', tracks: 12 },
    { id: '2', name: 'Talk', tracks: null },
];

describe('the form', () => {
    test('never holds what is stored as a secret', () => {
        const form = formOf(stored);
        expect(form.password).toBe('');
        expect(JSON.stringify(form)).not.toContain(unchanged);
        expect(form.keepsPassword).toBe(true);
    });

    test('keeps a stored secret unless another is typed', () => {
        const form = formOf(stored);
        expect(credsOf(form)).toMatchObject({ password: unchanged, token: '', user: 'anna', libraries: ['1'], path_map: [{ server: '/srv', local: '/mnt' }] });
        expect(credsOf({ ...form, password: ' n ew ' }).password).toBe(' n ew ');
        expect(credsOf({ ...form, keepsPassword: false }).password).toBe('');
    });

    test('sends nothing of fields that it does not show', () => {
        const form = { ...emptyForm('navidrome'), url: ' http://nas ', user: 'anna', password: 'x', token: 'k' };
        expect(credsOf(form)).toMatchObject({ url: 'http://nas', user: 'anna', password: 'x', token: '', music_folder: '' });
        expect(credsOf({ ...form, login: 'key' })).toMatchObject({ user: '', password: '', token: 'k' });
        expect(credsOf({ ...form, kind: 'mpd', musicFolder: ' /m ', paths: [{ server: '/a', local: '/b' }] })).toMatchObject({ user: '', password: 'x', token: '', music_folder: '/m', path_map: [] });
        expect(credsOf({ ...form, paths: [{ server: ' ', local: '' }] }).path_map).toEqual([]);
    });

    test('allows a readable password only where it can be needed', () => {
        const form = { ...emptyForm('navidrome'), url: 'http://nas', sendsReadable: true };
        expect(credsOf(form).allow_plain_password).toBe(true);
        expect(credsOf({ ...form, url: 'https://nas' }).allow_plain_password).toBe(false);
        expect(credsOf({ ...form, login: 'key' }).allow_plain_password).toBe(false);
        expect(credsOf({ ...form, kind: 'jellyfin' }).allow_plain_password).toBe(false);
        expect(connectionOf({ ...form, sendsReadable: false })).not.toBe(connectionOf(form));
    });

    test('chooses the login that is stored', () => {
        expect(formOf({ ...stored, server_type: 'jellyfin', creds: { ...stored.creds, password: '', token: unchanged } }).login).toBe('key');
        expect(formOf(stored).login).toBe('password');
        expect(formOf({ ...stored, server_type: 'plex', creds: { ...stored.creds, token: '' } }).login).toBe('key');
    });

    test('a test is about the connection only', () => {
        const form = formOf(stored);
        expect(connectionOf({ ...form, name: 'Cabin', libraries: [], paths: [] })).toBe(connectionOf(form));
        expect(connectionOf({ ...form, url: 'http://other' })).not.toBe(connectionOf(form));
        expect(connectionOf({ ...form, password: 'n' })).not.toBe(connectionOf(form));
    });
});

describe('a choice of libraries', () => {
    test('is all of them unless some are named, by id or name', () => {
        expect(chosenIds(libraries, [])).toEqual(['1', '2']);
        expect(chosenIds(libraries, ['2'])).toEqual(['2']);
        expect(chosenIds(libraries, ['music'])).toEqual(['1']);
    });

    test('is all of them again when those that were named are gone', () => {
        expect(chosenIds(libraries, ['9'])).toEqual(['1', '2']);
    });

    test('of all is kept as none, so that later ones count', () => {
        expect(keptChoice(libraries, ['2', '1'])).toEqual([]);
        expect(keptChoice(libraries, ['2'])).toEqual(['2']);
    });
});

describe('a sentence of the server stands', () => {
    const form = emptyForm('navidrome');
    test.each([
        [{ error_code: 'invalid_argument' }, 'url'],
        [{ error_code: 'unavailable' }, 'url'],
        [{ error_code: 'login_refused' }, 'password'],
        [{ error_code: 'permission_denied' }, 'user'],
        [{ error_code: 'empty' }, 'libraries'],
        [{ error_code: 'invalid_argument', field: 'path_map' }, 'path_map'],
        [{ error_code: 'conflict', field: 'name' }, 'name'],
        [{ error_code: 'server_failed', field: 'nonsense' }, 'url'],
    ])('%o at %s', (problem, field) => expect(fieldOf(problem, form)).toBe(field));

    test('at a field that the form shows', () => {
        expect(fieldOf({ field: 'token' }, form)).toBe('password');
        expect(fieldOf({ field: 'password' }, { kind: 'plex', login: 'key' })).toBe('token');
        expect(fieldOf({ field: 'user', error_code: 'permission_denied' }, { kind: 'mpd', login: 'password' })).toBe('password');
        expect(fieldOf({ field: 'music_folder' }, { kind: 'mpd', login: 'password' })).toBe('music_folder');
        expect(fieldOf({ field: 'music_folder' }, form)).toBe('url');
    });
});

test('every kind has a look of its own, and a way in', () => {
    expect(new Set(kindNames.map((kind) => kinds[kind].hue)).size).toBe(kindNames.length);
    expect(new Set(kindNames.map((kind) => kinds[kind].letter)).size).toBe(kindNames.length);
    for (const kind of kindNames) {
        expect(isStyle(kinds[kind].hue), kind).toBe(true);
        for (const login of kinds[kind].logins) expect(loginFields({ kind, login }).length, kind).toBeGreaterThan(0);
    }
});

test('who answered', () => {
    expect(whoAnswered({ ok: true, server: 'Navidrome', version: '0.53.3', user: 'anna' })).toBe('Navidrome 0.53.3, as anna');
    expect(whoAnswered({ ok: true, server: 'MPD', version: '', user: '' })).toBe('MPD');
});

test('addresses of the settings', () => {
    expect(parseRoute('/settings')).toEqual({ place: 'settings', id: '' });
    expect(parseRoute(serverHref('new'))).toEqual({ place: 'server', id: 'new' });
    expect(parseRoute(serverHref('12'))).toEqual({ place: 'server', id: '12' });
    expect(parseRoute('/settings/servers/x').place).toBe('nowhere');
    expect(parseRoute('/settings/else').place).toBe('nowhere');
});
