#include "lyrion/lyrion_playlists.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "lyrion/lyrion_parse.h"
#include "server/json_read.h"

namespace audiomuse::library::lyrion {

namespace json = boost::json;

namespace {

using Effect = LyrionClient::Effect;

constexpr int kFirstWithIdFilter = 8;    // "track_id:1,2,3" in "titles": 7.7 takes no notice of it
constexpr std::size_t kIdsAtOnce = 100;  // keeps the server's statement short

/// A term like "playlist_id:9".
std::string term(std::string_view name, std::string_view value) {
    return fmt::format("{}:{}", name, value);
}

}  // namespace

std::vector<ServerPlaylist> LyrionPlaylists::list(const CancelToken& cancel) const {
    const Error refused = client_.error(ErrorCode::unsupported, "does not list its playlists.");
    std::vector<ServerPlaylist> playlists;
    std::unordered_set<std::string> known;
    std::int64_t total = 0;
    for (std::int64_t rows = 0;;) {
        const json::value result =
            client_.command(Effect::reads, {"playlists", rows, kPage, "tags:u"}, refused, cancel);
        total = client_.count(result);
        const auto before = known.size();
        const auto came = each_at(result, "playlists_loop", [&](const json::value& row) {
            ServerPlaylist playlist{text_at(row, "id"), text_at(row, "playlist"), 0};
            if (playlist.id.empty()) client_.http().fail_reading("a playlist without id");
            if (!known.insert(playlist.id).second) return;
            // Those of online services can't be changed, cue sheets are albums.
            const std::string url = text_at(row, "url");
            if (place_of(url) == Place::file && !url.ends_with(".cue")) playlists.push_back(std::move(playlist));
        });
        rows += static_cast<std::int64_t>(came);
        if (came == 0 || rows >= total) break;
        if (known.size() == before) client_.http().fail_reading("the same playlists again and again");
    }
    if (static_cast<std::int64_t>(known.size()) < total) {
        throw client_.error(ErrorCode::server_failed,
                            fmt::format("listed {} of its {} playlists and then no more.", known.size(), total));
    }
    std::erase_if(playlists, [&](ServerPlaylist& playlist) {
        try {
            playlist.tracks = client_.count(page(playlist.id, 0, 1, cancel));
            return false;
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) throw;
            return true;  // deleted since
        }
    });
    return playlists;
}

json::value LyrionPlaylists::page(const std::string& playlist, std::int64_t first, std::int64_t count,
                                  const CancelToken& cancel) const {
    return client_.command(
        Effect::reads, {"playlists", "tracks", first, count, term("playlist_id", playlist), "tags:u"},
        client_.error(ErrorCode::not_found, fmt::format("has no playlist {} any more.", playlist)), cancel);
}

std::vector<std::string> LyrionPlaylists::tracks(const std::string& playlist, const CancelToken& cancel) const {
    std::vector<std::string> ids;
    for (;;) {
        const auto first = static_cast<std::int64_t>(ids.size());
        const json::value result = page(playlist, first, kPage, cancel);
        const std::int64_t total = client_.count(result);
        const auto came = each_at(result, "playlisttracks_loop", [&](const json::value& row) {
            const auto index = integer_at(row, "playlist index");
            if (index && *index != static_cast<std::int64_t>(ids.size())) {
                client_.http().fail_reading("rows of a playlist that were not asked for");
            }
            ids.push_back(text_at(row, "id"));
            if (ids.back().empty()) client_.http().fail_reading("a track without id");
        });
        if (static_cast<std::int64_t>(ids.size()) >= total) return ids;
        if (came == 0) {
            throw client_.error(ErrorCode::server_failed,
                                fmt::format("listed {} of the {} tracks of a playlist.", ids.size(), total));
        }
    }
}

std::string LyrionPlaylists::url_of(const std::string& track, const CancelToken& cancel) const {
    const Error unknown = client_.error(ErrorCode::not_found, fmt::format("has no track {}.", track));
    const json::value result =
        client_.command(Effect::reads, {"songinfo", 0, 100, term("track_id", track), "tags:u"}, unknown, cancel);
    const auto* url = songinfo_member(result, "url").if_string();
    if (url == nullptr) throw unknown;
    return std::string(*url);
}

/// Tracks are added by address, not by id.
void LyrionPlaylists::add_urls(std::span<Entry> entries, const CancelToken& cancel) const {
    const Error refused = client_.error(ErrorCode::unsupported, "does not say where its tracks are.");
    for (; !entries.empty(); entries = entries.subspan(std::min(kIdsAtOnce, entries.size()))) {
        const auto some = entries.first(std::min(kIdsAtOnce, entries.size()));
        std::vector<std::string> ids;
        for (const Entry& entry : some)
            ids.push_back(entry.id);
        const json::value result = client_.command(
            Effect::reads, {"titles", 0, some.size(), term("track_id", join(ids, ",")), "tags:u"}, refused, cancel);
        std::unordered_map<std::string, std::string> urls;
        each_at(result, "titles_loop",
                [&](const json::value& row) { urls.emplace(text_at(row, "id"), text_at(row, "url")); });
        for (Entry& entry : some) {
            const auto found = urls.find(entry.id);
            entry.url = found == urls.end() || found->second.empty() ? url_of(entry.id, cancel) : found->second;
        }
    }
}

