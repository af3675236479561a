// The settings, one line each. Everything that names a setting is made from this table: the struct Settings, `--help`,
// the environment variables, the lines of .env, docs/settings.md and /api/config.
//
// AUDIOMUSE_SETTING(group, member, NAME, type, default, minimum, maximum, choices, help)
//   NAME     environment variable, line of .env; the flag is the member's name with dashes
//   type     Text, Secret, Integer, Real, Boolean or Hours
//   minimum, maximum  of numbers, both allowed; ignored for others
//   choices  "a|b|c" for a Text of which only these values are allowed, else ""
//
// No include guard: included once per use, with AUDIOMUSE_SETTING defined by the includer.
// clang-format off

// Server
AUDIOMUSE_SETTING(server, data, AUDIOMUSE_DATA, Text, "", 0, 0, "", "Folder for the database, models and logs; empty = $XDG_DATA_HOME/audiomuse")
AUDIOMUSE_SETTING(server, music_folders, MUSIC_FOLDERS, Text, "", 0, 0, "", "Music folders, separated by ':'; the flag --music adds to them")
AUDIOMUSE_SETTING(server, host, AUDIOMUSE_HOST, Text, "0.0.0.0", 0, 0, "", "Address the web server listens on")
AUDIOMUSE_SETTING(server, port, AUDIOMUSE_PORT, Integer, 8000, 0, 65535, "", "Port of the web server; 0 = any free one")
AUDIOMUSE_SETTING(server, log_level, AUDIOMUSE_LOG_LEVEL, Text, "info", 0, 0, "debug|info|warn|error|off", "How much is logged")
AUDIOMUSE_SETTING(server, max_connections, AUDIOMUSE_MAX_CONNECTIONS, Integer, 4096, 1, 100000, "", "Connections held at once; more are refused with 503")
AUDIOMUSE_SETTING(server, max_body_bytes, AUDIOMUSE_MAX_BODY_BYTES, Integer, 1048576, 1024, 1073741824, "", "Largest request body in bytes")
AUDIOMUSE_SETTING(server, request_timeout_s, AUDIOMUSE_REQUEST_TIMEOUT, Integer, 30, 1, 3600, "", "Seconds a client may take to send a request")

// Players
AUDIOMUSE_SETTING(players, opensubsonic_user, OPENSUBSONIC_USER, Text, "", 0, 0, "", "User that players log in as at /rest/, the OpenSubsonic address; empty = no login by user")
AUDIOMUSE_SETTING(players, opensubsonic_password, OPENSUBSONIC_PASSWORD, Secret, "", 0, 0, "", "Password of that user")
AUDIOMUSE_SETTING(players, opensubsonic_api_key, OPENSUBSONIC_API_KEY, Secret, "", 0, 0, "", "API key that players may send instead; without a user and without a key /rest/ is closed")

// Many machines
AUDIOMUSE_SETTING(distributed, database_url, DATABASE_URL, Secret, "", 0, 0, "", "PostgreSQL to share, as postgresql://user:password@host:port/database; empty = the POSTGRES_ settings")
AUDIOMUSE_SETTING(distributed, postgres_host, POSTGRES_HOST, Text, "", 0, 0, "", "Host of PostgreSQL; empty, and no DATABASE_URL = SQLite in the data folder")
AUDIOMUSE_SETTING(distributed, postgres_port, POSTGRES_PORT, Integer, 5432, 1, 65535, "", "Port of PostgreSQL")
AUDIOMUSE_SETTING(distributed, postgres_user, POSTGRES_USER, Text, "audiomuse", 0, 0, "", "User of PostgreSQL")
AUDIOMUSE_SETTING(distributed, postgres_password, POSTGRES_PASSWORD, Secret, "", 0, 0, "", "Password of that user")
AUDIOMUSE_SETTING(distributed, postgres_db, POSTGRES_DB, Text, "audiomusedb", 0, 0, "", "Database of PostgreSQL")
AUDIOMUSE_SETTING(distributed, postgres_connections, POSTGRES_CONNECTIONS, Integer, 16, 2, 1000, "", "Connections to PostgreSQL this process holds, at most")
AUDIOMUSE_SETTING(distributed, postgres_statement_timeout, POSTGRES_STATEMENT_TIMEOUT, Integer, 60, 1, 86400, "", "Seconds after which PostgreSQL ends a statement")
AUDIOMUSE_SETTING(distributed, redis_url, REDIS_URL, Secret, "", 0, 0, "", "Redis that delivers jobs, as redis://:password@host:port/number; empty = PostgreSQL delivers them, or this process where it is alone")
AUDIOMUSE_SETTING(distributed, queues, AUDIOMUSE_QUEUES, Text, "high,default", 0, 0, "", "Queues that `worker` serves, separated by ',': high = whole jobs, default = their parts")
AUDIOMUSE_SETTING(distributed, url, AUDIOMUSE_URL, Text, "", 0, 0, "", "Address under which workers on other machines reach this web instance, to fetch the files of its music folders; empty = found out")

