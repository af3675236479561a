// What the server says by itself: the job that runs, and ticks that make the places read again.

import { cancelTask, eventsUrl, restart, startAnalysis, startCleaning, startClustering, ApiError } from '../api';
import { waitingLine } from '../lib/draft';
import { count } from '../lib/format';
import { draftHref } from '../lib/routes';
import type { Job } from '../lib/types';
import { isClustering, isOver, outcome, taskName } from '../lib/words';
import { draft } from './draft.svelte';
import { router } from './router.svelte';
import { toasts } from './toasts.svelte';

class Live {
    connection = $state<'connecting' | 'open' | 'lost'>('connecting');
    job = $state<Job | null>(null);
    /** from pressing a start button until the server's first word about the job */
    starting = $state<'analysis' | 'clustering' | 'cleaning' | null>(null);
    /** analysed tracks as last announced; null until the first announcement */
    analysed = $state<number | null>(null);
    /** each counts up when something of its kind changed */
    library = $state(0);
    map = $state(0);
    lists = $state(0);
    tasks = $state(0);
    settings = $state(0);
    /** from the wish until the server is back */
    restarting = $state(false);

    #source: EventSource | null = null;
    #retry_ms = 1000;
    #wasAway = false;
    #lost: ReturnType<typeof setTimeout> | undefined;

    connect(): void {
        this.#source?.close();
        const source = new EventSource(eventsUrl);
        this.#source = source;
        source.onopen = () => {
            clearTimeout(this.#lost);
            this.#lost = undefined;
            this.#retry_ms = 1000;
            const wasLost = this.connection === 'lost' || this.#wasAway;
            this.connection = 'open';
            if (this.#wasAway) {
                this.restarting = this.#wasAway = false;
                this.settings++;
                toasts.done('AudioMuse has started anew.');
            }
            if (wasLost) {
                // a job may have ended meanwhile; the server names the active one right after this
                this.job = null;
                this.library++;
                this.lists++;
                this.tasks++;
            }
        };
        source.onerror = () => {
            this.#wasAway = this.restarting;
            // one dropped connection is repaired at once and not worth a word
            this.#lost ??= setTimeout(() => (this.connection = 'lost'), 1500);
            if (source.readyState === EventSource.CLOSED) {
                setTimeout(() => this.connect(), this.#retry_ms);
                this.#retry_ms = Math.min(this.#retry_ms * 1.7, 10000);
            }
        };
        source.addEventListener('job', (event) => this.#onJob(JSON.parse(event.data) as Job));
        source.addEventListener('library', (event) => {
            this.analysed = (JSON.parse(event.data) as { analysed: number }).analysed;
            this.library++;
        });
        source.addEventListener('index', () => this.library++);
        source.addEventListener('map', () => this.map++);
        source.addEventListener('settings', () => this.settings++);
        source.addEventListener('restart', () => (this.restarting = true));
        source.addEventListener('playlists', () => this.lists++);
    }

    /** the search for playlists that runs */
    get search(): Job | null {
        return this.job && isClustering(this.job.task_type) ? this.job : null;
    }

    get busy(): boolean {
        return this.job !== null || this.starting !== null;
    }

    listen(): Promise<void> {
        return this.#start('analysis', startAnalysis);
    }

    /** Searches for playlists, which wait to be looked at unless they are to be published at once. */
    makePlaylists(publish = false): Promise<void> {
        return this.#start('clustering', () => startClustering(publish));
    }

    async restart(): Promise<void> {
        this.restarting = true;
        try {
            await restart();
        } catch (error) {
            this.restarting = false;
            toasts.problem(error);
        }
    }

    clean(): Promise<void> {
        return this.#start('cleaning', startCleaning);
    }

    async cancel(task_id: string): Promise<void> {
        try {
            await cancelTask(task_id);
        } catch (error) {
            toasts.problem(error);
        }
        this.tasks++;
    }

    async #start(kind: 'analysis' | 'clustering' | 'cleaning', call: () => Promise<{ task_id: string; task_type: string; status: string }>): Promise<void> {
        if (this.busy) return;
        this.starting = kind;
        try {
            const started = await call();
            this.job ??= { ...started, progress: 0, status_message: 'Waiting for its turn', eta_s: null };
            this.tasks++;
        } catch (error) {
            const busy = error instanceof ApiError && error.status === 409;
            toasts.problem(error, busy ? { label: 'See what runs', run: () => router.go('tasks') } : undefined);
        } finally {
            this.starting = null;
        }
    }

    #onJob(job: Job): void {
        const known = this.job;
        if (!isOver(job.status)) {
            this.job = job;
            if (known?.task_id !== job.task_id) this.tasks++;
            return;
        }
        if (known && known.task_id !== job.task_id) return;
        this.job = null;
        this.tasks++;
        this.library++;
        this.lists++;
        if (known) void this.#announceEnd(job);
    }

    async #announceEnd(job: Job): Promise<void> {
        const name = taskName(job.task_type);
        const end = outcome(job.status);
        const look = { label: 'Look', run: () => router.go(draftHref) };
        let waiting = '';
        if (isClustering(job.task_type)) {
            await draft.refresh();
            if (draft.value?.task_id === job.task_id) waiting = `${waitingLine(draft.value)}.`;
        }
        if (end === 'failed') {
            toasts.problem(`${name} failed. ${job.status_message ?? ''}`, waiting ? look : { label: 'What happened', run: () => router.go('tasks') });
        } else if (waiting) {
            // the place itself shows them
            if (router.route.place !== 'draft') toasts.done(end === 'cancelled' ? `The search was stopped. Its best ${waiting}` : waiting, look);
        } else if (end === 'cancelled') {
            toasts.done(`${name} was stopped. What was done so far is kept.`);
        } else if (isClustering(job.task_type)) {
            toasts.done('Your playlists are ready.', { label: 'Look', run: () => router.go('playlists') });
        } else if (job.task_type === 'cleaning') {
            toasts.done(job.status_message ?? 'Cleaned up.');
        } else {
            const n = job.counts?.analysed;
            toasts.done(n ? `${count(n, 'track')} listened to.` : 'Your library is up to date.');
        }
    }
}

export const live = new Live();
