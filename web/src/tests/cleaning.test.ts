import { expect, test } from 'vitest';
import { goneSentence, groupLine, groupTitle, isTooMuch, question, serverName, serversLine, type OrphanGroup } from '../lib/cleaning';

const noon = Date.UTC(2026, 10, 29, 12) / 1000;
const day = 86400;
const group: OrphanGroup = {
    server_id: '1',
    server: 'Navidrome',
    artist: 'Björk',
    album: 'Debut',
    tracks: 3,
    gone_since: noon,
    last_gone: noon + day,
    removed_from: noon + 30 * day,
    last_removed_from: noon + 31 * day,
    sample: [],
};

test('a group says since when it is gone and how long it is kept', () => {
    expect(groupLine(group, noon + 2 * day)).toBe('3 tracks, gone since 29 Nov 2026, kept until 29 Dec 2026');
    expect(groupLine(group, noon + 30.5 * day)).toBe('3 tracks, gone since 29 Nov 2026, some go now, the last on 30 Dec 2026');
    expect(groupLine(group, noon + 31 * day)).toBe('3 tracks, gone since 29 Nov 2026, go now');
    expect(groupLine({ ...group, tracks: 1 }, noon + 40 * day)).toBe('1 track, gone since 29 Nov 2026, goes now');
});

test('names are left out where there are none', () => {
    expect(groupTitle(group)).toBe('Björk – Debut');
    expect(groupTitle({ artist: 'Björk', album: '' })).toBe('Björk');
    expect(groupTitle({ artist: '', album: '' })).toBe('Without a name');
    expect(serverName('')).toBe('A removed server');
    expect(serverName('Local folders')).toBe('Folders of this machine');
    expect(serversLine([
        { server_id: '1', server: 'Navidrome', tracks: 1200, due: 0 },
        { server_id: '2', server: '', tracks: 4, due: 4 },
    ])).toBe('Navidrome 1,200, A removed server 4');
});

test('more than half of the catalogue is too much', () => {
    expect(isTooMuch({ due: 5, catalogue: 10 })).toBe(false);
    expect(isTooMuch({ due: 6, catalogue: 10 })).toBe(true);
    expect(isTooMuch({ due: 0, catalogue: 0 })).toBe(false);
});

test('what is gone is told with the days it is kept', () => {
    const servers = [{ server_id: '1', server: 'Navidrome', tracks: 2, due: 0 }];
    expect(goneSentence({ tracks: 2, servers, orphan_days: 30 })).toBe(
        '2 tracks are on no server and in no folder any more (Navidrome 2). They are hidden, and kept for 30 days in case they come back.',
    );
    expect(goneSentence({ tracks: 1, servers: [{ ...servers[0], tracks: 1 }], orphan_days: 0 })).toBe('1 track is on no server and in no folder any more (Navidrome 1). It is hidden.');
    expect(question(0)).toContain('What none of them has any more leaves playlists');
    expect(question(1)).toContain('What none of them has had for 1 day leaves playlists');
});
