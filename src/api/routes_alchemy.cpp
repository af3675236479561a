// Song alchemy and the sonic fingerprint, in the shapes of AudioMuse-AI's API and for the page.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>
#include <set>

#include "audiomuse/base/text.h"
#include "audiomuse/features/alchemy/recipe.h"
#include "audiomuse/features/fingerprint/taste.h"
#include "audiomuse/features/map/music_map.h"
#include "blends.h"
#include "errors.h"
#include "list_filter.h"
#include "media_server_slot.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

using features::BlendPoint;
using features::ItemPoints;

/// Songs that a media server is asked for, for one of a fingerprint.
constexpr std::int64_t kAskedFor = 5;

std::optional<double> number_in(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    if (!value) return std::nullopt;
    if (value->is_number()) return value->to_number<double>();
    if (!value->is_string()) return std::nullopt;
    const std::string_view text = trim(std::string_view(value->get_string()));
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
    return whole ? std::optional(number) : std::nullopt;
}

/// Whether clients want something added, whether or not it is known here.
bool adds_something(const json::object& body) {
    const json::value* items = body.if_contains("items");
    if (!items || !items->is_array()) return false;
    return std::ranges::any_of(items->get_array(), [](const json::value& item) {
        const json::object* fields = item.if_object();
        const json::value* op = fields ? fields->if_contains("op") : nullptr;
        const json::value* id = fields ? fields->if_contains("id") : nullptr;
        return op && op->is_string() && fold(op->get_string()) == "add" && id && !id->is_null() &&
               !(id->is_string() && id->get_string().empty());
    });
}

features::Mixture mixture_of(Backend& backend, const Call& call, const index::VectorIndex& index,
                             const json::object& body, std::optional<ServerId> server = std::nullopt) {
    const auto items = features::parse_recipe(to_text({{"items", body.at("items")}}));
    return features::mix(radios::recipe_sources(ingredients(backend, index, listener_of(call)), server), items);
}

/// n, temperature and distance of a body. What makes no sense gives way to the settings, as 0 of n and distance does:
/// clients send it for "not given".
features::BlendParams blend_params(Backend& backend, const Call& call, const json::object& body,
                                   const features::Mixture& mixture) {
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    const double n = number_in(body, "n").value_or(0);
    const double distance = number_in(body, "subtract_distance").value_or(0);
    features::BlendParams params;
    params.n = static_cast<int>(std::min<double>(n >= 1 ? n : static_cast<double>(settings.alchemy_n),
                                                 static_cast<double>(settings.alchemy_most)));
    params.temperature = std::clamp(number_in(body, "temperature").value_or(settings.alchemy_temperature), 0.0, 100.0);
    params.subtract_distance = distance > 0 ? std::min(distance, 1.0) : settings.subtract_distance;
    params.filter = read_filter(backend, call);
    params.seeds = mixture.songs();
    const json::value* filter = body.if_contains("filter");
    if (!filter || !filter->as_object().contains("seed")) params.filter.seed = fresh_seed();
    return params;
}

features::Blend blend(Backend& backend, const index::VectorIndex& index, const features::Mixture& mixture,
                      const features::BlendParams& params) {
    return features::blend(backend.context.store, index, mixture.add(), mixture.subtract(), params,
                           {&backend.songs, &backend.filters});
}

/// Where everything of a blend lies in the picture: on the map of the library, or, without one, along the first two
/// principal components.
class Picture {
public:
    Picture(const index::VectorIndex& index, const features::Mixture& mixture, const features::Blend& made,
            const features::MusicMap& map = {})
        : on_map_(map.size() > 0) {
        std::vector<Shown> shown;
        for (const auto* tracks : {&made.tracks, &made.filtered_out}) {
            for (const features::BlendedTrack& track : *tracks) {
                std::vector<float> vector = index.vector(track.id.value);
                if (vector.empty()) continue;
                songs_[track.id] = shown.size();
                shown.push_back({track.id, std::move(vector)});
            }
        }
        first_point_ = shown.size();
        for (const ItemPoints& item : mixture.items) {
            for (const BlendPoint& point : item.points)
                shown.push_back({item.songs.empty() ? TrackId{} : item.songs.front(), point.vector});
        }
        plane_ = on_map_ ? places_on(index, map, shown) : plane_of(shown);
    }