// Media servers
AUDIOMUSE_SETTING(media_servers, mediaserver_type, MEDIASERVER_TYPE, Text, "", 0, 0, "", "Kind of the media server that the settings below name: jellyfin, emby, navidrome (any Subsonic server), lyrion, plex or mpd. It is added when there is none yet; afterwards servers are kept in the store and changed on the page")
AUDIOMUSE_SETTING(media_servers, music_libraries, MUSIC_LIBRARIES, Text, "", 0, 0, "", "Names or ids of its libraries to read, separated by commas; empty = all")
AUDIOMUSE_SETTING(media_servers, mediaserver_interval, MEDIASERVER_INTERVAL, Integer, 300, 0, 86400, "", "Seconds between two questions whether a media server has new music, which is then listened to; 0 = never")
AUDIOMUSE_SETTING(media_servers, jellyfin_url, JELLYFIN_URL, Text, "", 0, 0, "", "Address of Jellyfin, e.g. http://nas:8096")
AUDIOMUSE_SETTING(media_servers, jellyfin_user_id, JELLYFIN_USER_ID, Text, "", 0, 0, "", "Id or name of the Jellyfin user whose playlists are written")
AUDIOMUSE_SETTING(media_servers, jellyfin_token, JELLYFIN_TOKEN, Secret, "", 0, 0, "", "API key of Jellyfin")
AUDIOMUSE_SETTING(media_servers, emby_url, EMBY_URL, Text, "", 0, 0, "", "Address of Emby")
AUDIOMUSE_SETTING(media_servers, emby_user_id, EMBY_USER_ID, Text, "", 0, 0, "", "Id or name of the Emby user whose playlists are written")
AUDIOMUSE_SETTING(media_servers, emby_token, EMBY_TOKEN, Secret, "", 0, 0, "", "API key of Emby")
AUDIOMUSE_SETTING(media_servers, navidrome_url, NAVIDROME_URL, Text, "", 0, 0, "", "Address of Navidrome or another Subsonic server, e.g. http://nas:4533")
AUDIOMUSE_SETTING(media_servers, navidrome_user, NAVIDROME_USER, Text, "", 0, 0, "", "User of Navidrome")
AUDIOMUSE_SETTING(media_servers, navidrome_password, NAVIDROME_PASSWORD, Secret, "", 0, 0, "", "Password of that user")
AUDIOMUSE_SETTING(media_servers, navidrome_api_key, NAVIDROME_API_KEY, Secret, "", 0, 0, "", "API key, for Subsonic servers that take one, instead of user and password")
AUDIOMUSE_SETTING(media_servers, navidrome_plain_password, NAVIDROME_PLAIN_PASSWORD, Boolean, false, 0, 0, "", "Send the password readable over http to a server that takes no tokens, such as supysonic")
AUDIOMUSE_SETTING(media_servers, lyrion_url, LYRION_URL, Text, "", 0, 0, "", "Address of Lyrion, e.g. http://nas:9000")
AUDIOMUSE_SETTING(media_servers, lyrion_user, LYRION_USER, Text, "", 0, 0, "", "User of a Lyrion that is protected by a password")
AUDIOMUSE_SETTING(media_servers, lyrion_password, LYRION_PASSWORD, Secret, "", 0, 0, "", "Password of that user")
AUDIOMUSE_SETTING(media_servers, plex_url, PLEX_URL, Text, "", 0, 0, "", "Address of Plex, e.g. http://nas:32400")
AUDIOMUSE_SETTING(media_servers, plex_token, PLEX_TOKEN, Secret, "", 0, 0, "", "Token of the Plex account")
AUDIOMUSE_SETTING(media_servers, mpd_host, MPD_HOST, Text, "", 0, 0, "", "Host of MPD, or the path of its socket")
AUDIOMUSE_SETTING(media_servers, mpd_port, MPD_PORT, Integer, 6600, 1, 65535, "", "Port of MPD")
AUDIOMUSE_SETTING(media_servers, mpd_password, MPD_PASSWORD, Secret, "", 0, 0, "", "Password of MPD")
AUDIOMUSE_SETTING(media_servers, mpd_music_directory, MPD_MUSIC_DIRECTORY, Text, "", 0, 0, "", "Where the music directory of MPD is on this machine")

