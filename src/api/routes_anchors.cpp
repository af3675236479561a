// Anchors, and radios: lists that are made again and again.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "aside.h"
#include "audiomuse/features/alchemy/radio.h"
#include "audiomuse/radios/refresh.h"
#include "blends.h"
#include "errors.h"
#include "job_json.h"
#include "json.h"
#include "list_filter.h"
#include "media_server_slot.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMostPoints = 100;  ///< of an anchor, and exclusions
constexpr double kDefaultTracks = 50;
constexpr double kMostOfBlend = 1000;
constexpr double kMostTemperature = 100;

std::int64_t path_id(const Call& call, std::string_view what) {
    const std::string text = call.text("id");
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw Error(ErrorCode::not_found, fmt::format("There is no {} {}.", what, to_text(json::value(text))));
    }
    return number;
}

// --- Anchors

json::object anchor_json(const store::Anchor& anchor) {
    return {{"id", anchor.id.value}, {"name", anchor.name}};
}

store::Anchor require_anchor(Backend& backend, const Call& call) {
    auto anchor = backend.context.store.anchors().get(AnchorId{path_id(call, "anchor")});
    if (!anchor) throw Error(ErrorCode::not_found, "Anchor not found");
    return std::move(*anchor);
}

std::vector<float> vector_of(const json::value& value, std::size_t dimension) {
    const json::array* numbers = value.if_array();
    std::vector<float> vector;
    bool zero = true;
    if (numbers && numbers->size() == dimension) {
        for (const json::value& number : *numbers) {
            if (!number.is_number()) break;
            vector.push_back(static_cast<float>(number.to_number<double>()));
            zero = zero && vector.back() == 0;
        }
    }
    if (vector.size() != dimension || zero) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("A centroid and the vector of an exclusion are {} numbers that are not all 0.", dimension));
    }
    return vector;
}

std::vector<store::AnchorPoint> exclusions_of(const json::array& list, std::size_t dimension) {
    if (list.size() > kMostPoints) {
        throw Error(ErrorCode::invalid_argument, fmt::format("An anchor has at most {} exclusions.", kMostPoints));
    }
    std::vector<store::AnchorPoint> exclusions;
    for (const json::value& each : list) {
        const json::object* fields = each.if_object();
        const json::value* vector = fields ? fields->if_contains("vector") : nullptr;
        const json::value* distance = fields ? fields->if_contains("distance") : nullptr;
        store::AnchorPoint point{.vector = vector_of(vector ? *vector : json::value(), dimension)};
        if (distance && distance->is_number()) point.radius = std::clamp(distance->to_number<double>(), 0.0, 1.0);
        exclusions.push_back(std::move(point));
    }
    return exclusions;
}

std::vector<store::AnchorPoint> saved_points(const std::vector<features::BlendPoint>& points) {
    std::vector<store::AnchorPoint> saved;
    for (const features::BlendPoint& point : points)
        saved.push_back({.vector = point.vector, .weight = point.weight, .radius = point.radius});
    if (saved.size() > kMostPoints) saved.resize(kMostPoints);
    return saved;
}

Response anchors(Backend& backend, const Call&) {
    json::array lines;
    for (const store::Anchor& anchor : backend.context.store.anchors().list())
        lines.push_back(anchor_json(anchor));
    return json_response(200, {{"anchors", std::move(lines)}});
}

Response create_anchor(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const auto index = require_index(backend);
    store::Anchor anchor{
        .id = {}, .name = std::string(text_field(body, "name")), .model = backend.context.model, .points = {}};
    if (const json::value* items = body.if_contains("items")) {
        // All points are kept, as the mean of several would lie between them.
        anchor.recipe = to_text({{"items", *items}});
        const auto parsed = features::parse_recipe(anchor.recipe);
        anchor.recipe = features::recipe_text(parsed);
        const features::Mixture mixture =
            features::mix(radios::recipe_sources(ingredients(backend, *index, listener_of(call))), parsed);
        anchor.points = saved_points(mixture.add());
        anchor.exclusions = saved_points(mixture.subtract());
        if (anchor.points.empty()) {
            throw Error(ErrorCode::invalid_argument, "Nothing is known of what the anchor is to be made of.");
        }
    } else {
        const json::value* centroid = body.if_contains("centroid");
        anchor.points = {{.vector = vector_of(centroid ? *centroid : json::value(), index->dimension())}};
        if (const json::value* exclusions = body.if_contains("exclusions"))
            anchor.exclusions = exclusions_of(exclusions->get_array(), index->dimension());
    }
    anchor.id = backend.context.store.anchors().add(anchor);
    return json_response(200, {{"anchor", anchor_json(*backend.context.store.anchors().get(anchor.id))}});
}