    /// AudioMuse-AI's word: "none" where the places were known before.
    std::string_view projection() const { return on_map_ ? "none" : "pca"; }

    json::value song(TrackId id) const {
        const auto found = songs_.find(id);
        return found == songs_.end() ? json::value(nullptr) : json::value(pair(plane_[found->second]));
    }
    /// Of the mixture, counted through all items.
    json::array point(std::size_t number) const { return pair(plane_[first_point_ + number]); }

    /// The weighted mean of the points on one side; null when there are none.
    json::value centroid(const features::Mixture& mixture, bool subtracted) const {
        std::array<double, 2> sum{};
        double weight = 0;
        std::size_t number = 0;
        for (const ItemPoints& item : mixture.items) {
            for (const BlendPoint& point : item.points) {
                const auto& [x, y] = plane_[first_point_ + number++];
                if (item.item.subtract != subtracted) continue;
                sum[0] += point.weight * x;
                sum[1] += point.weight * y;
                weight += point.weight;
            }
        }
        if (weight <= 0) return nullptr;
        return pair({sum[0] / weight, sum[1] / weight});
    }

private:
    struct Shown {
        TrackId track;  // none for a point that is no song
        std::vector<float> vector;
    };
    using Plane = std::vector<std::array<double, 2>>;

    static json::array pair(const std::array<double, 2>& place) { return {rounded(place[0], 5), rounded(place[1], 5)}; }

    static Plane plane_of(const std::vector<Shown>& shown) {
        std::vector<std::vector<float>> vectors;
        for (const Shown& each : shown)
            vectors.push_back(each.vector);
        return features::plane_of(vectors);
    }

    /// What is not on the map (yet) lies among what sounds like it.
    static Plane places_on(const index::VectorIndex& index, const features::MusicMap& map,
                           const std::vector<Shown>& shown) {
        Plane plane;
        for (const Shown& each : shown) {
            const auto row = each.track ? map.row_of(each.track) : std::nullopt;
            const auto known =
                row ? std::array{static_cast<double>(map.at(*row, 0)), static_cast<double>(map.at(*row, 1))}
                    : features::place_of(index, map, each.vector).value_or(std::array<double, 2>{});
            plane.push_back(known);
        }
        return plane;
    }

    bool on_map_;
    std::map<TrackId, std::size_t> songs_;
    std::size_t first_point_ = 0;
    Plane plane_;
};

/// The mean direction of the points on one side, which an anchor may be saved of; null when there are none.
json::value centroid_vector(std::span<const BlendPoint> points) {
    const std::vector<float> middle = features::middle_of(points);
    if (middle.empty()) return nullptr;
    json::array numbers;
    for (const float value : middle)
        numbers.emplace_back(shortest(value));
    return numbers;
}

json::array exclusions_json(std::span<const BlendPoint> points, double distance) {
    json::array exclusions;
    for (const BlendPoint& point : points) {
        json::array numbers;
        for (const float value : point.vector)
            numbers.emplace_back(shortest(value));
        exclusions.push_back(
            {{"vector", std::move(numbers)}, {"distance", point.radius > 0 ? point.radius : distance}});
    }
    return exclusions;
}

