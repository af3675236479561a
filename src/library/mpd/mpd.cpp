#include "mpd/mpd.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "audiomuse/base/text.h"
#include "audiomuse/library/path_tags.h"
#include "mpd/address.h"
#include "mpd/client.h"
#include "mpd/music_folder.h"
#include "mpd/playlists.h"
#include "mpd/protocol.h"
#include "server/listing.h"
#include "server/stars.h"

namespace audiomuse::library {

namespace fs = std::filesystem;

namespace {

using mpd::Ack;
using mpd::command;
using mpd::Session;

// MPD walks through all of its list for each page; and it hangs up on an answer of more than 8 MiB.
constexpr std::int64_t kPage = 2500;

// Clients write them; those that count plays agree on no name.
constexpr std::string_view kCountStickers[] = {"playCount", "playcount"};
constexpr std::string_view kLastPlayedSticker = "lastPlayed";
// As myMPD and Cantata write them.
constexpr std::string_view kRatingSticker = "rating";
constexpr double kBestRating = 10;
constexpr std::string_view kLikeSticker = "like";  // 0: disliked, 1: neither, 2: liked
constexpr std::int64_t kLiked = 2;

/// What changes with every update of MPD's list.
struct Stats {
    std::int64_t songs = 0;
    std::string updated;
    friend bool operator==(const Stats&, const Stats&) = default;
};

struct Played {
    std::string track;
    std::int64_t count = 0;
};

ServerAccount checked(ServerAccount account) {
    const mpd::Address address = mpd::parse_address(account.url);
    if (account.password.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos)
        throw Error(ErrorCode::invalid_argument, "The password of MPD has a line end in it, which it can't have.");
    if (account.music_folder.empty() && !address.host.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "MPD hands out no audio, so its files are read from disk: set the folder where this machine sees "
                    "MPD's music_directory.");
    }
    return account;
}

/// "playCount=3", taken apart.
std::pair<std::string_view, std::string_view> parse_sticker(std::string_view text) {
    const auto equals = std::min(text.find('='), text.size());
    return {text.substr(0, equals), text.substr(std::min(equals + 1, text.size()))};
}

bool most_first(const Played& a, const Played& b) {
    return a.count != b.count ? a.count > b.count : a.track < b.track;
}

/// Where the other tracks of its album are, so that MPD need not look everywhere: the folder it is in, or the one above
/// that of a disc. Empty: the root.
std::string album_folder(const std::string& path) {
    const fs::path folder = fs::path(path).parent_path();
    return (disc_of_folder(folder.filename().native()) ? folder.parent_path() : folder).native();
}

/// Whether the server has no such command, or not for this login.
bool is_denied(const Error& error) {
    return error.code() == ErrorCode::unsupported || error.code() == ErrorCode::permission_denied ||
           error.code() == ErrorCode::login_refused;
}

class MpdServer final : public MediaServer {
public:
    explicit MpdServer(const ServerAccount& account)
        : account_(checked(account)), client_(mpd::parse_address(account_.url), account_.password, account_.limits) {}

    ServerInfo probe(const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        ServerInfo info{.product = "MPD", .version = session.version(), .user = {}, .libraries = {}, .advice = {}};
        info.libraries = counted_libraries(session);
        const auto chosen = choose_libraries(client_.shown(), info.libraries, account_.libraries);
        if (account_.libraries.empty()) {
            info.tracks = read_stats(session).songs;
        } else {
            for (const MusicLibrary& library : chosen)
                info.tracks += library.tracks.value_or(0);
        }
        const fs::path folder = music_folder(session);
        mpd::require_folder(folder);
        info.advice = advice(session, folder, info.tracks);
        return info;
    }

    std::vector<MusicLibrary> libraries(const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        return counted_libraries(session);
    }