Response rename_anchor(Backend& backend, const Call& call) {
    const AnchorId id = require_anchor(backend, call).id;
    backend.context.store.anchors().rename(id, std::string(text_field(call.body(), "name")));
    return json_response(200, {{"anchor", anchor_json(require_anchor(backend, call))}});
}

Response delete_anchor(Backend& backend, const Call& call) {
    backend.context.store.anchors().remove(require_anchor(backend, call).id, listener_of(call));
    return json_response(200, {{"deleted", true}});
}

// --- Radios

json::object radio_json(Backend& backend, const store::Radio& radio) {
    json::value list = nullptr;
    if (radio.playlist && backend.context.store.playlists().get(radio.playlist)) list = radio.playlist.value;
    return {{"id", radio.id.value},
            {"anchor_id", radio.anchor.value},
            {"name", radio.name},
            {"own", static_cast<bool>(radio.owner)},
            {"temperature", radio.temperature},
            {"n_results", radio.n},
            {"enabled", radio.enabled},
            {"recipe", parse_stored_object(radio.recipe)},
            {"filter", parse_stored_object(radio.filter)},
            {"list_id", std::move(list)},
            {"refreshed_at", radio.refreshed_at > 0 ? json::value(radio.refreshed_at) : json::value(nullptr)}};
}

store::Radio require_radio(Backend& backend, const Call& call) {
    auto radio = backend.context.store.radios().get(RadioId{path_id(call, "radio")});
    if (!radio || !store::may_see(radio->owner, listener_of(call)))
        throw Error(ErrorCode::not_found, "Radio not found");
    return std::move(*radio);
}

std::vector<store::Radio> visible_radios(Backend& backend, const Call& call) {
    std::vector<store::Radio> radios = backend.context.store.radios().list();
    std::erase_if(radios, [&](const store::Radio& radio) { return !store::may_see(radio.owner, listener_of(call)); });
    return radios;
}

/// Takes over what the body says; the rest stays.
void apply_radio_fields(Backend& backend, const Call& call, const json::object& body, store::Radio& radio) {
    if (const json::value* value = body.if_contains("temperature")) radio.temperature = value->to_number<double>();
    if (const json::value* value = body.if_contains("n_results")) radio.n = value->to_number<std::int64_t>();
    if (const json::value* value = body.if_contains("enabled")) radio.enabled = value->get_bool();
    if (body.contains("name")) radio.name = std::string(text_field(body, "name"));
    if (const json::value* filter = body.if_contains("filter")) {
        check_filter(backend, call, *filter);  // says what is wrong with it, before it is kept
        radio.filter = to_text(*filter);
    }
    if (const json::value* items = body.if_contains("items")) {
        radio.recipe = features::adding_recipe(to_text({{"items", *items}}));
    }
}

Response radios(Backend& backend, const Call& call) {
    json::array lines;
    for (const store::Radio& radio : visible_radios(backend, call))
        lines.push_back(radio_json(backend, radio));
    return json_response(200, {{"radios", std::move(lines)}});
}

Response create_radio(Backend& backend, const Call& call) {
    const json::object body = call.body();
    store::Radio radio{.id = {}, .n = static_cast<std::int64_t>(kDefaultTracks), .owner = listener_of(call)};
    radio.temperature = backend.context.settings->alchemy_temperature;
    if (const json::value* id = body.if_contains("anchor_id")) {
        const auto anchor = backend.context.store.anchors().get(AnchorId{id->to_number<std::int64_t>()});
        if (!anchor) throw Error(ErrorCode::invalid_argument, "There is no anchor of this 'anchor_id'.");
        radio.anchor = anchor->id;
        radio.name = anchor->name;
    } else if (text_field(body, "type") == "fingerprint") {
        radio.name = radios::kTasteRadio;
        radio.recipe = features::kTasteRecipe;
    } else if (!body.contains("items")) {
        throw Error(ErrorCode::invalid_argument, "Missing 'anchor_id'");
    }
    apply_radio_fields(backend, call, body, radio);
    radio.id = backend.context.store.radios().add(radio);
    return json_response(200, {{"radio", radio_json(backend, *backend.context.store.radios().get(radio.id))}});
}

Response change_radio(Backend& backend, const Call& call) {
    store::Radio radio = require_radio(backend, call);
    apply_radio_fields(backend, call, call.body(), radio);
    backend.context.store.radios().update(radio);
    return json_response(200, {{"radio", radio_json(backend, require_radio(backend, call))}});
}

Response delete_radio(Backend& backend, const Call& call) {
    backend.context.store.radios().remove(require_radio(backend, call).id);
    return json_response(200, {{"deleted", true}});
}

Response radio_issues(Backend& backend, const Call& call) {
    const store::Radio radio = require_radio(backend, call);
    json::array issues;
    for (const store::Issue& issue : backend.context.store.radios().issues(radio.playlist)) {
        json::array ids;
        for (const store::TrackRow& row : backend.context.store.tracks().get(issue.tracks))
            ids.emplace_back(row.item_id);
        issues.push_back({{"number", issue.number}, {"made_at", issue.made_at}, {"track_ids", std::move(ids)}});
    }
    return json_response(200, {{"issues", std::move(issues)}});
}