// Analysis
AUDIOMUSE_SETTING(analysis, workers, AUDIOMUSE_WORKERS, Integer, 0, 0, 1024, "", "Files analysed at once, at most; 0 = one per core. Never more than the cores and the memory this process may use allow")
AUDIOMUSE_SETTING(analysis, cpu_share, AUDIOMUSE_CPU_SHARE, Integer, 100, 1, 100, "", "Percent of the time of the cores this process may use that analysis takes")
AUDIOMUSE_SETTING(analysis, analysis_hours, AUDIOMUSE_ANALYSIS_HOURS, Hours, {}, 0, 0, "", "Hours of the day, local time, in which files are analysed; 22-6 = from 22:00 to 6:00; empty = always")
AUDIOMUSE_SETTING(analysis, nice, AUDIOMUSE_NICE, Integer, 10, 0, 19, "", "Nice level of the threads that analyse: the higher, the more they leave to other work")
AUDIOMUSE_SETTING(analysis, model, MODEL, Text, "auto", 0, 0, "auto|mini|musicnn|descriptors", "Model that listens; auto = mini, or descriptors where ONNX Runtime cannot load")
AUDIOMUSE_SETTING(analysis, model_dir, AUDIOMUSE_MODEL_DIR, Text, "", 0, 0, "", "Folder with further model files, looked at before the model store")
AUDIOMUSE_SETTING(analysis, stretch, AUDIOMUSE_STRETCH, Text, "first", 0, 0, "first|whole|spread", "Part of a long file that is listened to: its first seconds, the whole, or windows spread over its length")
AUDIOMUSE_SETTING(analysis, audio_load_timeout, AUDIO_LOAD_TIMEOUT, Integer, 600, 0, 86400, "", "Seconds of audio that are listened to per track, with AUDIOMUSE_STRETCH first or spread; 0 = all (the name is AudioMuse-AI's)")
AUDIOMUSE_SETTING(analysis, top_n_moods, TOP_N_MOODS, Integer, 5, 1, 50, "", "Moods shown per track in mood_vector")
AUDIOMUSE_SETTING(analysis, num_recent_albums, NUM_RECENT_ALBUMS, Integer, 0, 0, 1000000, "", "Newest albums a run looks at; 0 = all (media servers only)")

// Similar tracks
AUDIOMUSE_SETTING(similar, max_songs_per_artist, MAX_SONGS_PER_ARTIST, Integer, 3, 0, 10000, "", "Most tracks of one artist in a list; 0 = no limit")
AUDIOMUSE_SETTING(similar, eliminate_duplicates, SIMILARITY_ELIMINATE_DUPLICATES_DEFAULT, Boolean, true, 0, 0, "", "Similar tracks: apply the artist limit unless the request says otherwise")
AUDIOMUSE_SETTING(similar, radius, SIMILARITY_RADIUS_DEFAULT, Boolean, true, 0, 0, "", "Similar tracks: order them as a walk unless the request says otherwise")
AUDIOMUSE_SETTING(similar, mood_similarity, MOOD_SIMILARITY_ENABLE, Boolean, false, 0, 0, "", "Similar tracks: drop those of another mood unless the request says otherwise")
AUDIOMUSE_SETTING(similar, mood_threshold, MOOD_SIMILARITY_THRESHOLD, Real, 0.15, 0, 1, "", "Largest mean difference of the six other features")
AUDIOMUSE_SETTING(similar, duplicate_distance, DUPLICATE_DISTANCE_THRESHOLD_COSINE, Real, 0.01, 0, 2, "", "Tracks closer than this (1 - cos) count as the same recording")
AUDIOMUSE_SETTING(similar, duplicate_lookback, DUPLICATE_DISTANCE_CHECK_LOOKBACK, Integer, 1, 0, 1000, "", "Kept tracks a candidate is compared with; 0 = off")
AUDIOMUSE_SETTING(similar, hub_correction, HUB_CORRECTION, Boolean, true, 0, 0, "", "Similar tracks: keep tracks that are near to very many others from coming up everywhere")
AUDIOMUSE_SETTING(similar, similar_artists_min_tracks, SIMILAR_ARTISTS_MIN_TRACKS, Integer, 3, 1, 10000, "", "Similar artists: those with as many analysed tracks; others only where these are too few")
AUDIOMUSE_SETTING(similar, path_default_length, PATH_DEFAULT_LENGTH, Integer, 25, 2, 500, "", "Song path: songs wanted, the ends included, unless the request says otherwise")
AUDIOMUSE_SETTING(similar, path_fix_size, PATH_FIX_SIZE, Boolean, false, 0, 0, "", "Song path: exactly as many as wanted, unless the request says otherwise")
AUDIOMUSE_SETTING(similar, index_metric, VOYAGER_METRIC, Text, "angular", 0, 0, "angular|euclidean", "Scale of the distances that AudioMuse-AI's routes tell: angular = 1 - cos of the angle between two embeddings, euclidean = the length of the difference of the embeddings scaled to length 1; the lists are the same")
AUDIOMUSE_SETTING(similar, index_storage, AUDIOMUSE_INDEX_STORAGE, Text, "int8", 0, 0, "int8|float32", "How the vector index keeps embeddings: int8 = searched by 8 bits a number and ranked by 16, about 570 bytes a track; float32 = as they are, about 960")
AUDIOMUSE_SETTING(similar, index_m, VOYAGER_M, Integer, 16, 4, 128, "", "Links per node of the vector index, twice as many in its lowest layer")
AUDIOMUSE_SETTING(similar, index_ef_construction, VOYAGER_EF_CONSTRUCTION, Integer, 200, 16, 4096, "", "Effort spent on building the vector index")
AUDIOMUSE_SETTING(similar, index_ef_search, VOYAGER_QUERY_EF, Integer, 128, 8, 4096, "", "Effort spent on a query of the vector index")