    std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        std::vector<ServerAlbum> newest;
        for (const std::string& filter : filters(session)) {
            auto albums = newest_albums_of(session, filter, limit);
            newest.insert(newest.end(), std::make_move_iterator(albums.begin()), std::make_move_iterator(albums.end()));
        }
        std::ranges::stable_sort(newest, std::greater(), &ServerAlbum::added_at);
        if (static_cast<std::int64_t>(newest.size()) > limit) newest.resize(static_cast<std::size_t>(limit));
        return newest;
    }

    std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) override {
        const auto [wanted, before] = [&] {
            Session session = client_.open(cancel);
            return std::pair(filters(session), read_stats(session));
        }();
        std::int64_t listed = 0;
        bool ask_stickers = has_stickers(cancel);
        for (const std::string& filter : wanted) {
            std::optional<std::int64_t> total;
            const auto read_page = [&](std::int64_t first) {
                Session session = client_.open(cancel);  // `found` may take longer than MPD keeps a resting connection
                if (!total) total = count(session, filter);
                TrackPage page = find(session, filter, first);
                page.total = total;
                if (ask_stickers) ask_stickers = add_stickers(session, page.tracks);
                return page;
            };
            listed += list_pages(client_.shown(), read_page, found, cancel);
        }
        Session session = client_.open(cancel);
        if (read_stats(session) != before) {  // rows have moved between pages
            throw Error(ErrorCode::server_failed,
                        fmt::format("{} changed its library while it was listed. Try again when its update has ended.",
                                    client_.shown()));
        }
        return listed;
    }

    std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        std::vector<std::string> folders = chosen_folders(session);
        if (account_.libraries.empty()) folders = {""};
        std::map<std::string, std::int64_t> counts;
        for (const std::string& folder : folders) {
            for (const std::string_view sticker : kCountStickers) {
                for (const Played& one : most_stickers(session, folder, sticker, limit))
                    counts[one.track] = std::max(counts[one.track], one.count);
            }
        }
        std::vector<Played> most;
        for (const auto& [track, plays] : counts)
            most.push_back({track, plays});
        std::ranges::sort(most, most_first);
        if (static_cast<std::int64_t>(most.size()) > limit) most.resize(static_cast<std::size_t>(limit));
        return details(session, most);
    }

    Opinions opinions(const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        std::map<std::string, int> ratings;
        std::set<std::string> liked;
        each_sticker(session, "", kRatingSticker, [&](const std::string& file, std::int64_t value) {
            if (value > 0) ratings[file] = stars_of(static_cast<double>(value), kBestRating);
        });
        each_sticker(session, "", kLikeSticker, [&](const std::string& file, std::int64_t value) {
            if (value == kLiked) liked.insert(file);
        });
        Opinions opinions{.tracks = {}, .all_ratings = true, .all_favourites = true};
        const auto add = [&](const std::string& file, int rating, bool favourite) {
            opinions.tracks.emplace_back();
            opinions.tracks.back().id = file;
            opinions.tracks.back().rating = rating;
            opinions.tracks.back().favourite = favourite;
        };
        for (const auto& [file, rating] : ratings)
            add(file, rating, liked.erase(file) > 0);
        for (const std::string& file : liked)
            add(file, 0, true);
        return opinions;
    }

    void fetch(const std::string& track, const fs::path& file, const CancelToken& cancel) override {
        mpd::copy_file(known_music_folder(cancel), track, file, cancel);
    }

    std::string lyrics(const std::string&, const CancelToken& cancel) override {
        client_.open(cancel);  // a wrong address or password is to be heard of first
        throw Error(ErrorCode::unsupported, "MPD hands out no lyrics.");
    }

    std::string change_stamp(const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        const Stats stats = read_stats(session);
        return fmt::format("{} songs, updated {}", stats.songs, stats.updated);
    }

    std::vector<ServerPlaylist> playlists(const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        std::vector<ServerPlaylist> found;
        for (const std::string& name : mpd::playlist_names(session)) {
            try {  // one by one: MPD hangs up on answers that are too long together
                const auto tracks = static_cast<std::int64_t>(mpd::playlist_entries(session, name).size());
                found.push_back({name, name, tracks});
            } catch (const Error& error) {
                if (error.code() != ErrorCode::not_found) throw;  // deleted in the meantime
            }
        }
        return found;
    }

    std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        return mpd::playlist_entries(session, playlist);
    }

    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        mpd::write_new_playlist(client_, session, name, tracks);
        return name;
    }

    std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        mpd::write_over_playlist(client_, session, playlist.id, tracks);
        return playlist.id;
    }

    void delete_playlist(const std::string& playlist, const CancelToken& cancel) override {
        Session session = client_.open(cancel);
        try {
            session.ask(command("rm", {playlist}));
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) throw;
        }
    }

    bool keeps_duplicates() const override { return true; }

