// A child of an analysis: the listing of one media server.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>

#include "audiomuse/base/log.h"
#include "audiomuse/jobs/media_servers.h"
#include "audiomuse/servers/account.h"
#include "audiomuse/servers/listening.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace {

constexpr std::size_t kBatch = 500;
// A listing that shows less than half of what was there is more likely cut than right.
constexpr std::int64_t kFewTracks = 20;

store::ListedItem to_item(library::ServerTrack track, const library::PathMap& map) {
    constexpr double kNanoseconds = 1e9;
    store::ListedItem item;
    item.item_id = std::move(track.id);
    item.album_id = std::move(track.album_id);
    item.artist_id = std::move(track.artist_id);
    if (track.path_is_real) item.path = std::move(track.path);
    if (const auto local = library::map_path(map, item.path)) item.local_path = local->string();
    item.stamp = {track.size, static_cast<std::int64_t>(track.changed_at * kNanoseconds)};
    item.tags = std::move(track.tags);
    return item;
}

/// A server does not tell of plays and ratings in its change stamp: they are asked for each time. For nobody's sake
/// does a listing fail.
void read_listening_of_users(const JobContext& context, const store::ServerRow& server, const CancelToken& cancel) {
    for (const store::LinkedAccount& account : context.store.servers().accounts()) {
        if (account.server != server.id) continue;
        try {
            const auto media = context.servers->connect(servers::as_user(server, account));
            servers::read_listening(context.store.history(), *media, {server.id, account.name, account.user},
                                    server.name, cancel);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            log::info("{} does not say what the owner of a linked account has played ({})", server.name,
                      code_name(error.code()));
        }
    }
}

/// A server that can't be reached ends the listing: the user is to know now, and not when it is back.
template <class Question>
auto ask(Question question) {
    try {
        return question();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::unavailable && error.code() != ErrorCode::timeout) throw;
        throw Error(ErrorCode::io, error.what());
    }
}

std::string sentence(const std::string& name, std::int64_t listed, const store::Recognised& by, std::int64_t gone) {
    std::string text = fmt::format("{}: {} tracks, {} known by their id", name, listed, by.by_id);
    const auto add = [&](std::int64_t count, std::string_view how) {
        if (count > 0) text += fmt::format(", {} {}", count, how);
    };
    add(by.by_path, "by their path");
    add(by.by_tail, "by the end of their path");
    add(by.by_tags, "by their tags");
    add(by.created, "new");
    add(gone, "gone (their analysis is kept)");
    return text + ".";
}

}  // namespace

void list_server(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    const boost::json::value params = boost::json::parse(progress.job().params);
    const ServerId id{params.at("server").to_number<std::int64_t>()};
    const boost::json::value* given = params.as_object().if_contains("leaves_news");
    const bool leaves_news = given != nullptr && given->is_bool() && given->get_bool();
    const auto server = context.store.servers().get(id);
    if (!server) return;  // removed in the meantime
    progress.begin_step("scan", 0, 100, fmt::format("Asking {}", server->name));
    boost::json::array said;  // for the log of the whole job
    const auto say = [&](const std::string& line) {
        progress.log(line);
        said.emplace_back(line);
        progress.set_detail("said", boost::json::serialize(said));
    };
    const auto audio = context.servers->open(id);
    library::MediaServer& media = audio->server();
    const std::string stamp = ask([&] { return media.change_stamp(cancel); });
    if (!stamp.empty() && stamp == server->change_stamp) {
        say(fmt::format("{}: nothing has changed there.", server->name));
        servers::read_listening(context.store.history(), media, {id, server->user}, server->name, cancel);
        read_listening_of_users(context, *server, cancel);
        return;
    }

    store::Tracks& tracks = context.store.tracks();
    // What is known from here on is of no stamp: should the server go back to the old one, it is listed again.
    if (!server->change_stamp.empty()) context.store.servers().set_change_stamp(id, "");
    const std::int64_t listing = tracks.begin_listing(id);
    std::vector<store::ListedItem> batch;
    store::Recognised recognised;
    std::int64_t listed = 0;
    servers::Listening listening;
    const auto flush = [&] {
        recognised += tracks.put_listed(id, listing, batch);
        batch.clear();
        if (progress.job().attempts > 0) context.store.jobs().reset_attempts(progress.job().id, context.worker);
        progress.report(0.5, fmt::format("{}: {} tracks", server->name, listed));
    };
    ask([&] {
        return media.list_tracks(
            [&](library::ServerTrack track) {
                ++listed;
                listening.add(track);
                batch.push_back(to_item(std::move(track), server->path_map));
                if (batch.size() >= kBatch) flush();
            },
            cancel);
    });
    flush();

    const store::Tracks::Unseen left = tracks.unseen(id, listing);
    const bool shows_little = left.unseen > kFewTracks && left.unseen * 2 > left.present;
    const bool shows_nothing = listed == 0 && left.present > 0;
    if (shows_little || shows_nothing) {
        const std::string cut = fmt::format(
            "{} shows only {} of {} tracks. That looks like a disk that is not there, so nothing counts as "
            "gone. If it is right, remove the server and add it again; what was heard is kept.",
            server->name, listed, left.present);
        say(cut);
        progress.set_detail("cut", boost::json::serialize(boost::json::value(cut)));
    } else {
        const std::int64_t gone = tracks.finish_listing(id, listing);
        say(sentence(server->name, listed, recognised, gone));
        if (!leaves_news) context.store.servers().set_change_stamp(id, stamp);
    }
    context.store.history().put({id, server->user}, listening.items(), listening.all());
    read_listening_of_users(context, *server, cancel);
    context.queue.publish({"library", "{}"});
}

}  // namespace audiomuse::jobs
