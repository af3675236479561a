// What the server sends; one type per shape of its JSON.

export interface Score {
    name: string;
    score: number;
}

export interface Track {
    item_id: string;
    title: string;
    author: string;
    artists: string[];
    album: string;
    album_artist: string;
    year: number | null;
    duration_s: number;
    genres: string[];
    state: 'analysed' | 'pending' | 'failed';
    has_cover: boolean;
    added_at: number;
    tempo?: number;
    /** 0 calm to 1 loud and dense */
    energy?: number;
    key?: string;
    scale?: 'major' | 'minor';
    moods?: Score[];
    other_features?: Record<string, number>;
    style?: string | null;
}

export interface SimilarTrack extends Track {
    distance: number;
    /** 0 to 100 */
    similarity: number;
    reasons: string[];
}

export interface LyricsTrack extends Track {
    /** of its lyrics, the one with the words that were looked for */
    line: string;
}

export interface TrackDetail extends Track {
    path: string;
    track_number: number | null;
    disc_number: number | null;
    moods_all?: Score[];
    chroma?: number[];
    model?: { name: string; version: string } | null;
    /** 0 to 1; null where an older version listened */
    tempo_confidence?: number | null;
    key_confidence?: number | null;
    loudness?: number | null;
    /** how much of it was heard, e.g. "16000 Hz, first 600 s" */
    decode_settings?: string;
    warning?: string | null;
    lyrics?: string | null;
    failure: FailureReason | null;
}

export interface Summary {
    tracks: number;
    artists: number;
    albums: number;
    duration_s: number;
    coverage: { analysed: number; pending: number; stale: number; failed: number };
    model: { name: string; version: string } | null;
    index: { count: number; version: string | number };
    playlists: number;
    styles: { name: string; count: number }[];
    keys: { key: string; scale: 'major' | 'minor'; count: number }[];
    tempo: { from: number; to: number; count: number }[];
    energy: number[];
    newest: Track[];
    folders: string[];
    version: string;
}

export interface FailureReason {
    error_code: string;
    error: string;
    stage: string;
    /** the file as it was when it failed */
    file: { size: number; mtime: number };
    /** what was tried; "" where an older version did */
    decoder: string;
    failed_at: number;
}

export interface Failure extends FailureReason {
    item_id: string;
    path: string;
    title: string;
    author: string;
}

export interface List {
    id: number;
    name: string;
    kind: 'automatic' | 'own';
    track_count: number;
    duration_s: number;
    created_at: number;
    updated_at: number;
    recipe: Record<string, unknown>;
    profile: {
        styles: { name: string; share: number }[];
        tempo_mean: number | null;
        /** a tenth of the tracks is slower than the one, a tenth faster than the other */
        tempo_low?: number | null;
        tempo_high?: number | null;
        energy_mean: number | null;
    };
    covers: string[];
}

export interface ListWithTracks extends List {
    tracks: Track[];
}

/** A list that a search has found. */
export interface DraftList {
    number: number;
    name: string;
    /** the automatic playlist whose place it takes */
    replaces: number | null;
    track_count: number;
    duration_s: number;
    recipe: Record<string, unknown>;
    profile: List['profile'];
    covers: string[];
    /** three of its tracks */
    sample: Track[];
    track_ids: string[];
    /** where these tracks are on the map; null for one that is not on it */
    points: (number | null)[];
}

/** What a search for playlists has found and nobody has published. */
export interface Draft {
    task_id: string;
    made_at: number;
    algorithm: string;
    score: number;
    lists: DraftList[];
}

export interface Counts {
    found?: number;
    analysed?: number;
    known?: number;
    failed?: number;
    total?: number;
}

export interface Job {
    task_id: string;
    task_type: string;
    status: string;
    progress: number;
    status_message?: string;
    eta_s?: number | null;
    counts?: Counts;
}