// Song alchemy, radios, sonic fingerprint
AUDIOMUSE_SETTING(alchemy, alchemy_n, ALCHEMY_DEFAULT_N_RESULTS, Integer, 100, 1, 10000, "", "Tracks of a blend, unless the request says otherwise")
AUDIOMUSE_SETTING(alchemy, alchemy_most, ALCHEMY_MAX_N_RESULTS, Integer, 200, 1, 10000, "", "Most tracks of a blend")
AUDIOMUSE_SETTING(alchemy, alchemy_temperature, ALCHEMY_TEMPERATURE, Real, 1.0, 0, 100, "", "How wide and how much by chance a blend is drawn; 0 = the nearest tracks, in this order")
AUDIOMUSE_SETTING(alchemy, subtract_distance, ALCHEMY_SUBTRACT_DISTANCE_ANGULAR, Real, 0.2, 0, 1, "", "Tracks nearer than this (angle over pi) to what is subtracted are left out")
AUDIOMUSE_SETTING(alchemy, fingerprint_songs, SONIC_FINGERPRINT_TOP_N_SONGS, Integer, 20, 1, 1000, "", "Most played tracks that a sonic fingerprint is made of")
AUDIOMUSE_SETTING(alchemy, fingerprint_n, SONIC_FINGERPRINT_NEIGHBORS, Integer, 100, 1, 10000, "", "Tracks of a sonic fingerprint, unless the request says otherwise")
AUDIOMUSE_SETTING(alchemy, api_token, API_TOKEN, Secret, "", 0, 0, "", "Token that programs send with POST /api/plays, as Authorization: Bearer TOKEN; empty = none is asked for")

