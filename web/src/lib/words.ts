// What tasks, failures and recipes are called in front of people.

import { ago, capital, energyWord, fileSize, sentenceList } from './format';
import { temperatureWord } from './seeds';
import type { Counts, FailureReason, List, Radio } from './types';

export function isClustering(type: string): boolean {
    return type.includes('clustering');
}

export function taskName(type: string): string {
    if (type.includes('analysis')) return 'Listening to your library';
    if (isClustering(type)) return 'Making playlists';
    if (type === 'cleaning') return 'Cleaning up';
    if (type.includes('index')) return 'Arranging tracks by sound';
    return capital(type.replace(/_/g, ' '));
}

/** What a job is doing, as people say it. */
export function jobLine(message: string | undefined): string {
    const search = /^Progress: (\d+)\/(\d+) runs\..*?(?: Best score: (-?[\d.]+))?$/.exec(message ?? '');
    if (!search) return message || 'Getting ready';
    const [tried, all] = search.slice(1, 3).map((n) => Number(n).toLocaleString('en'));
    return `Tried ${tried} of ${all} ways to group your tracks${search[3] ? `, the best scores ${Number(search[3]).toFixed(2)} of 1` : ''}`;
}

export type Outcome = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export function outcome(status: string): Outcome {
    switch (status.toUpperCase()) {
        case 'SUCCESS':
        case 'FINISHED':
            return 'done';
        case 'FAILURE':
        case 'FAILED':
            return 'failed';
        case 'REVOKED':
        case 'CANCELED':
        case 'CANCELLED':
            return 'cancelled';
        case 'PENDING':
        case 'QUEUED':
            return 'waiting';
        default:
            return 'running';
    }
}

export function isOver(status: string): boolean {
    const o = outcome(status);
    return o === 'done' || o === 'failed' || o === 'cancelled';
}

const reasons: Record<string, string> = {
    unsupported_format: 'Not a sound file, or a format that cannot be read',
    damaged: 'The file is damaged',
    empty: 'The file is empty',
    too_short: 'Too short to say how it sounds',
    silent: 'Nothing but silence',
    timeout: 'Took too long to read',
    io: 'The disk or network did not deliver the file',
    permission_denied: 'Not allowed to read the file',
    not_found: 'The file is gone',
    limit_exceeded: 'Larger than the set limit',
    model_missing: 'The listening model is missing',
    model_failed: 'The listening model gave up on it',
};

/** The failed file as it was: "3.4 MB, changed 3 Mar 2026". */
export function failedFile(failure: FailureReason): string {
    const changed = failure.file.mtime > 0 ? `, changed ${ago(failure.file.mtime)}` : '';
    return `${fileSize(failure.file.size)}${changed}`;
}

export function failureReason(code: string): string {
    return reasons[code] ?? capital(code.replace(/_/g, ' '));
}

export function countsLine(counts: Counts | undefined): string {
    if (!counts) return '';
    const parts: string[] = [];
    if (counts.analysed) parts.push(`${counts.analysed.toLocaleString('en')} listened to`);
    if (counts.known) parts.push(`${counts.known.toLocaleString('en')} known already`);
    if (counts.failed) parts.push(`${counts.failed.toLocaleString('en')} failed`);
    return parts.join(' · ');
}

/** The name of a list to be read: automatic names join their words with underscores. */
export function listTitle(list: Pick<List, 'name' | 'kind'>): string {
    return list.kind === 'automatic' ? list.name.replace(/_+/g, ', ') : list.name;
}

/** What a list sounds like, in one line: "Calm ambient · 72 BPM", "Lively rock and pop · 121 BPM". */
export function soundLine(list: Pick<List, 'profile'>): string {
    const [first, second] = list.profile.styles;
    const words: string[] = [];
    if (list.profile.energy_mean != null) words.push(energyWord(list.profile.energy_mean));
    if (first) words.push(first.share >= 0.6 || !second ? first.name : sentenceList([first.name, second.name]));
    const parts = [capital(words.join(' '))];
    if (list.profile.tempo_mean) parts.push(`${Math.round(list.profile.tempo_mean)} BPM`);
    return parts.filter(Boolean).join(' · ');
}

/** Why a list exists. */
export function recipeLine(list: List): string {
    const recipe = list.recipe ?? {};
    const seed = text(recipe.seed_title);
    if (seed) return `Tracks that sound like ${seed}.`;
    if (list.kind === 'own') return 'Put together by you.';
    const algorithm = text(recipe.algorithm);
    const how = algorithm ? ` (${algorithm === 'kmeans' ? 'k-means' : algorithm})` : '';
    return `Found by grouping tracks that sound alike${how}. The next run makes it anew.`;
}

export function isFingerprint(radio: Pick<Radio, 'recipe'>): boolean {
    return radio.recipe?.type === 'fingerprint';
}

/** How a radio is getting on: "Near · 2 h ago", "Paused · yesterday". */
export function radioState(radio: Pick<Radio, 'temperature' | 'enabled' | 'refreshed_at' | 'recipe'>): string {
    const how = isFingerprint(radio) ? 'What you play' : capital(temperatureWord(radio.temperature));
    return `${radio.enabled ? how : 'Paused'} · ${radio.refreshed_at ? ago(radio.refreshed_at) : 'not made yet'}`;
}

/** Why a radio's playlist is as it is. */
export function radioLine(radio: Pick<Radio, 'temperature' | 'n_results' | 'enabled' | 'refreshed_at' | 'recipe'>): string {
    const made = radio.refreshed_at ? `, made ${ago(radio.refreshed_at)}` : '';
    const next = radio.enabled ? 'It renews itself; earlier issues are kept for a while.' : 'It pauses, and stays as it is.';
    const what = isFingerprint(radio) ? 'Music like what you come back to' : `A kept blend, ${temperatureWord(radio.temperature)}`;
    return `${what}, ${radio.n_results} songs at a time${made}. ${next}`;
}

function text(value: unknown): string {
    return typeof value === 'string' ? value : '';
}
