// Automatic playlists on media servers.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <unordered_set>

#include "audiomuse/base/log.h"
#include "audiomuse/jobs/media_servers.h"
#include "audiomuse/servers/playlist.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace {

/// By which people and other programs tell these from their own.
constexpr std::string_view kSuffix = "_automatic";
constexpr std::string_view kRadioSuffix = "_radio";

struct WantedPlaylist {
    std::string name;
    std::vector<std::string> tracks;  ///< the server's ids
};

/// The automatic playlists and those of radios as far as the server has their tracks.
std::vector<WantedPlaylist> wanted_on(store::Store& store, ServerId server, bool keeps_duplicates) {
    std::vector<WantedPlaylist> wanted;
    const std::vector<store::Radio> radios = store.radios().list();
    for (const store::Playlist& list : store.playlists().list()) {
        const bool of_radio = std::ranges::find(radios, list.id, &store::Radio::playlist) != radios.end();
        if (list.kind != store::PlaylistKind::automatic && !of_radio) continue;
        WantedPlaylist made{list.name, store.tracks().item_ids_on(server, store.playlists().tracks(list.id))};
        const std::string_view suffix = of_radio ? kRadioSuffix : kSuffix;
        if (!made.name.ends_with(suffix)) made.name += suffix;
        std::unordered_set<std::string> seen;
        std::erase_if(made.tracks, [&](const std::string& id) {
            return id.empty() || (!keeps_duplicates && !seen.insert(id).second);
        });
        if (!made.tracks.empty()) wanted.push_back(std::move(made));
    }
    return wanted;
}

class Writer {
public:
    Writer(store::Servers& servers, const store::ServerRow& server, library::MediaServer& media,
           const CancelToken& cancel)
        : servers_(servers), server_(server), media_(media), cancel_(cancel) {}

    void write(const std::vector<WantedPlaylist>& wanted) {
        there_ = media_.playlists(cancel_);
        for (const WantedPlaylist& playlist : wanted)
            write(playlist);
        for (const store::WrittenPlaylist& old : servers_.written_playlists(server_.id)) {
            if (std::ranges::find(wanted, old.name, &WantedPlaylist::name) != wanted.end()) continue;
            if (const auto* there = find(old)) media_.delete_playlist(there->id, cancel_);
            servers_.forget_playlist(server_.id, old.name);
        }
    }

private:
    void write(const WantedPlaylist& wanted) {
        const auto noted = servers_.written_playlists(server_.id);
        const auto before = std::ranges::find(noted, wanted.name, &store::WrittenPlaylist::name);
        const library::ServerPlaylist* there = before == noted.end() ? nullptr : find(*before);
        std::string id;
        if (there == nullptr && before != noted.end() && stays_unchangeable(*before)) {
            // Another one beside it would be made again in every run.
            throw Error(ErrorCode::permission_denied,
                        fmt::format("{} is still there, but may not be changed any more. Delete it on the server, or "
                                    "let this user change it.",
                                    wanted.name));
        }
        if (there != nullptr) {
            id = media_.replace_playlist(*there, wanted.tracks, cancel_);
        } else {
            // Noted first: when this program dies between the two, the next run finds what it made by this name.
            servers_.note_playlist(server_.id, {wanted.name, ""});
            id = media_.create_playlist(wanted.name, wanted.tracks, cancel_);
        }
        servers_.note_playlist(server_.id, {wanted.name, id});
        servers::verify_playlist(media_, wanted.name, id, wanted.tracks, cancel_);
    }

    /// What was written before, if it still is there. One that has no id was being made when the program ended.
    const library::ServerPlaylist* find(const store::WrittenPlaylist& written) const {
        const auto found = std::ranges::find_if(there_, [&](const library::ServerPlaylist& playlist) {
            return written.id.empty() ? playlist.name == written.name : playlist.id == written.id;
        });
        return found == there_.end() ? nullptr : &*found;
    }

    /// Whether a list that the server does not show among those that may be changed is there all the same: it was made
    /// read-only, or another user's.
    bool stays_unchangeable(const store::WrittenPlaylist& written) {
        if (written.id.empty()) return false;
        try {
            return !media_.playlist_tracks(written.id, cancel_).empty();
        } catch (const Error& error) {
            if (error.code() != ErrorCode::not_found) throw;
            return false;
        }
    }

    store::Servers& servers_;
    const store::ServerRow& server_;
    library::MediaServer& media_;
    const CancelToken& cancel_;
    std::vector<library::ServerPlaylist> there_;
};

}  // namespace

std::string write_playlists(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    std::string problems;
    if (context.servers == nullptr) return problems;
    for (const store::ServerRow& server : media_servers(context.store)) {
        progress.report(0.5, fmt::format("Writing playlists to {}", server.name));
        try {
            const auto audio = context.servers->open(server.id);
            const auto wanted = wanted_on(context.store, server.id, audio->server().keeps_duplicates());
            Writer(context.store.servers(), server, audio->server(), cancel).write(wanted);
            progress.log(fmt::format("{}: {} playlists written and read back.", server.name, wanted.size()));
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            const std::string problem = fmt::format("Not all playlists are on {}: {}", server.name, error.what());
            log::warn("{}", problem);
            progress.log(problem);
            problems += " " + problem;
        }
    }
    return problems;
}

void write_playlists_job(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("write", 0, 100, "Writing playlists to the media servers");
    const std::string problems = write_playlists(context, progress, cancel);
    if (!problems.empty())
        progress.set_detail("problems", boost::json::serialize(boost::json::string(problems.substr(1))));
    progress.set_outcome("Playlists are written." + problems);
}

}  // namespace audiomuse::jobs