export interface Task {
    task_id: string;
    task_type: string;
    status: string;
    progress: number;
    details: {
        status_message?: string;
        message?: string;
        log?: string[];
        eta_s?: number | null;
        step?: string;
        counts?: Counts;
    } | null;
    created_at: number | null;
    started_at: number | null;
    finished_at: number | null;
    running_time_seconds: number;
}

export type Arc = 'smooth' | 'rise' | 'fall' | 'arch' | 'wave';

export interface PathStep extends Track {
    step: number;
    /** to the track before; 0 for the first */
    distance: number;
}

export interface PathFound {
    tracks: PathStep[];
    total_distance: number;
    stats?: Record<string, unknown>;
}

export interface BlendFound {
    tracks: SimilarTrack[];
    /** what would have been near, and was kept away from */
    filtered_out?: Track[];
}

/** A track and how it was played. */
export interface PlayedTrack extends Track {
    plays?: number;
    last_played?: number | null;
}

export interface FingerprintFound {
    /** whose plays it is drawn from: the household's until one has played something */
    taste_of: 'listener' | 'household';
    seeds: PlayedTrack[];
    tracks: SimilarTrack[];
}

/** What a request in words asks for; docs/words.md has the kinds and what they mean. */
export interface Condition {
    kind: string;
    degree: 'is' | 'is_not' | 'more' | 'less';
    value: string;
    from: number | null;
    to: number | null;
    /** of the request, as they were typed */
    words: string;
    /** what it says, without the words: names it to the server */
    text: string;
    state: 'met' | 'relaxed' | 'dropped';
    /** of the list that meet it */
    tracks: number;
    /** a sentence, where it is not met */
    note: string;
}

export interface Asked {
    /** the name of a language model, or "rules" */
    understood_by: string;
    /** why the rules, where a model was to */
    why_rules: string;
    /** what was done, a sentence each; empty where no model was to be asked */
    steps: string[];
    /** in the order of their words */
    conditions: Condition[];
    not_understood: string[];
    language: string;
    /** whether the end of the request was not read */
    cut: boolean;
    /** why there are no tracks */
    message: string;
    tracks: Track[];
    total_duration_s: number;
}

export interface ArtistRow {
    artist: string;
    /** how many */
    tracks: number;
    cover_item_id?: string | null;
}

export interface NamedTrack {
    item_id: string;
    title: string;
}

/** Songs by which two artists resemble each other. */
export interface ArtistMatch {
    similarity: number;
    mine: NamedTrack[];
    theirs: NamedTrack[];
}

export interface SimilarArtist extends ArtistRow {
    /** 0 to 100 */
    similarity: number;
    distance: number;
    matches: ArtistMatch[];
}

export interface ArtistAlbum {
    album: string;
    album_artist: string;
    year: number | null;
    /** how many */
    tracks: number;
    /** one of its tracks */
    item_id: string;
    has_cover: boolean;
}

export interface ArtistDetail {
    artist: string;
    tracks: Track[];
    albums: ArtistAlbum[];
    similar: SimilarArtist[];
}

export interface Anchor {
    id: number;
    name: string;
}

export interface Radio {
    id: number;
    /** what it plays; 0 where its recipe says that */
    anchor_id: number;
    name: string;
    /** whether it is one's own and not the household's */
    own?: boolean;
    temperature: number;
    n_results: number;
    /** whether it is made anew with the others; false while it pauses */
    enabled: boolean;
    /** {type: "fingerprint"} for what is played most, {items} for a blend, {} for an anchor */
    recipe?: Record<string, unknown>;
    /** the playlist that its issues go to, once there is one */
    list_id?: number | null;
    refreshed_at?: number | null;
}

/** What a radio's playlist was at one time. */
export interface Issue {
    number: number;
    made_at: number;
    track_ids: string[];
}

export type LibraryFilter = 'all' | 'analysed' | 'pending' | 'failed';
export type LibraryOrder = 'relevance' | 'artist' | 'title' | 'newest';
