// The player: one audio element, one queue. It outlives every change of place.

import { audioUrl, coverUrl, played, similar } from '../api';
import { PlayClock } from '../lib/plays';
import * as q from '../lib/queue';
import { styleColour } from '../lib/styles';
import type { Track } from '../lib/types';
import { load, save } from './store';
import { toasts } from './toasts.svelte';

interface Saved {
    items: Track[];
    index: number;
}

const kept_tracks = 500;
const refill = 10;

class Player {
    queue = $state.raw<q.Queue<Track>>(q.emptyQueue);
    playing = $state(false);
    waiting = $state(false);
    time = $state(0);
    duration = $state(0);
    volume = $state(load('volume', 0.8));
    muted = $state(false);
    /** when the queue ends, go on with tracks that sound alike */
    keepGoing = $state(load('keepGoing', true));
    current = $derived<Track | null>(this.queue.items[this.queue.index] ?? null);
    hasNext = $derived(this.queue.index + 1 < this.queue.items.length || this.keepGoing);

    #audio: HTMLAudioElement | null = null;
    #loaded = '';
    #failures = 0;
    #clock = new PlayClock();
    #refilling: Promise<boolean> | null = null;

    constructor() {
        const saved = load<Saved>('queue', { items: [], index: -1 });
        if (Array.isArray(saved.items) && saved.items.length) this.queue = q.playFrom(saved.items, saved.index);
    }

    attach(audio: HTMLAudioElement): void {
        this.#audio = audio;
        audio.volume = this.volume;
        audio.addEventListener('timeupdate', () => {
            this.time = audio.currentTime;
            if (this.current && this.#clock.tick(audio.currentTime, this.duration)) this.#tellPlay(this.current.item_id);
        });
        audio.addEventListener('durationchange', () => {
            if (Number.isFinite(audio.duration)) this.duration = audio.duration;
        });
        audio.addEventListener('play', () => this.#setPlaying(true));
        audio.addEventListener('pause', () => this.#setPlaying(false));
        audio.addEventListener('playing', () => {
            this.waiting = false;
            this.#failures = 0;
        });
        audio.addEventListener('waiting', () => (this.waiting = true));
        audio.addEventListener('ended', () => void this.next());
        audio.addEventListener('error', () => this.#onError());
        this.#bindMediaKeys();
        this.#show();
    }

    play(tracks: Track[], index = 0): void {
        this.#failures = 0;
        this.#set(q.playFrom(tracks, index));
        this.#start();
    }

    playAt(index: number): void {
        if (index < 0 || index >= this.queue.items.length) return;
        this.#set({ items: this.queue.items, index });
        this.#start();
    }

    playNext(tracks: Track[]): void {
        if (!this.current) return this.play(tracks);
        this.#set(q.insertNext(this.queue, tracks));
        toasts.done(tracks.length === 1 ? `“${tracks[0].title}” plays next.` : `${tracks.length} tracks play next.`);
    }

    append(tracks: Track[]): void {
        if (!this.current) return this.play(tracks);
        this.#set(q.append(this.queue, tracks));
        toasts.done(tracks.length === 1 ? `“${tracks[0].title}” is in the queue.` : `${tracks.length} tracks are in the queue.`);
    }

    toggle(): void {
        if (!this.current || !this.#audio) return;
        if (this.playing) this.#audio.pause();
        else this.#start();
    }

    async next(): Promise<void> {
        if (this.queue.index + 1 >= this.queue.items.length && this.keepGoing) await this.#refill();
        if (this.queue.index + 1 < this.queue.items.length) this.playAt(this.queue.index + 1);
        else this.#audio?.pause();
    }

    previous(): void {
        if (this.time > 4 || this.queue.index <= 0) this.seek(0);
        else this.playAt(this.queue.index - 1);
    }

    seek(seconds: number): void {
        if (!this.#audio || !this.current) return;
        this.#load();
        this.#audio.currentTime = seconds;
        this.time = seconds;
    }

    setVolume(volume: number): void {
        this.volume = Math.min(1, Math.max(0, volume));
        this.muted = false;
        if (this.#audio) {
            this.#audio.volume = this.volume;
            this.#audio.muted = false;
        }
        save('volume', this.volume);
    }

    toggleMute(): void {
        this.muted = !this.muted;
        if (this.#audio) this.#audio.muted = this.muted;
    }

    toggleKeepGoing(): void {
        this.keepGoing = !this.keepGoing;
        save('keepGoing', this.keepGoing);
        if (this.keepGoing && this.playing) this.#lookAhead();
    }

    remove(index: number): void {
        const wasCurrent = index === this.queue.index;
        const wasPlaying = this.playing;
        this.#set(q.removeAt(this.queue, index));
        if (!this.current) this.clear();
        else if (wasCurrent) {
            this.#loaded = '';
            if (wasPlaying) this.#start();
        }
    }

    move(from: number, to: number): void {
        this.#set(q.move(this.queue, from, to));
    }

    clear(): void {
        this.#set(q.emptyQueue);
        this.#loaded = '';
        this.#audio?.pause();
        this.#audio?.removeAttribute('src');
        this.#audio?.load();
        this.time = this.duration = 0;
    }

    #set(queue: q.Queue<Track>): void {
        this.queue = queue;
        const from = Math.max(0, queue.index - 50);
        save('queue', { items: queue.items.slice(from, from + kept_tracks), index: queue.index - from });
        this.#show();
    }

    #load(): void {
        if (!this.#audio || !this.current || this.#loaded === this.current.item_id) return;
        this.#loaded = this.current.item_id;
        this.#audio.src = audioUrl(this.current.item_id);
        this.#clock.restart();
        this.time = 0;
        this.duration = this.current.duration_s;
    }

    #start(): void {
        if (!this.#audio || !this.current) return;
        this.#load();
        this.waiting = this.#audio.readyState < 3;
        if (this.#audio.ended) {
            this.#audio.currentTime = 0;
            this.#clock.restart();
        }
        this.#audio.play().catch((error: unknown) => {
            // a newer track took over, or the browser wants a click first; an unreadable file comes as an error event
            if (error instanceof DOMException && error.name === 'NotAllowedError') this.waiting = false;
        });
        this.#lookAhead();
    }

    #lookAhead(): void {
        if (this.keepGoing && this.queue.index + 1 >= this.queue.items.length) void this.#refill();
    }

    #refill(): Promise<boolean> {
        this.#refilling ??= this.#fetchMore().finally(() => (this.#refilling = null));
        return this.#refilling;
    }

    async #fetchMore(): Promise<boolean> {
        const seed = this.current;
        if (!seed || seed.state !== 'analysed') return false;
        try {
            const found = await similar({ item_id: seed.item_id }, 60, false);
            const heard = new Set(this.queue.items.map((t) => t.item_id));
            const fresh = found.tracks.filter((t) => !heard.has(t.item_id)).slice(0, refill);
            if (this.keepGoing && fresh.length) this.#set(q.append(this.queue, fresh));
            return fresh.length > 0;
        } catch {
            return false; // the queue then simply ends
        }
    }

    /** A play that could not be told is lost: the music matters more than its count. */
    #tellPlay(item_id: string): void {
        played(item_id).catch(() => undefined);
    }

