// The keyboard. Rows of tracks are found in the page itself: an element with data-row, its play button with data-row-play.

import type { Attachment } from 'svelte/attachments';
import type { Track } from '../lib/types';
import { panels } from './panels.svelte';
import { player } from './player.svelte';
import { router } from './router.svelte';

const rowTracks = new WeakMap<Element, Track>();

/** Lets the keyboard find the track of a row. */
export function rowOf(track: Track): Attachment {
    return (node) => {
        rowTracks.set(node, track);
    };
}

export function focusSearch(): void {
    const field = document.querySelector<HTMLInputElement>('[data-search]');
    if (field) {
        field.focus();
        field.select();
    }
}

function typing(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function activeRow(): Element | null {
    return document.activeElement?.closest('[data-row]') ?? null;
}

function moveRow(step: 1 | -1): void {
    const here = activeRow();
    const scope = here?.closest('[data-rows]') ?? document.querySelector('[data-rows]');
    if (!scope) return;
    const rows = [...scope.querySelectorAll('[data-row]')];
    let at: number;
    if (here) at = rows.indexOf(here) + step;
    else {
        // start where the eye is: at the first row below the top of the window
        at = rows.findIndex((row) => row.getBoundingClientRect().top >= 60);
    }
    const row = rows[at];
    const button = row?.querySelector<HTMLElement>('[data-row-play]');
    button?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
}

function chosenTrack(): Track | null {
    const row = activeRow();
    return (row && rowTracks.get(row)) ?? player.current;
}

/** The doors of the chosen row, or else of what plays. */
function openMenu(): void {
    const button = (activeRow() ?? document.querySelector('[data-player]'))?.querySelector<HTMLElement>('[data-menu]');
    if (button?.checkVisibility()) button.click();
}

export function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector('dialog[open], :popover-open')) return;
    const onButton = event.target instanceof HTMLElement && event.target.closest('button, a, [role=slider], summary') !== null;
    const track = chosenTrack();
    switch (event.key) {
        case '/':
            if (!document.querySelector('[data-search]')) router.go('library');
            requestAnimationFrame(focusSearch);
            break;
        case ' ':
            // on a control, space presses it; on the play button of a row it belongs to the player
            if (onButton && !(event.target as HTMLElement).matches('[data-row-play]')) return;
            player.toggle();
            break;
        case 'j':
            moveRow(1);
            break;
        case 'k':
            moveRow(-1);
            break;
        case 's':
            if (track) panels.similar(track);
            break;
        case 'a':
            if (track) panels.add([track]);
            break;
        case '.':
            openMenu();
            break;
        case 'm':
            router.go('map');
            break;
        case 'q':
            panels.toggleQueue();
            break;
        case '?':
            panels.help = true;
            break;
        case 'Escape':
            if (panels.nowPlaying) panels.nowPlaying = false;
            else if (panels.dock) panels.close();
            else return;
            break;
        default:
            return;
    }
    event.preventDefault();
}