private:
    Stats read_stats(Session& session) const {
        Stats stats;
        std::optional<std::int64_t> songs;
        session.ask(command("stats"), [&](std::size_t, std::string_view key, std::string_view value) {
            if (key == "songs") songs = mpd::leading_number(value);
            if (key == "db_update") stats.updated = to_valid_utf8(value);
        });
        if (!songs) client_.fail_reading("statistics without a number of songs");
        stats.songs = *songs;
        return stats;
    }

    std::int64_t count(Session& session, const std::string& filter) const {
        const auto songs = mpd::leading_number(session.value_of(command("count", {filter}), "songs"));
        if (!songs) client_.fail_reading("no count of songs");
        return *songs;
    }

    static std::vector<MusicLibrary> top_folders(Session& session) {
        std::vector<MusicLibrary> folders;
        session.ask(command("lsinfo", {""}), [&](std::size_t, std::string_view key, std::string_view value) {
            if (key != "directory") return;
            const std::string name = to_valid_utf8(value);
            folders.push_back({name, name, std::nullopt});
        });
        return folders;
    }

    static std::vector<MusicLibrary> counted_libraries(Session& session) {
        std::vector<MusicLibrary> folders = top_folders(session);
        std::vector<std::string> commands;
        for (const MusicLibrary& folder : folders)
            commands.push_back(command("count", {mpd::below(folder.id)}));
        session.ask_all(commands, [&](std::size_t number, std::string_view key, std::string_view value) {
            if (key == "songs" && number < folders.size()) folders[number].tracks = mpd::leading_number(value);
        });
        return folders;
    }

    std::vector<std::string> chosen_folders(Session& session) const {
        if (account_.libraries.empty()) return {};
        std::vector<std::string> folders;
        for (const auto& library : choose_libraries(client_.shown(), top_folders(session), account_.libraries)) {
            if (std::ranges::find(folders, library.id) == folders.end()) folders.push_back(library.id);
        }
        return folders;
    }

    /// Of the tracks to be read. Files outside all folders belong to no library, and are read when none is chosen.
    std::vector<std::string> filters(Session& session) const {
        if (account_.libraries.empty()) return {mpd::everything()};
        std::vector<std::string> filters;
        for (const std::string& folder : chosen_folders(session))
            filters.push_back(mpd::below(folder));
        return filters;
    }

    TrackPage find(Session& session, const std::string& filter, std::int64_t first) const {
        TrackPage page;
        std::int64_t rows = 0;
        mpd::SongReader reader([&](mpd::Song song) {
            if (++rows > kPage) client_.fail_reading("more rows than a page has");
            if (song.is_part) {
                ++page.skipped;
            } else {
                page.tracks.push_back(std::move(song.track));
            }
        });
        session.ask(command("find", {filter, "window", mpd::window(first, kPage)}),
                    [&](std::size_t, std::string_view key, std::string_view value) { reader.line(key, value); });
        reader.end();
        return page;
    }

    /// Whether anybody has written down anything of a track. MPD takes long to look for that track by track.
    bool has_stickers(const CancelToken& cancel) {
        Session session = client_.open(cancel);
        bool found = false;
        try {
            for (const std::string_view sticker :
                 {kCountStickers[0], kCountStickers[1], kLastPlayedSticker, kRatingSticker, kLikeSticker}) {
                session.ask(command("sticker", {"find", "song", "", std::string(sticker)}),
                            [&](std::size_t, std::string_view, std::string_view) { found = true; });
                if (found) break;
            }
            return found;
        } catch (const Error& error) {
            if (error.code() == ErrorCode::unavailable) return true;  // it hangs up when there are too many
            if (is_denied(error)) return false;
            throw;
        }
    }

    /// False: this server or this login has none, so they need not be asked for again.
    static bool add_stickers(Session& session, std::vector<ServerTrack>& tracks) {
        std::vector<std::string> commands;
        for (const ServerTrack& track : tracks)
            commands.push_back(command("sticker", {"list", "song", track.id}));
        const auto read = [&](std::size_t number, std::string_view, std::string_view text) {
            if (number >= tracks.size()) return;
            const auto [name, value] = parse_sticker(text);
            const auto whole = mpd::leading_number(value);
            if (!whole || *whole <= 0) return;
            ServerTrack& track = tracks[number];
            if (name == kLastPlayedSticker) {
                track.last_played = static_cast<double>(*whole);
            } else if (name == kRatingSticker) {
                track.rating = stars_of(static_cast<double>(*whole), kBestRating);
            } else if (name == kLikeSticker) {
                track.favourite = *whole == kLiked;
            } else if (std::ranges::find(kCountStickers, name) != std::end(kCountStickers)) {
                track.play_count = std::max(track.play_count.value_or(0), *whole);
            }
        };
        try {
            session.ask_all(commands, read, [](const Ack& ack) { return ack.code == Ack::no_exist; });
            return true;
        } catch (const Error& error) {
            if (is_denied(error)) return false;
            throw;
        }
    }

    /// Calls `found` for each track in `folder` that has the sticker.
    void each_sticker(Session& session, const std::string& folder, std::string_view sticker,
                      const std::function<void(const std::string& file, std::int64_t value)>& found) const {
        std::string file;
        const auto read = [&](std::size_t, std::string_view key, std::string_view text) {
            if (key == "file") file = to_valid_utf8(text);
            if (key == "sticker") found(file, mpd::leading_number(parse_sticker(text).second).value_or(0));
        };
        try {
            session.ask(command("sticker", {"find", "song", folder, std::string(sticker)}), read);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::unsupported) throw;
            throw Error(ErrorCode::unsupported,
                        fmt::format("{} counts no plays and keeps no ratings. Other programs write them down for it "
                                    "where its mpd.conf has a sticker_file.",
                                    client_.shown()));
        }
    }

    /// MPD sorts no stickers, and all of them may be many: the most are kept while they go by.
    std::vector<Played> most_stickers(Session& session, const std::string& folder, std::string_view sticker,
                                      std::int64_t limit) const {
        const auto kept = static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
        std::vector<Played> most;
        each_sticker(session, folder, sticker, [&](const std::string& file, std::int64_t plays) {
            if (plays <= 0) return;
            most.push_back({file, plays});
            if (most.size() < 2 * kept + 1000) return;
            std::ranges::sort(most, most_first);
            most.resize(kept);
        });
        std::ranges::sort(most, most_first);
        most.resize(std::min(most.size(), kept));
        return most;
    }

    static std::vector<ServerTrack> details(Session& session, const std::vector<Played>& played) {
        std::vector<std::string> commands;
        for (const Played& one : played)
            commands.push_back(command("listallinfo", {one.track}));
        std::vector<ServerTrack> tracks;
        mpd::SongReader reader([&](mpd::Song song) {
            if (!song.is_part) tracks.push_back(std::move(song.track));
        });
        session.ask_all(
            commands, [&](std::size_t, std::string_view key, std::string_view value) { reader.line(key, value); },
            [](const Ack& ack) { return ack.code == Ack::no_exist; });  // stickers outlive their files
        reader.end();
        add_stickers(session, tracks);
        return tracks;
    }

    /// MPD knows when files were changed, not when albums came.
    std::vector<ServerAlbum> newest_albums_of(Session& session, const std::string& filter, std::int64_t limit) const {
        std::vector<ServerAlbum> albums;
        std::vector<std::string> counts;
        std::unordered_set<std::string> ids;
        std::unordered_set<std::size_t> known;  // hashes of tracks' ids: there may be as many as MPD has
        std::size_t fresh = 0;
        mpd::SongReader reader([&](const mpd::Song& song) {
            fresh += known.insert(std::hash<std::string>()(song.track.id)).second ? 1 : 0;
            const std::string id = song.album.id();
            if (id.empty() || static_cast<std::int64_t>(albums.size()) >= limit || !ids.insert(id).second) return;
            albums.push_back({id, song.album.name, song.album.artist, 0, song.track.changed_at});
            const std::string folder = album_folder(song.track.path);
            counts.push_back(command(
                "count",
                {mpd::all_of({folder.empty() ? filter : mpd::below(folder), mpd::equals("Album", song.album.name),
                              mpd::equals("AlbumArtist", song.album.artist), mpd::equals("Date", song.album.date)})}));
        });
        for (std::int64_t first = 0; static_cast<std::int64_t>(albums.size()) < limit; first += kPage) {
            fresh = 0;
            session.ask(command("find", {filter, "sort", "-Last-Modified", "window", mpd::window(first, kPage)}),
                        [&](std::size_t, std::string_view key, std::string_view value) { reader.line(key, value); });
            reader.end();
            if (fresh == 0) break;
        }
        session.ask_all(counts, [&](std::size_t number, std::string_view key, std::string_view value) {
            if (key == "songs" && number < albums.size())
                albums[number].tracks = mpd::leading_number(value).value_or(0);
        });
        return albums;
    }

    /// As the account says, else as MPD does, which tells it over its socket only.
    fs::path music_folder(Session& session) const {
        if (!account_.music_folder.empty()) return account_.music_folder;
        std::string folder = session.value_of(command("config"), "music_directory");
        if (folder.starts_with('/')) return folder;
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} has no music_directory on this machine. Set the folder where its files can be read.",
                        client_.shown()));
    }

    fs::path known_music_folder(const CancelToken& cancel) {
        if (!account_.music_folder.empty()) return account_.music_folder;
        {
            const std::lock_guard lock(mutex_);
            if (!told_folder_.empty()) return told_folder_;
        }
        Session session = client_.open(cancel);
        fs::path folder = music_folder(session);
        const std::lock_guard lock(mutex_);
        told_folder_ = std::move(folder);
        return told_folder_;
    }

    std::string advice(Session& session, const fs::path& folder, std::int64_t tracks) const {
        if (tracks == 0) return "MPD lists no music. Let it look again, e.g. with \"mpc update\".";
        std::string sample;
        session.ask(command("find", {filters(session).front(), "window", mpd::window(0, 1)}),
                    [&](std::size_t, std::string_view key, std::string_view value) {
                        if (key == "file") sample = to_valid_utf8(value);
                    });
        if (!sample.empty() && !mpd::has_file(folder, sample)) {
            return fmt::format(
                "MPD lists \"{}\", which is not in {}. Set the folder where this machine sees MPD's "
                "music_directory.",
                sample, folder.native());
        }
        bool may_write = false;
        session.ask(command("commands"), [&](std::size_t, std::string_view, std::string_view value) {
            may_write = may_write || value == "playlistadd";
        });
        if (may_write) return "";
        return "MPD lets this program read, but not write playlists. Set a password that has the permission "
               "\"control\" "
               "in its mpd.conf.";
    }

    const ServerAccount account_;
    mpd::Client client_;
    std::mutex mutex_;
    fs::path told_folder_;  // guarded by mutex_
};

}  // namespace

std::unique_ptr<MediaServer> create_mpd(const ServerAccount& account) {
    return std::make_unique<MpdServer>(account);
}

}  // namespace audiomuse::library
