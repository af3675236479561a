// Automatic playlists on media servers.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <unordered_set>

#include "audiomuse/base/log.h"
#include "audiomuse/jobs/media_servers.h"
#include "audiomuse/servers/account.h"
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

/// The automatic playlists and those of radios as far as the server has their tracks: those of the users for whom
/// `is_for` holds, nobody's being automatic or the household's.
std::vector<WantedPlaylist> wanted_on(store::Store& store, ServerId server, const std::function<bool(UserId)>& is_for,
                                      bool keeps_duplicates) {
    std::vector<WantedPlaylist> wanted;
    const std::vector<store::Radio> radios = store.radios().list();
    for (const store::Playlist& list : store.playlists().list()) {
        const bool of_radio = std::ranges::find(radios, list.id, &store::Radio::playlist) != radios.end();
        if ((list.kind != store::PlaylistKind::automatic && !of_radio) || !is_for(list.owner)) continue;
        WantedPlaylist made{list.name, store.tracks().item_ids_on(server, store.playlists().tracks(list.id))};
        const std::string_view suffix = of_radio ? kRadioSuffix : kSuffix;
        if (made.name.ends_with(suffix)) made.name.resize(made.name.size() - suffix.size());
        const std::string base = made.name;
        // Lists of several users may be called alike, and go to one account.
        const auto named = [&](int n) { return base + (n == 1 ? "" : fmt::format(" ({})", n)) + std::string(suffix); };
        int n = 1;
        while (std::ranges::find(wanted, named(n), &WantedPlaylist::name) != wanted.end())
            ++n;
        made.name = named(n);
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
    /// With the account of `owner`; nobody's is the household's.
    Writer(store::Servers& servers, const store::ServerRow& server, UserId owner, library::MediaServer& media,
           const CancelToken& cancel)
        : servers_(servers), server_(server), owner_(owner), media_(media), cancel_(cancel) {}

    void write(const std::vector<WantedPlaylist>& wanted) {
        there_ = media_.playlists(cancel_);
        for (const WantedPlaylist& playlist : wanted)
            write(playlist);
        for (const store::WrittenPlaylist& old : servers_.written_playlists(server_.id, owner_)) {
            if (std::ranges::find(wanted, old.name, &WantedPlaylist::name) != wanted.end()) continue;
            if (const auto* there = find(old)) media_.delete_playlist(there->id, cancel_);
            servers_.forget_playlist(server_.id, old.name, owner_);
        }
    }

private:
    void write(const WantedPlaylist& wanted) {
        const auto noted = servers_.written_playlists(server_.id, owner_);
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
            servers_.note_playlist(server_.id, {wanted.name, ""}, owner_);
            id = media_.create_playlist(wanted.name, wanted.tracks, cancel_);
        }
        servers_.note_playlist(server_.id, {wanted.name, id}, owner_);
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
    const UserId owner_;
    library::MediaServer& media_;
    const CancelToken& cancel_;
    std::vector<library::ServerPlaylist> there_;
};

}  // namespace

std::string write_playlists(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    std::string problems;
    if (context.servers == nullptr) return problems;
    const std::vector<store::LinkedAccount> accounts = context.store.servers().accounts();
    // What everybody may read: of a listener's own lists and account no names.
    const auto unless_failed = [&](const std::string& server, bool is_own, const auto& work) {
        try {
            const std::size_t written = work();
            if (!is_own) progress.log(fmt::format("{}: {} playlists written and read back.", server, written));
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            const std::string problem =
                is_own ? fmt::format("Not all lists of a listener are in their own account on {} ({}).", server,
                                     code_name(error.code()))
                       : fmt::format("Not all playlists are on {}: {}", server, error.what());
            log::warn("{}", problem);
            progress.log(problem);
            problems += " " + problem;
        }
    };
    for (const store::ServerRow& server : media_servers(context.store)) {
        progress.report(0.5, fmt::format("Writing playlists to {}", server.name));
        const auto is_linked = [&](UserId user) {
            return std::ranges::any_of(accounts, [&](const store::LinkedAccount& account) {
                return account.server == server.id && account.user == user;
            });
        };
        const auto write = [&](library::MediaServer& media, UserId owner, const std::function<bool(UserId)>& is_for) {
            const auto wanted = wanted_on(context.store, server.id, is_for, media.keeps_duplicates());
            Writer(context.store.servers(), server, owner, media, cancel).write(wanted);
            return wanted.size();
        };
        unless_failed(server.name, false, [&] {
            const auto audio = context.servers->open(server.id);
            return write(audio->server(), {}, [&](UserId user) { return !is_linked(user); });
        });
        for (const store::LinkedAccount& account : accounts) {
            if (account.server != server.id) continue;
            unless_failed(server.name, true, [&] {
                const auto media = context.servers->connect(servers::as_user(server, account));
                return write(*media, account.user, [&](UserId user) { return user == account.user; });
            });
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
