import { describe, expect, test } from 'vitest';
import { fieldValue, findSettings, groupTitle, originText, shownValue, withChanged, type Setting, type SettingGroup } from '../lib/settings';

function setting(given: Partial<Setting>): Setting {
    return { name: 'TOP_N_MOODS', type: 'integer', help: 'Moods shown per track', origin: 'default', locked: false, needs_restart: false, waits_for_restart: false, value: 5, default: 5, ...given };
}

const groups: SettingGroup[] = [
    { name: 'limits', settings: [setting({ name: 'AUDIOMUSE_CPU_SHARE', help: 'Percent of the time of the cores' }), setting({ name: 'AUDIOMUSE_NICE', help: 'Nice level' })] },
    { name: 'analysis', settings: [setting({})] },
];

describe('settings', () => {
    test.each([
        ['', ['AUDIOMUSE_CPU_SHARE', 'AUDIOMUSE_NICE', 'TOP_N_MOODS']],
        ['cpu', ['AUDIOMUSE_CPU_SHARE']],
        ['cpu share', ['AUDIOMUSE_CPU_SHARE']],
        ['PERCENT cores', ['AUDIOMUSE_CPU_SHARE']],
        ['limits', ['AUDIOMUSE_CPU_SHARE', 'AUDIOMUSE_NICE']],
        ['top_n', ['TOP_N_MOODS']],
        ['cpu moods', []],
    ])('"%s" finds %j', (text, names) => {
        const found = findSettings(groups, text);
        expect(found.flatMap((group) => group.settings.map((s) => s.name))).toEqual(names);
        expect(found.every((group) => group.settings.length)).toBe(true);
    });

    test('a group nobody has named yet has a title', () => {
        expect(groupTitle('media_servers')).toBe('The first media server');
        expect(groupTitle('spare_parts')).toBe('Spare parts');
    });

    test('where a value comes from', () => {
        expect(originText(setting({}))).toBe('');
        expect(originText(setting({ origin: 'saved' }))).toBe('Changed here');
        expect(originText(setting({ origin: 'environment', locked: true }))).toBe('Set by the environment');
        expect(originText(setting({ locked: true }))).toBe('Set before the start only');
    });

    test.each([
        [setting({}), '7', 7],
        [setting({}), ' ', null],
        [setting({}), 'many', 'many'],
        [setting({ type: 'number' }), '0.5', 0.5],
        [setting({ type: 'boolean' }), 'true', true],
        [setting({ type: 'boolean' }), 'false', false],
        [setting({ type: 'hours' }), ' 22-6 ', '22-6'],
        [setting({ type: 'text' }), '7', '7'],
    ])('what a field holds', (of, text, value) => {
        expect(fieldValue(of, text)).toBe(value);
    });

    test('values as people read them', () => {
        expect([shownValue(null), shownValue(true), shownValue(false), shownValue(''), shownValue(7)]).toEqual(['the default', 'on', 'off', 'empty', '7']);
    });

    test('only what was changed is replaced', () => {
        const changed = withChanged(groups, [setting({ value: 7, origin: 'saved' })]);
        expect(changed[1].settings[0].value).toBe(7);
        expect(changed[0].settings).toEqual(groups[0].settings);
        expect(groups[1].settings[0].value).toBe(5);
    });
});
