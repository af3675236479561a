// Longer than 800 lines because it is one table: what each route does and answers.
#include "openapi.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <stdexcept>
#include <string>

#include "response.h"

namespace audiomuse::api {
namespace {

constexpr std::string_view kTasks = "Tasks";
constexpr std::string_view kTracks = "Tracks";
constexpr std::string_view kLibrary = "Library";
constexpr std::string_view kLists = "Playlists";
constexpr std::string_view kAlchemy = "Alchemy";
constexpr std::string_view kServers = "Music servers";
constexpr std::string_view kPlayers = "Players";
constexpr std::string_view kAccess = "Access";
constexpr std::string_view kKeeping = "Schedules and backups";
constexpr std::string_view kSystem = "Server";

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTags = {
    {{kTracks, "Find tracks and what sounds like them. AudioMuse-AI's plugins call these."},
     {kTasks, "Start, watch and cancel the long jobs. At most one main job is unfinished at a time."},
     {kLists, "Playlists, made by clustering or by people."},
     {kAlchemy, "Lists made of several things at once, saved places, and lists that are made again and again."},
     {kLibrary, "The library as the page shows it."},
     {kServers, "The media servers that music comes from, e.g. Jellyfin or Navidrome."},
     {kPlayers, "What to play next, and a small OpenSubsonic server with the extension sonicSimilarity."},
     {kAccess, "Signing in, users, sessions and tokens. Programs send 'Authorization: Bearer TOKEN'."},
     {kKeeping, "Work that starts by itself, and copies of the whole catalogue."},
     {kSystem, "The server itself."}}};

const std::vector<RouteDescription>& descriptions() {
    static const std::vector<RouteDescription> all = {
        {"auth_state",
         kAccess,
         "Whether people have to sign in, and who asks.",
         200,
         "enabled, setup_needed, user (id, username, role; or null), signed_in_by (none, off, session, token, proxy), "
         "rights.",
         {}},
        {"auth_setup",
         kAccess,
         "Make the first administrator and sign in; only from this machine or its network.",
         200,
         "status, and the cookie.",
         {400, 403, 404, 409, 415}},
        {"sign_in", kAccess, "Sign in, by JSON or a form.", 200, "status, and the cookie.", {400, 401, 404, 415, 429}},
        {"sign_out", kAccess, "Sign out.", 200, "status.", {}},
        {"users",
         kAccess,
         "All users; a listener sees only themselves.",
         200,
         "users: id, username, role, created_at; current_user, is_admin.",
         {404}},
        {"add_user", kAccess, "Add a user.", 201, "status, id.", {400, 403, 404, 409, 415, 429}},
        {"remove_user",
         kAccess,
         "Remove a user with their sessions and tokens.",
         200,
         "status.",
         {400, 403, 404, 409, 415, 429}},
        {"change_password",
         kAccess,
         "Set one's own password, as an administrator anybody's. Ends the other sessions.",
         200,
         "status.",
         {400, 403, 404, 415, 429}},
        {"change_role",
         kAccess,
         "Make a user a listener or an administrator.",
         200,
         "status.",
         {400, 403, 404, 409, 415, 429}},
        {"sessions",
         kAccess,
         "The browsers that one is signed in with.",
         200,
         "sessions: id, device, created_at, seen_at, expires_at, current.",
         {403, 404}},
        {"end_session", kAccess, "Sign one of them out.", 200, "status.", {403, 404}},
        {"tokens",
         kAccess,
         "One's tokens, without what is secret.",
         200,
         "tokens: id, name, scopes, created_at, used_at.",
         {403, 404}},
        {"add_token", kAccess, "Make a token; it is shown this once.", 201, "id, token.", {400, 403, 404, 409, 415}},
        {"remove_token", kAccess, "Remove a token.", 200, "status.", {403, 404}},
        {"account_servers",
         kAccess,
         "The servers that one may have an account on.",
         200,
         "servers: server_id, name, type, linked, user (or null).",
         {403, 404}},
        {"link_account",
         kAccess,
         "Link an account of one's own, which is signed in to first; lists go there, and its plays are one's taste.",
         200,
         "server_id, name, type, linked, user.",
         {400, 403, 404, 415, 429, 503}},
        {"unlink_account", kAccess, "Forget it, and what was played by it.", 200, "status.", {400, 403, 404}},
        {"hidden_artists", kAccess, "Artists that do not come up in lists made for one.", 200, "artists: names.", {}},
        {"hide_artist", kAccess, "Never play this artist.", 200, "artists: names.", {400, 415}},
        {"show_artist", kAccess, "Play them again.", 200, "artists: names.", {404}},
        {"schedules",
         kKeeping,
         "What starts by itself, and when.",
         200,
         "A list: id, name, task_type, cron_expr, time_zone, enabled, catch_up, on_change, next_runs (at most five), "
         "last_run, created_at, last_task (task_id, status, message; or null), waits_for, missed_at, outcome.",
         {}},
        {"save_schedule",
         kKeeping,
         "Add a schedule, or change the one with this id.",
         200,
         "message, id.",
         {400, 404, 415}},
        {"preview_schedule",
         kKeeping,
         "When a cron expression is due, without saving it.",
         200,
         "next_runs, time_zone.",
         {400}},
        {"delete_schedule", kKeeping, "Remove a schedule.", 200, "deleted: true.", {404}},
        {"start_cleaning",
         kTasks,
         "List every server and folder anew, and remove what none has had for AUDIOMUSE_ORPHAN_DAYS. Nothing is "
         "removed "
         "when one of them cannot be listed as a whole, or when more than half of the catalogue would go.",
         202,
         "task_id, task_type, status.",
         {409}},
        {"preview_cleaning",
         kKeeping,
         "What no server and no folder has any more, by album, and what can be put back.",
         200,
         "orphan_days, catalogue, tracks, due (those that go now), servers, groups, total_groups, runs.",
         {}},
        {"undo_cleaning",
         kKeeping,
         "Put back what a cleaning removed; its time begins anew.",
         200,
         "restored: number of tracks.",
         {400, 404, 415}},
        {"create_backup",
         kKeeping,
         "Write the whole catalogue to a file in the folder for backups.",
         200,
         "success, filename, size_bytes. 202 with success false while it goes on.",
         {503}},
        {"backups",
         kKeeping,
         "The backups there are, the newest first.",
         200,
         "backups: file, bytes, made_at, tracks (or null); folder, kept, free_bytes, confirmation.",
         {}},
        {"download_backup", kKeeping, "A backup, as a file.", 200, "The file.", {404}},
        {"check_backup",
         kKeeping,
         "Read a backup to its end, to see whether it is whole.",
         200,
         "filename, tracks, rows, schema_version, size_bytes.",
         {400, 404, 409, 415, 422}},
        {"restore_backup",
         kKeeping,
         "Put a backup in place of the whole catalogue; what was there is kept as a backup of its own.",
         200,
         "success, tracks, kept_as.",
         {400, 404, 409, 413, 415, 422}},
        {"start_analysis",
         kTasks,
         "Scan the library and analyse what is new.",
         202,
         "task_id, task_type and status \"queued\".",
         {400, 409, 415}},
        {"start_clustering",
         kTasks,
         "Make automatic playlists. Every field is optional; unknown ones are ignored.",
         202,
         "task_id, task_type and status \"queued\".",
         {400, 409, 415}},
        {"status",
         kTasks,
         "State, progress and details of a task.",
         200,
         "task_id, state, status_message, progress, details, task_type_from_db, running_time_seconds.",
         {404}},
        {"cancel",
         kTasks,
         "Cancel a task and its children.",
         200,
         "message, task_id, cancelled_jobs_count.",
         {400, 404}},
        {"cancel_all", kTasks, "Cancel every unfinished task of a type.", 200, "message, cancelled_main_tasks.", {404}},
        {"last_task",
         kTasks,
         "The newest main task.",
         200,
         "task_id, task_type, status, progress, details, running_time_seconds; status NO_PREVIOUS_MAIN_TASK when there "
         "is none.",
         {}},
        {"active_tasks", kTasks, "The unfinished main task.", 200, "The task, or {} when there is none.", {}},
        {"tasks", kTasks, "The newest tasks.", 200, "tasks: newest first.", {}},
        {"events",
         kTasks,
         "Server-sent events: job, library, index, map and playlists.",
         200,
         "A stream; the first event is the active job, a comment line follows every 15 seconds.",
         {},
         "text/event-stream"},

        {"search_tracks",
         kTracks,
         "Tracks by title and artist, as substrings of three characters or more.",
         200,
         "List of item_id, title, author, album, album_artist.",
         {}},
        {"similar_tracks",
         kTracks,
         "Tracks that sound like one, given by item_id or by title and artist.",
         200,
         "List of item_id, title, author, album, distance (cosine distance, 0 to 2).",
         {400, 404, 503}},
        {"find_path",
         kTracks,
         "A list that leads from one track to another in small steps.",
         200,
         "path: item_id, title, author, album, tempo, key, scale, mood_vector, energy, other_features, "
         "embedding_vector, and distance to the track before (angle in half turns, 0 to 1); total_distance: their sum.",
         {400, 404}},
        {"search_artists",
         kTracks,
         "Artists by a part of the name, those of most tracks first.",
         200,
         "List of artist, artist_id, track_count.",
         {}},
        {"similar_artists",
         kTracks,
         "Artists that sound like one, the nearest first.",
         200,
         "List of artist, artist_id, divergence (0 to 2: the mean cosine distance from each kind of song of either to "
         "the nearest of the other); with matches also component_matches, query_artist_components, "
         "candidate_artist_components.",
         {400, 404, 503}},
        {"artist_tracks",
         kTracks,
         "All tracks of an artist, also as a guest, by title.",
         200,
         "List of item_id, title, author; [] for an unknown artist.",
         {400}},
        {"artist_projections",
         kTracks,
         "The artists' kinds of song as points in two dimensions.",
         200,
         "components: artist_id, artist_name, component_idx, weight, projection; count.",
         {}},
        {"build_artist_projection",
         kTracks,
         "Work out the points of artist_projections now.",
         200,
         "status, message.",
         {400}},
        {"max_distance",
         kTracks,
         "The track that sounds least like one.",
         200,
         "max_distance, farthest_item_id.",
         {400, 404, 503}},
        {"track", kTracks, "Title and author of a track.", 200, "item_id, title, author.", {400, 404}},
        {"external_score",
         kTracks,
         "What was measured in a track, in AudioMuse-AI's text forms.",
         200,
         "item_id, title, author, tempo, key, scale, mood_vector, energy, other_features.",
         {400, 404}},
        {"external_embedding", kTracks, "The vector of a track.", 200, "item_id, embedding.", {400, 404}},
        {"external_search",
         kTracks,
         "As search_tracks, but texts that are too short are an error.",
         200,
         "List of item_id, title, author, album, album_artist.",
         {400}},

        {"playlists", kLists, "The automatic playlists.", 200, "Object: name to list of item_id, title, author.", {}},
        {"create_playlist",
         kLists,
         "Save tracks as a playlist named <playlist_name>_instant, here and on the media server, where it is read "
         "back.",
         201,
         "message, playlist_id (the media server's where one is the default or named).",
         {400, 415, 502, 503, 504}},
        {"chat_create_playlist",
         kLists,
         "As create_playlist, for AudioMuse-AI's chat.",
         200,
         "message; of failures, too.",
         {400, 415, 502, 503, 504}},
        {"chat_config_defaults",
         kLists,
         "The language model of the settings, for AudioMuse-AI's chat.",
         200,
         "default_ai_provider, default_ollama_model_name, default_openai_model_name, default_gemini_model_name, "
         "default_mistral_model_name; ollama_server_url and openai_server_url are empty.",
         {}},
        {"chat_playlist",
         kLists,
         "A list for a request in plain words, in the shape of AudioMuse-AI's chat. The language model of the settings "
         "understands it, or the rules do.",
         200,
         "response: message (what was done, a line each), original_request, ai_provider_used, ai_model_selected, "
         "executed_query, query_results (item_id, title, artist; null when there are none).",
         {400, 415}},
        {"chat_playlist_stream",
         kLists,
         "The same as an event stream, with a line for each step while it is done.",
         200,
         "Events whose data is JSON: type log with line, done with response, or error with error and error_code; t "
         "in seconds.",
         {400, 415},
         "text/event-stream"},
        {"clap_warmup",
         kLists,
         "Bring the text branch of CLAP into memory, for searches to come.",
         200,
         "loaded, expiry_seconds.",
         {400}},
        {"clap_warmup_status",
         kLists,
         "Whether the text branch of CLAP is in memory.",
         200,
         "active, seconds_remaining.",
         {}},
        {"clap_cache_refresh",
         kLists,
         "Have the tracks that CLAP has heard looked for now.",
         200,
         "success, message, stats.",
         {400, 500}},
        {"clap_stats",
         kLists,
         "How many tracks CLAP has heard.",
         200,
         "loaded, song_count, embedding_dimension, memory_mb, clap_enabled.",
         {}},
        {"clap_top_queries",
         kLists,
         "What to search for: descriptions that the library has much of.",
         200,
         "queries, ready.",
         {}},
        {"clap_search",
         kLists,
         "Tracks that fit a description, the best first.",
         200,
         "query, results (item_id, title, author, similarity), count; understood_by, not_understood, message (why "
         "there "
         "are none).",
         {400, 415}},
        {"library_ask",
         kLists,
         "A list for a request in plain words, and what was made of each of them.",
         200,
         "understood_by (a model's name, or rules), why_rules (where a model was to), steps, conditions: kind, degree, "
         "value, from, to, words, text, state (met, relaxed, dropped), tracks, note; not_understood, language, cut, "
         "message "
         "(why there is no list), tracks: cards, total_duration_s.",
         {400}},
        {"library_ask_body", kLists, "The same, for long requests.", 200, "As library_ask.", {400, 415}},
        {"library_ask_stream",
         kLists,
         "The same as an event stream, with a line for each step while it is done.",
         200,
         "Events as of chat_playlist_stream; response of done is what library_ask answers.",
         {400, 415},
         "text/event-stream"},
        {"lists",
         kLists,
         "The playlists of the household and one's own.",
         200,
         "lists: id, name, kind, shared, sizes, recipe, profile, covers.",
         {}},
        {"list", kLists, "A playlist with its tracks.", 200, "The list and tracks.", {404}},
        {"create_list", kLists, "Make a playlist.", 201, "The list.", {400, 409, 415}},
        {"change_list", kLists, "Rename a playlist or replace its tracks.", 200, "The list.", {400, 404, 409, 415}},
        {"delete_list", kLists, "Remove a playlist.", 204, "Nothing.", {404}},
        {"draft",
         kLists,
         "What the newest search for playlists has found and nobody has published.",
         200,
         "draft: null, or task_id, made_at, algorithm, score, lists: number, name, replaces, track_count, duration_s, "
         "recipe, profile, covers, sample (cards), track_ids, points (of the map, or null).",
         {}},
        {"draft_list", kLists, "A list of the draft with its tracks.", 200, "The list and tracks.", {404}},
        {"publish_draft",
         kLists,
         "Make lists of the draft the automatic playlists, here and on the media servers.",
         200,
         "playlists_created; problem: what went wrong on media servers, or an empty text.",
         {400, 404, 415}},
        {"delete_draft", kLists, "Drop the draft.", 204, "Nothing.", {}},
        {"export_tracks",
         kLists,
         "Tracks that are on no playlist as an extended M3U file with absolute paths.",
         200,
         "The file.",
         {400, 415},
         "audio/x-mpegurl"},
        {"export_list",
         kLists,
         "A playlist as an extended M3U file with absolute paths.",
         200,
         "The file.",
         {404},
         "audio/x-mpegurl"},

        {"map",
         kLibrary,
         "A part of the music map, for AudioMuse-AI's clients.",
         200,
         "items (artist, embedding_2d, item_id, mood_vector, title), projection, count.",
         {}},
        {"map_cache_status", kLibrary, "How large the answers of /api/map are.", 200, "ok, buckets.", {}},
        {"rebuild_map_cache", kLibrary, "Bring the music map up to date now.", 200, "ok, message.", {}},
        {"library_map",
         kLibrary,
         "The whole music map in columns of numbers, a few bytes a track.",
         200,
         "See src/api/map_picture.h.",
         {},
         "application/octet-stream"},
        {"library_map_tracks",
         kLibrary,
         "The tracks of points of the map.",
         200,
         "tracks, each with point and hidden.",
         {400}},
        {"library_map_points",
         kLibrary,
         "The points of tracks or of a playlist.",
         200,
         "points: a number for each, or null for one that is not on the map.",
         {400, 404}},
        {"alchemy",
         kAlchemy,
         "Tracks like what is added and unlike what is subtracted: songs, artists, playlists, moods and anchors.",
         200,
         "results, filtered_out, centroids, add_points, sub_points, projection, and what an anchor is saved of.",
         {400, 409, 415}},
        {"library_blend",
         kAlchemy,
         "The same for the page.",
         200,
         "tracks (cards with distance, similarity, reasons), filtered_out, points, seed.",
         {400, 409, 415, 503}},
        {"fingerprint",
         kAlchemy,
         "Tracks like those that are played most and latest.",
         200,
         "List of item_id, title, author, distance; what is played most comes first, with the distance 0.",
         {400}},
        {"fingerprint_post",
         kAlchemy,
         "The same with a body.",
         200,
         "List of item_id, title, author, distance.",
         {400, 415}},
        {"library_fingerprint",
         kAlchemy,
         "The same for the page.",
         200,
         "taste_of (listener, or household until they have played something), seeds (cards with plays and "
         "last_played), tracks (cards with distance, similarity, reasons).",
         {400, 503}},
        {"anchors", kAlchemy, "Saved places among the tracks.", 200, "anchors: id and name.", {}},
        {"create_anchor",
         kAlchemy,
         "Save a place: a centroid with exclusions, or the items of a blend.",
         200,
         "anchor: id and name.",
         {400, 409, 415, 503}},
        {"rename_anchor", kAlchemy, "Rename an anchor.", 200, "anchor: id and name.", {400, 404, 409, 415}},
        {"delete_anchor", kAlchemy, "Remove an anchor and its radio.", 200, "deleted: true.", {404}},
        {"radios", kAlchemy, "Lists that are made again and again.", 200, "radios.", {}},
        {"create_radio",
         kAlchemy,
         "A radio of an anchor, of items, or of what is played most.",
         200,
         "radio.",
         {400, 404, 409, 415}},
        {"change_radio", kAlchemy, "Change a radio.", 200, "radio.", {400, 404, 415}},
        {"delete_radio", kAlchemy, "Remove a radio; its playlist stays.", 200, "deleted: true.", {404}},
        {"run_radios",
         kAlchemy,
         "Make the lists of all enabled radios anew, here and on the media servers.",
         200,
         "message, radios_enabled, servers_enabled, playlists_created, failed.",
         {400, 503}},
        {"run_radio",
         kAlchemy,
         "Make the list of one radio anew, enabled or paused.",
         200,
         "message, radios_enabled, servers_enabled, playlists_created, failed.",
         {404, 503}},
        {"radio_issues",
         kAlchemy,
         "The last issues of a radio's list, the newest first.",
         200,
         "issues: number, made_at, track_ids.",
         {404}},
        {"play",
         kAlchemy,
         "A track was played. Where API_TOKEN is set, programs send it as bearer token.",
         200,
         "counted: whether it was.",
         {400, 401, 404, 415, 429}},

        {"library_summary",
         kLibrary,
         "Sizes, coverage, and what the library sounds like.",
         200,
         "Counts, coverage, model, index, styles, keys, tempo, energy, newest, folders.",
         {}},
        {"library_tracks", kLibrary, "Search and browse tracks.", 200, "total, tracks.", {400}},
        {"library_lyrics", kLibrary, "Search in lyrics.", 200, "tracks, each with the line.", {400}},
        {"library_track",
         kLibrary,
         "Everything about a track.",
         200,
         "The track; tempo and key with their confidence (0 to 1), what was listened to, or why it failed.",
         {404}},
        {"library_audio",
         kLibrary,
         "The audio file; ranges and conditional requests work.",
         200,
         "The file.",
         {206, 304, 404, 416},
         "audio/*"},
        {"library_cover", kLibrary, "The cover picture.", 200, "The picture.", {304, 404}, "image/*"},
        {"library_similar",
         kLibrary,
         "Tracks like one, like several, at an anchor or of a mood, with reasons.",
         200,
         "seed, seeds, anchor or mood, and tracks with similarity and reasons.",
         {400, 404, 503}},
        {"library_path",
         kLibrary,
         "A song path, through others if wanted, with what a chart of it shows.",
         200,
         "tracks with step and distance to the one before (1 - cos); total_distance; stats: total, mean, longest, "
         "longest_at, steps, positions, tempo, energy; shortfall: why it is shorter than wanted, or null.",
         {400, 404, 503}},
        {"library_artists",
         kLibrary,
         "Artists, those of most tracks first.",
         200,
         "total, artists: artist, artist_id, tracks, analysed, kinds, cover_item_id.",
         {}},
        {"library_artist",
         kLibrary,
         "An artist: tracks, albums, and similar artists with what matches.",
         200,
         "artist, tracks, albums, similar: artist, artist_id, distance, similarity, matches.",
         {400, 404}},
        {"library_order",
         kLibrary,
         "A list in an order that is good to listen to: smooth, or along an arc from calm to wild.",
         200,
         "tracks in their new order, arc, cost_before and cost_after, unheard: how many had no analysis and come last.",
         {400, 404, 415, 503}},
        {"library_failures",
         kLibrary,
         "Tracks that could not be analysed, and why.",
         200,
         "total, failures with stage, file stamp and decoder.",
         {}},
        {"library_retry",
         kLibrary,
         "Forget failures and analyse again.",
         202,
         "forgotten and the task.",
         {404, 409, 415}},

        {"servers",
         kServers,
         "The music folders of this machine (server_type local) and the media servers.",
         200,
         "servers: server_id, name, server_type, creds without secrets, music_libraries, is_default, tracks; "
         "default_id, "
         "multi_server_enabled, sweep_task.",
         {}},
        {"add_server",
         kServers,
         "Add a media server, and begin to read it unless a main task runs.",
         201,
         "The server, and sweep_task_id or null.",
         {400, 409, 415}},
        {"replace_server", kServers, "As change_server.", 200, "The server.", {400, 404, 409, 415}},
        {"change_server",
         kServers,
         "Change a media server; fields that are left out stay.",
         200,
         "The server, and sweep_task_id or null.",
         {400, 404, 409, 415}},
        {"remove_server",
         kServers,
         "Remove a media server. What was analysed is kept.",
         200,
         "deleted: its id.",
         {400, 404}},
        {"make_default_server", kServers, "Let the API speak the ids of this server.", 200, "The server.", {404}},
        {"sweep_server",
         kServers,
         "Read a media server and analyse what is new.",
         202,
         "enqueued, task_id, job_id, server_id.",
         {400, 404, 409}},
        {"align_servers", kServers, "Read all of them.", 202, "enqueued, task_id, job_id.", {409}},
        {"test_server",
         kServers,
         "Try address, login and libraries, without keeping them. A failure is an answer, too.",
         200,
         "ok; server, version, user, libraries with their tracks, tracks, advice; else error, error_code, field.",
         {400, 404, 415}},
        {"server_libraries",
         kServers,
         "The music libraries of a server that need not be kept.",
         200,
         "libraries: id, name, tracks or null; unsupported.",
         {400, 404, 415, 502, 503, 504}},

        {"worker_audio",
         kSystem,
         "The audio file of a track, for workers on other machines, which sign its address.",
         200,
         "The file.",
         {206, 304, 401, 403, 404, 416},
         "audio/*"},
        {"library_next",
         kPlayers,
         "What to play after the tracks that were played last: nothing that was played or is in the queue.",
         200,
         "seeds, tracks with distance and similarity.",
         {400, 404, 503}},
        {"library_next_body",
         kPlayers,
         "The same, for long queues.",
         200,
         "seeds, tracks with distance and similarity.",
         {400, 404, 415, 503}},
        {"library_requests",
         kPlayers,
         "The newest fifty requests for lists of what sounds alike, since the start of this process.",
         200,
         "engine, index, requests: at, caller, route, seed, wanted, items, status, seconds.",
         {}},
        {"subsonic",
         kPlayers,
         "A method of the OpenSubsonic API. Failures have status 200, too: the body tells.",
         200,
         "subsonic-response, as XML or JSON.",
         {404},
         "application/xml"},
        {"subsonic_form",
         kPlayers,
         "The same, with the parameters as a form.",
         200,
         "subsonic-response, as XML or JSON.",
         {404},
         "application/xml"},
        {"health", kSystem, "Whether the server answers.", 200, "status \"ok\".", {}},
        {"ready",
         kSystem,
         "Whether requests can be answered: the store answers, and the index, where one is saved, is loaded.",
         200,
         "status \"ready\".",
         {503}},
        {"metrics", kSystem, "Figures in Prometheus' text format.", 200, "The figures.", {}, "text/plain"},
        {"settings",
         kSystem,
         "Every setting, with where its value comes from.",
         200,
         "groups: name, settings: name, type (text, secret, integer, number, boolean, hours), help, origin (default, "
         "saved, .env, environment, flag), locked, needs_restart, waits_for_restart; value and default, of a secret "
         "only is_set; choices, minimum, maximum.",
         {}},
        {"change_settings",
         kSystem,
         "Save settings, all or none. They count at once, but for those that need a restart.",
         200,
         "previous: name to what was saved before (null: nothing), without secrets; settings: those that were named.",
         {400, 409, 415}},
        {"restart",
         kSystem,
         "Start all processes of the installation anew, for the settings that are taken at a start only.",
         202,
         "status: restarting.",
         {}},
        {"log",
         kSystem,
         "The last thousand lines that this process has logged, the oldest first.",
         200,
         "lines: time (Unix seconds), level, text; kept: how many at most.",
         {400}},
        {"config", kSystem, "The settings that concern music, and the tags.", 200, "Object: setting to value.", {}},
        {"config_defaults", kSystem, "Defaults of the media server.", 200, "Object, empty for local folders.", {}},
        {"api_document", kSystem, "This document.", 200, "OpenAPI 3.", {}},
        {"api_page", kSystem, "This document for people.", 200, "A page.", {}, "text/html"},
        {"api_page_redirect", kSystem, "Leads to /apidocs/.", 308, "Location.", {}, "text/html"},
        {"api_page_script", kSystem, "Script of the page.", 200, "JavaScript.", {}, "text/javascript"},
    };
    return all;
}

std::string_view type_name(ParamType type) {
    switch (type) {
        case ParamType::text:
            return "string";
        case ParamType::integer:
            return "integer";
        case ParamType::number:
            return "number";
        case ParamType::boolean:
            return "boolean";
        case ParamType::array:
            return "array";
        case ParamType::object:
            return "object";
        case ParamType::any:
            break;
    }
    return "string";
}

json::value number_json(const Param& param, double number) {
    if (param.type == ParamType::integer) return static_cast<std::int64_t>(number);
    return number;
}

json::object schema(const Param& param) {
    json::object made;
    if (param.type != ParamType::any) made["type"] = type_name(param.type);
    if (param.fallback) made["default"] = number_json(param, *param.fallback);
    if (param.minimum) made["minimum"] = number_json(param, *param.minimum);
    if (param.maximum) made["maximum"] = number_json(param, *param.maximum);
    if (param.type == ParamType::array) made["items"] = json::object();
    if (!param.choices.empty()) {
        json::array choices;
        for (const std::string& choice : param.choices)
            choices.emplace_back(choice);
        made["enum"] = std::move(choices);
    }
    return made;
}

json::object operation(const Route& route, const RouteDescription& description) {
    json::array parameters;
    json::object properties;
    json::array required;
    for (const Param& param : route.params) {
        json::object described = schema(param);
        if (param.in == In::body) {
            described["description"] = param.help;
            properties[param.name] = std::move(described);
            if (param.required) required.emplace_back(param.name);
        } else {
            parameters.push_back({{"name", param.name},
                                  {"in", param.in == In::path ? "path" : "query"},
                                  {"required", param.required},
                                  {"description", param.help},
                                  {"schema", std::move(described)}});
        }
    }
    json::object answers;
    json::object success = {{"description", description.answer}};
    if (description.status != 204 && description.status != 308) {
        json::object content;
        content[description.media_type] = json::object();
        success["content"] = std::move(content);
    }
    answers[std::to_string(description.status)] = std::move(success);
    std::vector<int> errors = description.errors;  // of its own; the limit is that of all such routes
    if (route.per_minute > 0 && std::ranges::find(errors, 429) == errors.end()) errors.push_back(429);
    for (const int status : errors) {
        answers[std::to_string(status)] = {{"description", reason_phrase(status)}};
    }
    json::object made = {{"operationId", route.name},
                         {"tags", json::array{description.tag}},
                         {"summary", description.summary},
                         {"responses", std::move(answers)}};
    if (!parameters.empty()) made["parameters"] = std::move(parameters);
    if (!properties.empty()) {
        json::object body = {{"type", "object"}, {"properties", std::move(properties)}};
        const bool needed = !required.empty();
        if (needed) body["required"] = std::move(required);
        made["requestBody"] = {{"required", needed},
                               {"content", {{"application/json", {{"schema", std::move(body)}}}}}};
    }
    return made;
}

std::string lower_method(Method method) {
    std::string name(method_name(method));
    for (char& c : name)
        c = static_cast<char>(c - 'A' + 'a');
    return name;
}

}  // namespace

std::span<const RouteDescription> route_descriptions() {
    return descriptions();
}

json::object openapi_document(std::span<const Route> routes, std::string_view version) {
    json::object paths;
    for (const Route& route : routes) {
        const auto& known = descriptions();
        const auto description =
            std::find_if(known.begin(), known.end(), [&](const auto& d) { return d.route == route.name; });
        if (description == known.end()) throw std::logic_error(std::string(route.name) + " is not described");
        json::value& path = paths[route.pattern];
        if (!path.is_object()) path.emplace_object();
        path.get_object()[lower_method(route.method)] = operation(route, *description);
    }
    json::array tags;
    for (const auto& [name, text] : kTags)
        tags.push_back({{"name", name}, {"description", text}});
    return {{"openapi", "3.0.0"},
            {"info", {{"title", "AudioMuse-AI API"}, {"version", version}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)}};
}

}  // namespace audiomuse::api
