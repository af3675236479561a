// What a search for playlists has found, before it is published.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <limits>
#include <optional>
#include <span>

#include "aside.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/clustering/draft.h"
#include "cards.h"
#include "errors.h"
#include "job_json.h"
#include "list_profile.h"
#include "media_server_slot.h"
#include "route.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kSample = 3;
/// The job that writes playlists to media servers, see jobs/context.h.
constexpr const char* kWriteJob = "write_playlists";

json::object draft_list_json(Backend& backend, const features::DraftList& list, std::span<const store::TrackRow> rows) {
    const auto map = backend.map.map(backend.context.store);
    double duration = 0;
    json::array ids, points;
    for (const store::TrackRow& row : rows) {
        duration += row.tags.duration_s;
        ids.emplace_back(row.item_id);
        points.push_back(map->row_of(row.id) ? json::value(row.id.value) : json::value(nullptr));
    }
    // From all over the list: its songs are in an order that makes neighbours alike.
    std::vector<store::TrackRow> sample;
    const std::size_t count = std::min(kSample, rows.size());
    for (std::size_t i = 0; i < count; ++i)
        sample.push_back(rows[i * rows.size() / count]);
    const bool known = list.replaces != PlaylistId{};
    return {{"number", list.number},
            {"name", list.name},
            {"replaces", known ? json::value(list.replaces.value) : json::value(nullptr)},
            {"track_count", rows.size()},
            {"duration_s", rounded(duration, 1)},
            {"recipe", parse_stored_object(list.recipe)},
            {"profile", list_profile(backend, rows)},
            {"covers", list_covers(rows)},
            {"sample", track_cards(backend, sample)},
            {"track_ids", std::move(ids)},
            {"points", std::move(points)}};
}

Response draft(Backend& backend, const Call&) {
    const auto draft = features::read_draft(backend.context.store);
    if (!draft) return json_response(200, {{"draft", nullptr}});
    json::array lists;
    for (const features::DraftList& list : draft->lists)
        lists.push_back(draft_list_json(backend, list, backend.context.store.tracks().get(list.tracks)));
    return json_response(200, {{"draft",
                                {{"task_id", draft->task},
                                 {"made_at", draft->made_at},
                                 {"algorithm", draft->algorithm},
                                 {"score", rounded(draft->score, 4)},
                                 {"lists", std::move(lists)}}}});
}

Response draft_list(Backend& backend, const Call& call) {
    const auto draft = features::read_draft(backend.context.store);
    const std::string number = call.text("number");
    if (draft) {
        for (const features::DraftList& list : draft->lists) {
            if (std::to_string(list.number) != number) continue;
            const std::vector<store::TrackRow> rows = backend.context.store.tracks().get(list.tracks);
            json::object answer = draft_list_json(backend, list, rows);
            answer["tracks"] = track_cards(backend, rows);
            return json_response(200, answer);
        }
    }
    throw Error(
        ErrorCode::not_found,
        fmt::format("The draft has no list {}. It may have been published, or replaced by a newer one.", number));
}

std::vector<features::Chosen> chosen_lists(const json::array& items) {
    std::vector<features::Chosen> chosen;
    for (const json::value& item : items) {
        const json::object* fields = item.if_object();
        const json::value* number = fields ? fields->if_contains("number") : nullptr;
        const json::value* name = fields ? fields->if_contains("name") : nullptr;
        if (!number || !number->is_int64() || (name && !name->is_string())) {
            throw Error(ErrorCode::invalid_argument,
                        "'lists' holds objects with the number of a list and, where it is to be renamed, a name.");
        }
        constexpr std::int64_t kMost = std::numeric_limits<int>::max();
        features::Chosen one{.number = static_cast<int>(std::clamp<std::int64_t>(number->get_int64(), 0, kMost))};
        if (name) one.name = trim(std::string_view(name->get_string()));
        chosen.push_back(std::move(one));
    }
    return chosen;
}

/// Has a worker write the playlists to the media servers. Returns what went wrong, in a sentence.
std::string write_to_servers(Backend& backend) {
    const auto job = do_aside(backend, kWriteJob);
    if (!job) return "The playlists are still being written to the media servers.";
    if (job->state != store::JobState::success) return status_message(*job);
    const json::object details = parse_stored_object(job->details);
    const json::value* problems = details.if_contains("problems");
    return problems && problems->is_string() ? std::string(std::string_view(problems->get_string())) : "";
}

Response publish_draft(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const auto draft = features::read_draft(backend.context.store);
    const json::value* task = body.if_contains("task_id");
    const json::value* made_at = body.if_contains("made_at");
    if (!draft) throw Error(ErrorCode::not_found, "There are no playlists to be published. Start a search first.");
    if (task && std::string_view(task->get_string()) != draft->task) {
        throw Error(ErrorCode::not_found,
                    "A newer search has taken the place of these playlists. Look at what it found.");
    }
    if (made_at && made_at->to_number<double>() != draft->made_at)
        throw Error(ErrorCode::not_found, "The search has found better playlists since. Look at what it found.");
    std::optional<std::vector<features::Chosen>> chosen;
    if (const json::value* lists = body.if_contains("lists")) chosen = chosen_lists(lists->get_array());
    const bool to_servers = std::ranges::any_of(backend.context.store.servers().all(),
                                                [](const store::ServerRow& server) { return server.type != "local"; });
    std::optional<MediaServerSlot> slot;
    if (to_servers) slot.emplace(backend);
    const std::size_t count = features::publish_draft(backend.context.store, *draft, chosen);
    publish_playlists(backend);
    return json_response(
        200, {{"playlists_created", count}, {"problem", to_servers ? write_to_servers(backend) : std::string()}});
}

Response delete_draft(Backend& backend, const Call&) {
    features::forget_draft(backend.context.store);
    Response response;
    response.status = 204;
    return response;
}

}  // namespace

std::vector<Route> draft_routes() {
    using enum ParamType;
    return {
        {Method::get, "/api/clustering/draft", "draft", draft, Right::read, {}},
        {Method::get,
         "/api/clustering/draft/lists/{number}",
         "draft_list",
         draft_list,
         Right::read,
         {{.name = "number", .in = In::path, .help = "Of the list, as the draft says."}}},
        {Method::post,
         "/api/clustering/draft/publish",
         "publish_draft",
         publish_draft,
         Right::jobs,
         {{.name = "lists",
           .in = In::body,
           .type = array,
           .help = "Those to keep: objects with number and, to rename one, name; else all."},
          {.name = "task_id", .in = In::body, .help = "Of the draft that was looked at: another one is refused."},
          {.name = "made_at",
           .in = In::body,
           .type = number,
           .help = "Of that draft: what its search found since is refused, too."}},
         kWaits},
        {Method::del, "/api/clustering/draft", "delete_draft", delete_draft, Right::jobs, {}},
    };
}

}  // namespace audiomuse::api