// Clustering
AUDIOMUSE_SETTING(clustering, cluster_algorithm, CLUSTER_ALGORITHM, Text, "kmeans", 0, 0, "kmeans", "How tracks are grouped into playlists")
AUDIOMUSE_SETTING(clustering, clustering_runs, CLUSTERING_RUNS, Integer, 1000, 1, 1000000, "", "Most runs of the search for good playlists; it ends earlier when nothing improves")
AUDIOMUSE_SETTING(clustering, top_n_playlists, TOP_N_PLAYLISTS, Integer, 8, 0, 1000, "", "Playlists kept, the most different ones; 0 = all")
AUDIOMUSE_SETTING(clustering, min_playlist_size, MIN_PLAYLIST_SIZE_FOR_TOP_N, Integer, 20, 1, 10000, "", "Smallest playlist kept; less in a small library")
AUDIOMUSE_SETTING(clustering, max_songs_per_cluster, MAX_SONGS_PER_CLUSTER, Integer, 0, 0, 100000, "", "Longest playlist; 0 = no limit")
AUDIOMUSE_SETTING(clustering, max_distance, MAX_DISTANCE, Real, 1.0, 0, 100, "", "Tracks farther from their centre than this times the spread of the library are left out; 0 = none")
AUDIOMUSE_SETTING(clustering, enable_clustering_embeddings, ENABLE_CLUSTERING_EMBEDDINGS, Boolean, true, 0, 0, "", "Group by embedding rather than by tempo, energy and moods")
AUDIOMUSE_SETTING(clustering, num_clusters_min, NUM_CLUSTERS_MIN, Integer, 40, 2, 10000, "", "Fewest groups tried; fewer in a small library")
AUDIOMUSE_SETTING(clustering, num_clusters_max, NUM_CLUSTERS_MAX, Integer, 100, 2, 10000, "", "Most groups tried")
AUDIOMUSE_SETTING(clustering, pca_components_min, PCA_COMPONENTS_MIN, Integer, 0, 0, 10000, "", "Fewest principal components tried; 0 = none")
AUDIOMUSE_SETTING(clustering, pca_components_max, PCA_COMPONENTS_MAX, Integer, 199, 0, 10000, "", "Most principal components tried")
AUDIOMUSE_SETTING(clustering, min_songs_per_genre, MIN_SONGS_PER_GENRE_FOR_STRATIFICATION, Integer, 100, 1, 100000, "", "Tracks of each genre in a sample, at least")
AUDIOMUSE_SETTING(clustering, stratified_percentile, STRATIFIED_SAMPLING_TARGET_PERCENTILE, Integer, 50, 0, 100, "", "Percentile of genre sizes a sample aims at")
AUDIOMUSE_SETTING(clustering, sampling_change, SAMPLING_PERCENTAGE_CHANGE_PER_RUN, Real, 0.2, 0, 1, "", "Share of the sample exchanged between runs")
AUDIOMUSE_SETTING(clustering, top_n_elites, CLUSTERING_TOP_N_ELITES, Integer, 10, 1, 1000, "", "Good parameter sets remembered by the search")
AUDIOMUSE_SETTING(clustering, exploitation_start, CLUSTERING_EXPLOITATION_START_FRACTION, Real, 0.2, 0, 1, "", "Share of the runs before good parameter sets are varied")
AUDIOMUSE_SETTING(clustering, exploitation_probability, CLUSTERING_EXPLOITATION_PROBABILITY, Real, 0.7, 0, 1, "", "How often a good parameter set is varied rather than a new one drawn")
AUDIOMUSE_SETTING(clustering, mutation_delta, CLUSTERING_MUTATION_INT_ABS_DELTA, Integer, 3, 0, 1000, "", "Largest change of a whole number when a set is varied")
AUDIOMUSE_SETTING(clustering, weight_diversity, SCORE_WEIGHT_DIVERSITY, Real, 2.0, 0, 100, "", "Weight of different moods between playlists")
AUDIOMUSE_SETTING(clustering, weight_purity, SCORE_WEIGHT_PURITY, Real, 1.0, 0, 100, "", "Weight of one mood within a playlist")
AUDIOMUSE_SETTING(clustering, weight_other_feature_diversity, SCORE_WEIGHT_OTHER_FEATURE_DIVERSITY, Real, 0.0, 0, 100, "", "Weight of different features between playlists")
AUDIOMUSE_SETTING(clustering, weight_other_feature_purity, SCORE_WEIGHT_OTHER_FEATURE_PURITY, Real, 0.0, 0, 100, "", "Weight of one feature within a playlist")
AUDIOMUSE_SETTING(clustering, weight_silhouette, SCORE_WEIGHT_SILHOUETTE, Real, 0.0, 0, 100, "", "Weight of the silhouette coefficient")
AUDIOMUSE_SETTING(clustering, weight_davies_bouldin, SCORE_WEIGHT_DAVIES_BOULDIN, Real, 0.0, 0, 100, "", "Weight of the Davies-Bouldin index")
AUDIOMUSE_SETTING(clustering, weight_calinski_harabasz, SCORE_WEIGHT_CALINSKI_HARABASZ, Real, 0.0, 0, 100, "", "Weight of the Calinski-Harabasz index")
AUDIOMUSE_SETTING(clustering, clustering_seed, CLUSTERING_SEED, Integer, 1, 0, 2147483647, "", "Seed of the search: the same seed makes the same playlists")
// clang-format on