/// Has a worker make the lists, and waits for what became of it.
radios::Report refreshed(Backend& backend, const std::string& params) {
    const MediaServerSlot slot(backend);  // it writes to other machines
    const auto job = do_aside(backend, radios::kRefreshJob, params);
    if (!job) return {.failed = {"The lists are still being made."}};
    return radios::read_report(job->details).value_or(radios::Report{.failed = {status_message(*job)}});
}

Response run(Backend& backend, std::size_t wanted, const std::string& params) {
    require_index(backend);
    const radios::Report report = wanted > 0 ? refreshed(backend, params) : radios::Report();
    const auto servers = backend.context.store.servers().all();
    json::array failed;
    for (const std::string& sentence : report.failed)
        failed.emplace_back(sentence);
    return json_response(
        200, {{"message", fmt::format("{} of {} radios have a new list.", report.made, wanted)},
              {"radios_enabled", wanted},
              {"servers_enabled", std::ranges::count_if(servers, [](const auto& row) { return row.type != "local"; })},
              {"playlists_created", report.made},
              {"failed", std::move(failed)}});
}

Response run_radios(Backend& backend, const Call& call) {
    std::vector<RadioId> wanted;
    for (const store::Radio& radio : visible_radios(backend, call)) {
        if (radio.enabled) wanted.push_back(radio.id);
    }
    return run(backend, wanted.size(), radios::refresh_params(wanted));
}

Response run_radio(Backend& backend, const Call& call) {
    return run(backend, 1, radios::refresh_params(std::vector{require_radio(backend, call).id}));
}

}  // namespace

std::vector<Route> anchor_routes() {
    using enum ParamType;
    const Param anchor = {.name = "id", .in = In::path, .help = "Id of the anchor.", .required = true};
    const Param radio = {.name = "id", .in = In::path, .help = "Id of the radio.", .required = true};
    const Param name = {.name = "name", .in = In::body, .help = "Up to 200 characters.", .required = true};
    const Param items = {
        .name = "items", .in = In::body, .type = array, .help = "As of /api/alchemy: op, type and id."};
    const auto radio_fields = [&](std::vector<Param> params) {
        params.push_back({.name = "temperature",
                          .in = In::body,
                          .type = number,
                          .help = "As of /api/alchemy.",
                          .minimum = 0,
                          .maximum = kMostTemperature});
        params.push_back({.name = "n_results",
                          .in = In::body,
                          .type = integer,
                          .help = "Tracks of the list.",
                          .minimum = 1,
                          .maximum = kMostOfBlend});
        params.push_back({.name = "enabled",
                          .in = In::body,
                          .type = boolean,
                          .help = "False pauses it: /api/radios/run passes it over; default true."});
        params.push_back({.name = "name", .in = In::body, .help = "Of the list; default that of the anchor."});
        params.push_back(items);
        return with_body_filter(std::move(params));
    };
    return {
        {Method::get, "/api/anchors", "anchors", anchors, Right::read, {}},
        {Method::post,
         "/api/anchors",
         "create_anchor",
         create_anchor,
         Right::playlists,
         {name,
          {.name = "centroid",
           .in = In::body,
           .type = array,
           .help = "A vector, as add_centroid_vector of /api/alchemy."},
          {.name = "exclusions", .in = In::body, .type = array, .help = "Objects with vector and distance."},
          items}},
        {Method::put, "/api/anchors/{id}", "rename_anchor", rename_anchor, Right::playlists, {anchor, name}},
        {Method::del, "/api/anchors/{id}", "delete_anchor", delete_anchor, Right::playlists, {anchor}},
        {Method::get, "/api/radios", "radios", radios, Right::read, {}},
        {Method::post, "/api/radios", "create_radio", create_radio, Right::playlists,
         radio_fields(
             {{.name = "anchor_id", .in = In::body, .type = integer, .help = "What it plays; else items or type."},
              {.name = "type", .in = In::body, .help = "fingerprint: it plays what is played most."}})},
        {Method::put, "/api/radios/{id}", "change_radio", change_radio, Right::playlists, radio_fields({radio})},
        {Method::del, "/api/radios/{id}", "delete_radio", delete_radio, Right::playlists, {radio}},
        {Method::post, "/api/radios/run", "run_radios", run_radios, Right::playlists, {}, kWaits},
        {Method::post, "/api/radios/{id}/run", "run_radio", run_radio, Right::playlists, {radio}, kWaits},
        {Method::get, "/api/radios/{id}/issues", "radio_issues", radio_issues, Right::read, {radio}},
    };
}

}  // namespace audiomuse::api
