// Catalogue: tracks, and where each one lives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/base/track.h"
#include "audiomuse/store/track_criteria.h"

namespace audiomuse::store {

/// A file (or a server's item) as a listing of the library shows it.
struct SeenFile {
    std::string path;  ///< absolute path for a local folder; unique within its server
    FileStamp stamp;
};

/// A track as the listing of a media server shows it.
struct ListedItem {
    std::string item_id;     ///< the server's own
    std::string album_id;    ///< the server's own; may be empty
    std::string artist_id;   ///< the server's own, of the first artist; may be empty
    std::string path;        ///< as the server has it; empty when it names no file
    std::string local_path;  ///< the same for machines that can read the file themselves; may be empty
    FileStamp stamp;         ///< what the server says of the file; zeros where it does not
    TrackTags tags;          ///< without lyrics
};

/// By what the items of a listing were known.
struct Recognised {
    std::int64_t by_id = 0;    ///< the same id, and the same track
    std::int64_t by_path = 0;  ///< the same path, here under another id or on another server
    std::int64_t by_tail = 0;  ///< the same last three parts of the path, and no other track with these
    std::int64_t by_tags = 0;  ///< the same title, artist and album, and nearly the same length
    std::int64_t created = 0;  ///< not known

    Recognised& operator+=(const Recognised& other);
};

/// Where a track is on one server.
struct TrackPlace {
    ServerId server;
    std::string item_id;  ///< empty: local
    std::string path;
    bool present = true;
};

/// A catalogue track with the place it lives at: on the default server where it is there, else on another. `item_id` is
/// what the API calls it: the id of the media server; for local folders the track's own id in decimal digits, or
/// "local-7" when a media server is the default.
struct TrackRow {
    TrackId id;
    std::string item_id;
    ServerId server;
    std::string path;
    FileStamp stamp;
    bool present = true;  ///< false: the last complete listing did not show it
    std::string author;   ///< display_artist(tags)
    TrackTags tags;       ///< without lyrics, see Tracks::lyrics
    double added_at = 0;  ///< Unix seconds
};

/// Who plays a track, as its tags say.
struct Credits {
    TrackId id;
    std::vector<std::string> artists;
    std::string album_artist;
};

/// What a media server calls an artist.
struct ServerArtist {
    std::string id;
    std::string name;
};

enum class PutOutcome { created, updated, moved };
struct PutResult {
    TrackId id;
    PutOutcome outcome;
};

enum class TrackOrder { artist_album, title, newest, relevance };
/// Which tracks a listing shows, by the state of their analysis.
enum class TrackFilter { all, analysed, pending, failed };

struct TrackQuery {
    /// Folded and cut into words (at most 16); each must occur in title, artists, album or genres, as part of a word
    /// too, or if it has one or two letters at the beginning of one. Punctuation does not count: "acdc" is not "AC/DC",
    /// but "ac dc", "dont" and "rem" find "AC/DC", "Don't" and "R.E.M.".
    std::string text;
    TrackFilter filter = TrackFilter::all;
    TrackOrder order = TrackOrder::relevance;
    std::int64_t offset = 0;
    std::int64_t limit = 50;
    /// Asked about each track that is found otherwise, where there is one: matching() gives what it may answer from. A
    /// page then costs a pass over all that is found.
    std::function<bool(TrackId)> allowed = {};
};
struct TrackPage {
    std::vector<TrackRow> rows;
    std::int64_t total = 0;
};

struct LyricsHit {
    TrackRow track;
    std::string line;  ///< of the lyrics: the one with most of the words; the first 300 bytes of it
};

class Tracks {
public:
    virtual ~Tracks() = default;

    // A scan is: listing = begin_listing(); mark_seen() for each batch of files; finish_listing() when the listing was
    // complete (never after an error, so that nothing is lost); put() for each file that mark_seen returned. In this
    // order: a moved file is known again only after its old place was found empty. An unknown server is
    // Error(not_found).

    virtual ServerId local_server() = 0;  ///< the one server row of type "local", made on first use
    virtual std::int64_t begin_listing(ServerId server) = 0;
    /// Marks known files as seen and returns those to put(): new or with another stamp. One transaction per call.
    virtual std::vector<SeenFile> mark_seen(ServerId server, std::int64_t listing, std::span<const SeenFile> files) = 0;
    /// Tracks of `server` not seen in `listing` are marked absent (kept, with their analysis). Returns their number.
    virtual std::int64_t finish_listing(ServerId server, std::int64_t listing) = 0;
    /// Stores a new or changed file. When its path is unknown and an absent track has the same `signature` (see
    /// library::MusicSource::signature) the track is moved: it keeps its id and analysis. A changed file keeps its id;
    /// its analysis becomes pending unless the signature is the same (only tags changed). In every case the stored
    /// stamp becomes the file's. Several items in one transaction.
    struct PutItem {
        SeenFile file;
        std::string signature;
        TrackTags tags;
    };
    virtual std::vector<PutResult> put(ServerId server, std::span<const PutItem> items) = 0;