/// `tracks` without repetitions, which the server would leave out.
std::vector<LyrionPlaylists::Entry> LyrionPlaylists::resolve(std::span<const std::string> tracks,
                                                             const CancelToken& cancel) const {
    std::vector<Entry> entries;
    std::unordered_set<std::string_view> known;
    for (const std::string& track : tracks) {
        if (!is_row_number(track)) {
            throw client_.error(ErrorCode::not_found, fmt::format("has no track {}.", to_valid_utf8(track)));
        }
        if (known.insert(track).second) entries.push_back({track, {}});
    }
    if (entries.empty()) return entries;
    if (major_version(client_.version(cancel)) >= kFirstWithIdFilter) {
        add_urls(entries, cancel);
    } else {
        for (Entry& entry : entries)
            entry.url = url_of(entry.id, cancel);
    }
    return entries;
}

void LyrionPlaylists::add(const std::string& playlist, std::span<const Entry> entries,
                          const CancelToken& cancel) const {
    for (const Entry& entry : entries) {
        // Never a "title:": that would rename the track in the library.
        client_.command(
            Effect::changes, {"playlists", "edit", "cmd:add", term("playlist_id", playlist), term("url", entry.url)},
            client_.error(ErrorCode::unsupported, fmt::format("does not add track {} to a playlist.", entry.id)),
            cancel);
    }
}

void LyrionPlaylists::verify(const std::string& playlist, std::span<const Entry> wanted,
                             const CancelToken& cancel) const {
    const auto found = tracks(playlist, cancel);
    if (std::ranges::equal(found, wanted, {}, {}, &Entry::id)) return;
    throw client_.error(ErrorCode::server_failed,
                        fmt::format("made a playlist of {} tracks where {} were asked for{}.", found.size(),
                                    wanted.size(), found.size() == wanted.size() ? ", in another order" : ""));
}

std::string LyrionPlaylists::create(const std::string& name, std::span<const std::string> tracks,
                                    const CancelToken& cancel) const {
    if (trim(name).empty()) throw Error(ErrorCode::invalid_argument, "A playlist needs a name.");
    if (tracks.empty()) throw Error(ErrorCode::invalid_argument, "A playlist needs at least one track.");
    const auto entries = resolve(tracks, cancel);
    const json::value result = client_.command(
        Effect::changes, {"playlists", "new", term("name", name)},
        client_.error(ErrorCode::unsupported,
                      "makes no playlists. Set a playlist folder that it may write to in its settings."),
        cancel);
    std::string id = text_at(result, "playlist_id");
    const bool is_new = !id.empty();
    if (!is_new) {
        id = text_at(result, "overwritten_playlist_id");  // in spite of its name nothing was
        if (id.empty()) client_.http().fail_reading("a new playlist without id");
        // One without tracks is what a creation leaves that was cut off before the first.
        if (client_.count(page(id, 0, 1, cancel)) > 0) {
            throw client_.error(ErrorCode::conflict,
                                fmt::format("has a playlist called \"{}\" already, and names are unique there. Delete "
                                            "or rename that one.",
                                            to_valid_utf8(name)));
        }
    }
    try {
        add(id, entries, cancel);
        verify(id, entries, cancel);
    } catch (const Error&) {
        if (is_new) {
            try {
                remove(id, {});  // also when cancelled: half a playlist is of no use
            } catch (const Error& error) {
                log::warn("Half a playlist is left. {}", error.what());
            }
        }
        throw;
    }
    return id;
}

void LyrionPlaylists::replace(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                              const CancelToken& cancel) const {
    const auto old = this->tracks(playlist.id, cancel);
    const auto entries = resolve(tracks, cancel);
    const auto [first_old, first_new] = std::ranges::mismatch(old, entries, {}, {}, &Entry::id);
    const auto kept = static_cast<std::size_t>(first_old - old.begin());
    try {
        for (std::size_t index = old.size(); index-- > kept;) {
            client_.command(Effect::changes,
                            {"playlists", "edit", "cmd:delete", term("playlist_id", playlist.id),
                             term("index", std::to_string(index))},
                            client_.error(ErrorCode::unsupported, "does not remove tracks from a playlist."), cancel);
        }
        add(playlist.id, std::span(entries).subspan(kept), cancel);
        verify(playlist.id, entries, cancel);
    } catch (const Error& error) {
        std::string now = "an unknown number";
        try {
            now = std::to_string(client_.count(page(playlist.id, 0, 1, {})));
        } catch (const Error& unknown) {
            log::debug("{}", unknown.what());
        }
        throw Error(error.code(), fmt::format("{} The playlist \"{}\" has {} of {} tracks now.", error.what(),
                                              playlist.name, now, entries.size()));
    }
}

void LyrionPlaylists::remove(const std::string& playlist, const CancelToken& cancel) const {
    const Error refused = client_.error(ErrorCode::not_found, "refused to delete a playlist.");
    try {
        client_.command(Effect::changes, {"playlists", "delete", term("playlist_id", playlist)}, refused, cancel);
        return;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
    }
    try {
        (void)page(playlist, 0, 1, cancel);
    } catch (const Error& error) {
        if (error.code() == ErrorCode::not_found) return;  // gone already
        throw;
    }
    throw client_.error(
        ErrorCode::permission_denied,
        fmt::format("does not delete playlist {}. Check that it may write to its playlist folder.", playlist));
}

}  // namespace audiomuse::library::lyrion