/// Full rows of AudioMuse-AI's alchemy.
json::array score_lines(Backend& backend, const FoundTracks& found, const Picture& picture, bool with_distance) {
    const Summaries summaries = summaries_of(backend, found.rows);
    json::array lines;
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
        const store::TrackRow& row = found.rows[i];
        json::object line = track_line(row);
        line["album"] = row.tags.album;
        const auto summary = summaries.find(row.id);
        const bool known = summary != summaries.end();
        line["tempo"] = known ? json::value(summary->second.tempo_bpm) : json::value(nullptr);
        line["energy"] = known ? json::value(summary->second.energy) : json::value(nullptr);
        line["key"] = known ? json::value(kPitchClassNames.at(static_cast<std::size_t>(summary->second.key)))
                            : json::value(nullptr);
        line["scale"] = known ? json::value(scale_name(summary->second.scale)) : json::value(nullptr);
        line["mood_vector"] = known
                                  ? json::value(store::mood_vector_text(
                                        summary->second.moods, static_cast<int>(backend.context.settings->top_n_moods)))
                                  : json::value(nullptr);
        line["other_features"] =
            known ? json::value(store::other_features_text(summary->second.other_features)) : json::value(nullptr);
        if (with_distance) {
            line["distance"] = rounded(features::angular_distance(static_cast<double>(found.distances[i])), 6);
        }
        line["embedding_2d"] = picture.song(row.id);
        lines.push_back(std::move(line));
    }
    return lines;
}

