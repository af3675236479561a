#include "listings.h"

#include <array>
#include <boost/json.hpp>

#include "audiomuse/base/clock.h"
#include "audiomuse/jobs/media_servers.h"
#include "children.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

constexpr double kWaitingIsSaid = 3;  // seconds

/// The one media server that a run is to list, by its params {"server_id":3}.
std::optional<ServerId> only_server(const store::Job& run) {
    const json::value params = json::parse(run.params);
    const json::value* id = params.is_object() ? params.get_object().if_contains("server_id") : nullptr;
    return id && id->is_number() ? std::optional(ServerId{id->to_number<std::int64_t>()}) : std::nullopt;
}

/// Starts the listings of a run, unless an earlier worker of it has: one of the music folders and one of each media
/// server, or of the one that the run is about.
void start_listings(const JobContext& context, const store::Job& job, bool leaves_news) {
    const JobId& run = job.id;
    const std::vector<store::Job> children = context.store.jobs().children(run);
    if (!of_type(children, kScanLibrary).empty() || !of_type(children, kListServer).empty()) return;
    const std::optional<ServerId> only = only_server(job);
    const bool folders = !only && (context.lists_folders || !context.store.saved_setting("MUSIC_FOLDERS").empty());
    std::vector<std::string> servers;
    for (const store::ServerRow& server : media_servers(context.store)) {
        if (only && server.id != *only) continue;
        servers.push_back(json::serialize(json::object{{"server", server.id.value}, {"leaves_news", leaves_news}}));
    }
    if (only && servers.empty()) throw Error(ErrorCode::not_found, "The media server was removed.");
    if (!folders && servers.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "No music folder is set, and no media server. Start with --music DIR, set MUSIC_FOLDERS, or add a "
                    "server on the page.");
    }
    if (folders) start_children(context, run, kScanLibrary, std::array{std::string("{}")});
    if (!servers.empty()) start_children(context, run, kListServer, servers);
}

void add_sentence(std::string& text, const std::string& sentence) {
    text += (text.empty() ? "" : " ") + sentence;
}

}  // namespace

Listings list_everything(const JobContext& context, Progress& progress, const ListingOptions& options,
                         const CancelToken& cancel) {
    progress.begin_step("scan", 0, options.to, "Looking for music");
    const JobId run = progress.job().id;
    start_listings(context, progress.job(), options.leaves_news);
    const double started = steady_now();
    std::vector<store::Job> children;
    watch_children(context, run, cancel, [&](const std::vector<store::Job>& all) {
        children = of_type(all, kScanLibrary);
        std::ranges::copy(of_type(all, kListServer), std::back_inserter(children));
        bool unfinished = false;
        for (const store::Job& listing : children) {
            if (store::is_final(listing.state)) continue;
            unfinished = true;
            if (listing.state == store::JobState::pending && listing.type == kScanLibrary &&
                steady_now() - started > kWaitingIsSaid) {
                progress.say("Waiting for an AudioMuse that has the music folders");
            } else if (const std::string message = message_of(listing); !message.empty()) {
                progress.report(listing.progress / 100.0, message);
            }
        }
        return unfinished;
    });
    Listings listings;
    for (const store::Job& listing : children) {
        if (listing.state == store::JobState::revoked) throw Error(ErrorCode::cancelled, "The scan was cancelled.");
        if (listing.state == store::JobState::failure) {
            add_sentence(listings.failed, message_of(listing));
            progress.log(message_of(listing));
            continue;
        }
        ++listings.complete;
        if (const std::string cut = detail_of(listing, "cut"); !cut.empty())
            add_sentence(listings.cut, std::string(json::parse(cut).as_string()));
        if (const std::string said = detail_of(listing, "said"); !said.empty()) {
            const json::value lines = json::parse(said);
            for (const json::value& line : lines.as_array())
                progress.log(std::string(line.as_string()));
        }
    }
    return listings;
}

}  // namespace audiomuse::jobs
