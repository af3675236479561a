// Numbers and names as people say them.

const plainNumber = new Intl.NumberFormat('en');

export function count(n: number, one: string, many = `${one}s`): string {
    return `${plainNumber.format(n)} ${n === 1 ? one : many}`;
}

export function number(n: number): string {
    return plainNumber.format(n);
}

/** Position in a track: 0:07, 12:34, 1:02:03. */
export function clock(seconds: number): string {
    const s = Number.isFinite(seconds) && seconds > 0 ? Math.floor(seconds) : 0;
    const hours = Math.floor(s / 3600);
    const minutes = Math.floor((s % 3600) / 60);
    const rest = String(s % 60).padStart(2, '0');
    return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** A length of music or of work: "45 s", "12 min", "3 h 20 min", "6 days". */
export function span(seconds: number): string {
    const s = Math.max(0, Math.round(seconds));
    if (s < 60) return `${s} s`;
    const minutes = Math.round(s / 60);
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 48 * 60) {
        const rest = minutes % 60;
        return `${Math.floor(minutes / 60)} h${rest ? ` ${rest} min` : ''}`;
    }
    return `${plainNumber.format(Math.round(minutes / 1440))} days`;
}

/** What is left, no more exact than it can be known. */
export function remaining(eta_s: number | null | undefined): string {
    if (eta_s == null || !Number.isFinite(eta_s) || eta_s < 0) return 'Working out how long this takes';
    if (eta_s < 10) return 'A few seconds left';
    if (eta_s < 60) return `About ${Math.ceil(eta_s / 10) * 10} seconds left`;
    const minutes = Math.round(eta_s / 60);
    if (minutes < 60) return `About ${count(minutes, 'minute')} left`;
    const half_hours = Math.round(eta_s / 1800) / 2;
    if (half_hours < 36) return `About ${half_hours === 1 ? 'an hour' : `${half_hours} hours`} left`;
    return `About ${count(Math.round(eta_s / 86400), 'day')} left`;
}

/** Unix seconds as "just now", "5 min ago", "yesterday", "3 Mar 2026". */
export function ago(unix: number | null | undefined, now = Date.now() / 1000): string {
    if (!unix) return '';
    const s = now - unix;
    if (s < 60) return 'just now';
    if (s < 3600) return `${Math.floor(s / 60)} min ago`;
    if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
    if (s < 2 * 86400) return 'yesterday';
    if (s < 7 * 86400) return `${Math.floor(s / 86400)} days ago`;
    return date(unix);
}

/** Unix seconds as "3 Mar 2026". */
export function date(unix: number): string {
    return new Date(unix * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** "rock", "rock and jazz", "rock, jazz and folk". */
export function sentenceList(words: string[]): string {
    if (words.length < 2) return words.join('');
    return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

export const pitches = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/** "A♯ minor" for glyphs and labels. */
export function keyName(key?: string, scale?: string): string {
    if (!key) return '';
    return `${key.replace('#', '♯').replace(/b$/, '♭')}${scale ? ` ${scale}` : ''}`;
}

/** "0 bytes", "12 kB", "3.4 MB". */
export function fileSize(bytes: number): string {
    if (bytes < 1000) return count(bytes, 'byte');
    if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
    if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
    return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A confidence is a probability: below this, another tempo or key is as likely. */
const sure = 0.5;

/** Whether a confidence is worth a doubt; unknown ones (an older version listened) are not. */
export function isUnsure(confidence: number | null | undefined): boolean {
    return confidence != null && confidence < sure;
}

export function energyWord(energy: number): string {
    if (energy < 0.35) return 'calm';
    if (energy < 0.55) return 'gentle';
    if (energy < 0.75) return 'lively';
    return 'intense';
}

export function capital(text: string): string {
    return text.charAt(0).toUpperCase() + text.slice(1);
}