/// The points of one side. A song is one; of other things each point is called a component.
json::array point_lines(Backend& backend, const features::Mixture& mixture, const Picture& picture, bool subtracted) {
    json::array lines;
    std::size_t number = 0;
    for (const ItemPoints& item : mixture.items) {
        for (std::size_t i = 0; i < item.points.size(); ++i, ++number) {
            if (item.item.subtract != subtracted) continue;
            json::object line;
            const auto row = item.songs.empty() ? std::nullopt : backend.context.store.tracks().get(item.songs.front());
            if (row) {
                line = track_line(*row);
            } else {
                line = {{"item_id", fmt::format("{}_comp{}", item.item.id, i)},
                        {"title", fmt::format("Component {} (w={:.2f})", i + 1, item.points[i].weight)},
                        {"author", item.name},
                        {"is_artist_component", item.item.type == features::ItemType::artist},
                        {"weight", rounded(item.points[i].weight, 6)}};
            }
            line["embedding_2d"] = picture.point(number);
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

Response alchemy(Backend& backend, const Call& call) {
    const auto server = selected_server(backend, call);
    const json::object body = call.body();
    if (!adds_something(body)) throw Error(ErrorCode::invalid_argument, "Invalid request");
    const auto index = backend.context.index.get();
    const json::object nothing = {
        {"results", json::array()}, {"filtered_out", json::array()}, {"centroid_2d", nullptr}};
    if (!index) return json_response(200, nothing);
    const features::Mixture mixture = mixture_of(backend, call, *index, body, server);
    features::BlendParams params = blend_params(backend, call, body, mixture);
    if (server) params.filter.criteria.server = server;
    const features::Blend made = blend(backend, *index, mixture, params);
    if (made.tracks.empty() && made.filtered_out.empty()) return json_response(200, nothing);
    const Picture picture(*index, mixture, made, *backend.map.map(backend.context.store));
    const std::vector<BlendPoint> subtracted = mixture.subtract();
    return json_response(
        200, {{"results", score_lines(backend, found_tracks(backend, made.tracks, server), picture, true)},
              {"filtered_out", score_lines(backend, found_tracks(backend, made.filtered_out, server), picture, false)},
              {"centroid_2d", picture.centroid(mixture, false)},
              {"add_centroid_2d", picture.centroid(mixture, false)},
              {"subtract_centroid_2d", picture.centroid(mixture, true)},
              {"add_points", point_lines(backend, mixture, picture, false)},
              {"sub_points", point_lines(backend, mixture, picture, true)},
              {"projection", picture.projection()},
              {"add_centroid_vector", centroid_vector(mixture.add())},
              {"subtract_centroid_vector", centroid_vector(subtracted)},
              {"exclusions", exclusions_json(subtracted, params.subtract_distance)}});
}

Response library_blend(Backend& backend, const Call& call) {
    const json::object body = call.body();
    if (!adds_something(body)) {
        throw Error(ErrorCode::invalid_argument, "'items' must name at least one thing to add.");
    }
    const auto index = require_index(backend);
    const features::Mixture mixture = mixture_of(backend, call, *index, body);
    const features::BlendParams params = blend_params(backend, call, body, mixture);
    const features::Blend made = blend(backend, *index, mixture, params);
    const Picture picture(*index, mixture, made);
    std::vector<TrackId> added;
    json::array points;
    std::size_t number = 0;
    for (const ItemPoints& item : mixture.items) {
        if (!item.item.subtract) added.insert(added.end(), item.songs.begin(), item.songs.end());
        for (const BlendPoint& point : item.points) {
            points.push_back({{"op", item.item.subtract ? "SUBTRACT" : "ADD"},
                              {"type", features::item_type_name(item.item.type)},
                              {"id", item.item.id},
                              {"name", item.name},
                              {"weight", rounded(point.weight, 6)},
                              {"position", picture.point(number++)}});
        }
    }
    const FoundTracks found = found_tracks(backend, made.tracks);
    json::array cards = found_cards(backend, *index, found, added);
    for (std::size_t i = 0; i < found.rows.size(); ++i)
        cards[i].as_object()["position"] = picture.song(found.rows[i].id);
    return json_response(200, {{"tracks", std::move(cards)},
                               {"filtered_out", track_cards(backend, found_tracks(backend, made.filtered_out).rows)},
                               {"points", std::move(points)},
                               {"seed", params.filter.seed}});
}

// --- Sonic fingerprint

std::string text_in(const json::object& given, std::string_view name) {
    const json::value* value = given.if_contains(name);
    return value && value->is_string() ? std::string(trim(std::string_view(value->get_string()))) : std::string();
}

/// The account that a request speaks for; nothing: what the store knows. Throws what clients of AudioMuse-AI expect.
std::optional<library::ServerAccount> account_of(const store::ServerRow& server, const json::object& given) {
    const auto kind = library::parse_kind(server.type);
    if (!kind) return std::nullopt;
    library::ServerAccount account = patient_account(server);
    if (*kind == library::ServerKind::jellyfin) {
        const std::string user = text_in(given, "jellyfin_user_identifier");
        const std::string token = text_in(given, "jellyfin_token");
        if (user.empty() && server.user.empty()) {
            throw Error(ErrorCode::invalid_argument, "Jellyfin User Identifier is required.");
        }
        if (user.empty() && token.empty()) return std::nullopt;
        if (!user.empty()) account.user = user;
        if (!token.empty()) account.token = token;
        return account;
    }
    if (*kind == library::ServerKind::navidrome && !text_in(given, "navidrome_user").empty()) {
        account.user = text_in(given, "navidrome_user");
        account.password = text_in(given, "navidrome_password");
        account.token.clear();
        if (account.password.empty() && account.user == server.user) account.password = server.password;
        return account;
    }
    return std::nullopt;
}

/// What that user of the server has played most. Waits for another machine, so only a few may at a time.
std::vector<store::Heard> ask_server(Backend& backend, const Call& call, ServerId server,
                                     const library::ServerAccount& account) {
    const MediaServerSlot slot(backend);
    std::vector<store::Heard> heard;
    try {
        const auto played = with_own_proof(backend, call, [&] {
            return backend.context.connect(account)->most_played(
                backend.context.settings->fingerprint_songs * kAskedFor, backend.stopping.token());
        });
        for (const library::ServerTrack& track : played) {
            const auto row = backend.context.store.tracks().by_item_id(track.id, server);
            if (!row) continue;
            heard.push_back({.track = row->id,
                             .plays = track.play_count.value_or(1),
                             .last_played_at = track.last_played.value_or(0)});
        }
    } catch (const HttpError&) {
        throw;
    } catch (const Error& error) {
        const bool refused = error.code() == ErrorCode::login_refused || error.code() == ErrorCode::invalid_argument ||
                             error.code() == ErrorCode::not_found || error.code() == ErrorCode::permission_denied;
        if (refused && account.kind == library::ServerKind::jellyfin) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("Could not resolve Jellyfin user '{}'.", to_valid_utf8(account.user)));
        }
        throw;
    }
    return heard;
}

std::vector<features::Liked> liked_by(Backend& backend, const Call& call, const index::VectorIndex& index,
                                      const json::object& given) {
    const radios::Ingredients from = ingredients(backend, index, listener_of(call));
    for (const store::ServerRow& server : backend.context.store.servers().all()) {
        if (!server.is_default) continue;
        if (const auto account = account_of(server, given)) {
            const bool brought =
                !text_in(given, "jellyfin_token").empty() || !text_in(given, "navidrome_password").empty();
            require_own_proof(call, server, *account, brought);
            return radios::liked_tracks(from, ask_server(backend, call, server.id, *account));
        }
    }
    return radios::liked_tracks(from);
}

/// The songs that are liked, and those that fill the list up.
struct Fingerprint {
    std::vector<features::Liked> liked;
    std::vector<features::BlendedTrack> others;
};

/// Of n songs. With `liked_too` those that are liked, and allowed, stand in front and count.
Fingerprint fingerprint_of(Backend& backend, const Call& call, const index::VectorIndex& index,
                           const json::object& given, std::size_t n, const features::ListFilter& filter,
                           bool liked_too) {
    Fingerprint made{.liked = liked_by(backend, call, index, given), .others = {}};
    features::BlendParams params{.temperature = 0, .filter = filter};
    for (const features::Liked& each : made.liked)
        params.seeds.push_back(each.heard.track);
    const std::vector<BlendPoint> points = radios::points_of_taste(index, made.liked);
    if (liked_too) {
        const features::AllowedTracks allowed = backend.filters.allowed_tracks(backend.context.store, filter);
        std::erase_if(made.liked, [&](const features::Liked& each) { return !allowed(each.heard.track); });
        if (made.liked.size() > n) made.liked.resize(n);
        for (const features::Liked& each : made.liked)
            params.before.push_back(each.heard.track);
    }
    params.n = static_cast<int>(n - params.before.size());
    made.others =
        features::blend(backend.context.store, index, points, {}, params, {&backend.songs, &backend.filters}).tracks;
    return made;
}

Response generate(Backend& backend, const Call& call, const json::object& given, const std::string& n_text) {
    std::int64_t n = backend.context.settings->fingerprint_n;
    if (!n_text.empty()) {
        const auto [end, error] = std::from_chars(n_text.data(), n_text.data() + n_text.size(), n);
        if (error != std::errc() || end != n_text.data() + n_text.size()) {
            throw Error(ErrorCode::invalid_argument, "Parameter 'n' must be a valid integer.");
        }
    }
    if (n < 1) n = backend.context.settings->fingerprint_n;
    const auto index = backend.context.index.get();
    if (!index) return json_response(200, json::array());
    const auto server = selected_server(backend, call);
    features::ListFilter filter = read_filter(backend, call);
    if (server) filter.criteria.server = server;
    const Fingerprint made = fingerprint_of(backend, call, *index, given,
                                            static_cast<std::size_t>(std::min<std::int64_t>(n, 10'000)), filter, true);
    std::vector<features::BlendedTrack> tracks;
    for (const features::Liked& each : made.liked)
        tracks.push_back({each.heard.track, 0});
    tracks.insert(tracks.end(), made.others.begin(), made.others.end());
    const FoundTracks found = found_tracks(backend, tracks, server);
    json::array lines;
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
        json::object line = track_line(found.rows[i]);
        line["distance"] = told_distance(*backend.context.settings.get(), found.distances[i]);
        lines.push_back(std::move(line));
    }
    return json_response(200, std::move(lines));
}

constexpr std::array<std::string_view, 4> kCredentials = {"jellyfin_user_identifier", "jellyfin_token",
                                                          "navidrome_user", "navidrome_password"};

Response fingerprint(Backend& backend, const Call& call) {
    json::object given;
    for (const std::string_view name : kCredentials)
        given[name] = call.text(name);
    return generate(backend, call, given, std::string(trim(call.text("n"))));
}

Response fingerprint_post(Backend& backend, const Call& call) {
    const json::object body = call.body();
    if (body.empty() && trim(call.request().body) != "{}") {
        throw Error(ErrorCode::invalid_argument, "Invalid JSON payload");
    }
    const json::value* n = body.if_contains("n");
    std::string text;
    if (n) text = n->is_string() ? std::string(trim(std::string_view(n->get_string()))) : to_text(*n);
    return generate(backend, call, body, text);
}

Response library_fingerprint(Backend& backend, const Call& call) {
    const auto index = require_index(backend);
    const Fingerprint made = fingerprint_of(backend, call, *index, {}, static_cast<std::size_t>(call.integer("n")),
                                            read_filter(backend, call), false);
    std::vector<features::BlendedTrack> liked;
    std::vector<TrackId> seeds;
    std::map<TrackId, const features::Liked*> by_track;
    for (const features::Liked& each : made.liked) {
        liked.push_back({each.heard.track, 0});
        seeds.push_back(each.heard.track);
        by_track[each.heard.track] = &each;
    }
    const FoundTracks seed_rows = found_tracks(backend, liked);
    json::array seed_cards = track_cards(backend, seed_rows.rows);
    for (std::size_t i = 0; i < seed_rows.rows.size(); ++i) {
        const features::Liked& each = *by_track.at(seed_rows.rows[i].id);
        json::object& card = seed_cards[i].as_object();
        card["plays"] = each.heard.plays;
        card["last_played"] =
            each.heard.last_played_at > 0 ? json::value(each.heard.last_played_at) : json::value(nullptr);
        card["weight"] = rounded(each.weight, 4);
    }
    const UserId listener = listener_of(call);
    const bool own = listener && backend.context.store.history().played_by(listener) == listener;
    return json_response(200, {{"taste_of", own ? "listener" : "household"},
                               {"seeds", std::move(seed_cards)},
                               {"tracks", found_cards(backend, *index, found_tracks(backend, made.others), seeds)}});
}

}  // namespace

std::vector<Route> alchemy_routes() {
    using enum ParamType;
    const std::vector<Param> blend_fields = with_body_filter(
        {{.name = "items",
          .in = In::body,
          .type = array,
          .help = "Objects with op (ADD or SUBTRACT), type (song, artist, playlist, mood, anchor) and id."},
         {.name = "n", .in = In::body, .type = any, .help = "Tracks wanted; default and most from the settings."},
         {.name = "temperature",
          .in = In::body,
          .type = any,
          .help = "0: the nearest, in order; the higher, the wider and the more by chance; default from the settings."},
         {.name = "subtract_distance",
          .in = In::body,
          .type = any,
          .help = "Tracks nearer (angle over pi) to what is subtracted are left out; default from the settings."}});
    const auto credentials = [](In in) {
        std::vector<Param> params = {
            {.name = "n", .in = in, .type = in == In::body ? any : text, .help = "Tracks wanted."}};
        for (const std::string_view name : kCredentials) {
            params.push_back({.name = name,
                              .in = in,
                              .help = "Of the user whose play counts are asked for, where that is the media server."});
        }
        params = with_server(std::move(params));
        return in == In::body ? with_body_filter(std::move(params)) : with_filter(std::move(params));
    };
    return {
        {Method::post, "/api/alchemy", "alchemy", alchemy, Right::read, with_server(blend_fields)},
        {Method::post, "/api/library/blend", "library_blend", library_blend, Right::read, blend_fields},
        {Method::get, "/api/sonic_fingerprint/generate", "fingerprint", fingerprint, Right::read,
         credentials(In::query), kWaits},
        {Method::post, "/api/sonic_fingerprint/generate", "fingerprint_post", fingerprint_post, Right::read,
         credentials(In::body), kWaits},
        {Method::get, "/api/library/fingerprint", "library_fingerprint", library_fingerprint, Right::read,
         with_filter({{.name = "n",
                       .type = integer,
                       .help = "Tracks wanted, beside those that are played most.",
                       .fallback = 50,
                       .minimum = 1,
                       .maximum = 10'000}})},
    };
}

}  // namespace audiomuse::api