    #setPlaying(playing: boolean): void {
        this.playing = playing;
        if ('mediaSession' in navigator) navigator.mediaSession.playbackState = playing ? 'playing' : 'paused';
    }

    #onError(): void {
        this.waiting = false;
        if (!this.current || !this.#audio?.getAttribute('src')) return;
        toasts.problem(`“${this.current.title}” cannot be played here: the file is missing, or this browser does not know its format.`);
        this.#loaded = '';
        if (++this.#failures < 4 && this.queue.index + 1 < this.queue.items.length) void this.next();
        else this.playing = false;
    }

    #bindMediaKeys(): void {
        if (!('mediaSession' in navigator)) return;
        const media = navigator.mediaSession;
        media.setActionHandler('play', () => this.toggle());
        media.setActionHandler('pause', () => this.toggle());
        media.setActionHandler('previoustrack', () => this.previous());
        media.setActionHandler('nexttrack', () => void this.next());
        media.setActionHandler('seekto', (details) => this.seek(details.seekTime ?? 0));
    }

    /** Tells the system and the page's colour what is on. */
    #show(): void {
        const track = this.current;
        const { style } = document.documentElement;
        if (track?.style) style.setProperty('--accent', styleColour(track.style));
        else style.removeProperty('--accent');
        if (!('mediaSession' in navigator)) return;
        navigator.mediaSession.metadata = track
            ? new MediaMetadata({
                  title: track.title,
                  artist: track.author,
                  album: track.album,
                  artwork: track.has_cover ? [{ src: coverUrl(track.item_id) }] : [],
              })
            : null;
    }
}

export const player = new Player();