    // A listing of a media server is: begin_listing(); put_listed() for each page of it; finish_listing() when it was
    // complete. Unlike paths, ids come and go: a server may give all its tracks new ones, or one id to another track.

    /// Stores items, and recognises the tracks they are, so that nothing is analysed twice: by id, path, tail of the
    /// path and tags, in this order. One transaction.
    virtual Recognised put_listed(ServerId server, std::int64_t listing, std::span<const ListedItem> items) = 0;
    /// The last way to recognise a track of a media server, once its file is here: `signature` is that of its audio
    /// (see library::audio_signature). When another track with an analysis that counts has the same, and is not on that
    /// server now under another id, the two become one: that one, which is returned. Otherwise the signature is noted.
    virtual std::optional<TrackId> recognise_audio(TrackId id, const std::string& signature) = 0;
    /// Present tracks of `server`, and how many of them `listing` has not shown (so far).
    struct Unseen {
        std::int64_t present = 0;
        std::int64_t unseen = 0;
    };
    virtual Unseen unseen(ServerId server, std::int64_t listing) = 0;
    /// All places of a track, the one that TrackRow shows first.
    virtual std::vector<TrackPlace> places(TrackId id) = 0;
    /// The id that `server` has for each of `ids`, "" where it does not have the track (now).
    virtual std::vector<std::string> item_ids_on(ServerId server, std::span<const TrackId> ids) = 0;

    /// The artists that `server` has an id for, each id once, with the name that most of its tracks give the first
    /// artist.
    virtual std::vector<ServerArtist> server_artists(ServerId server) = 0;

    virtual std::optional<TrackRow> get(TrackId id) = 0;
    /// In the order of `ids`; unknown ones are left out.
    virtual std::vector<TrackRow> get(std::span<const TrackId> ids) = 0;
    /// By the id of the default server, else of any other. With `server`: what that one calls so (now), as two servers
    /// may use the same ids.
    virtual std::optional<TrackRow> by_item_id(const std::string& item_id,
                                               std::optional<ServerId> server = std::nullopt) = 0;
    /// by_item_id for many, by few queries; of each the track alone.
    virtual std::vector<std::optional<TrackId>> by_item_ids(std::span<const std::string> item_ids,
                                                            std::optional<ServerId> server = std::nullopt) = 0;
    virtual std::optional<TrackRow> by_path(const std::string& path) = 0;
    virtual std::string lyrics(TrackId id) = 0;
    /// What a media server has as the lyrics of a track; listings leave them as they are. Nothing happens when there is
    /// no such track.
    virtual void set_lyrics(TrackId id, const std::string& text) = 0;
    /// Visits every present track, ordered by id. Rows are read in lots: writers are not kept waiting.
    virtual void each_credits(const std::function<void(const Credits&)>& visit) = 0;

    /// Full-text search, blind to case and accents, over present tracks; `relevance` puts matches at the start of a
    /// word of the title first, then artist, then the rest. 100,000 tracks answer well under 50 ms.
    virtual TrackPage search(const TrackQuery& query) = 0;
    /// Present tracks whose lyrics have all words, as whole words, blind to case, accents and punctuation. First those
    /// that have them side by side, in their order. Words of Chinese and Japanese are single characters. `allowed` as
    /// in TrackQuery.
    virtual std::vector<LyricsHit> search_lyrics(const std::string& text, std::int64_t limit,
                                                 const std::function<bool(TrackId)>& allowed = {}) = 0;
    /// AudioMuse-AI's search: substrings of title and author (folded), both must match where both are given; a title
    /// alone matches title or author. Ordered by author, then title.
    virtual std::vector<TrackRow> search_title_artist(const std::string& title, const std::string& artist,
                                                      std::int64_t limit) = 0;
    /// A track by name: exact (folded) title and author first, else the best substring match of both. An empty artist
    /// matches all, an empty title none.
    virtual std::optional<TrackRow> by_name(const std::string& title, const std::string& artist) = 0;

    /// Present tracks that meet all criteria, ascending, by one pass over the catalogue: 300,000 take well under a
    /// second.
    virtual std::vector<TrackId> matching(const TrackCriteria& criteria) = 0;

    /// The genres of present tracks as their tags write them, the most frequent first, then by name.
    struct GenreCount {
        std::string name;
        std::int64_t tracks = 0;
        friend bool operator==(const GenreCount&, const GenreCount&) = default;
    };
    virtual std::vector<GenreCount> genres() = 0;

    struct Counts {
        std::int64_t tracks = 0;
        std::int64_t artists =
            0;  ///< all that tracks list, told apart by folded name; the album artist where none is listed
        std::int64_t albums = 0;  ///< by folded name and album artist (else first artist)
        double duration_s = 0;
    };
    virtual Counts counts() = 0;  ///< of present tracks
};

}  // namespace audiomuse::store
