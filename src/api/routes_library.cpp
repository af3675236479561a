// The page's view of the library.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <cmath>

#include "audio_file.h"
#include "audiomuse/base/clock.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "http_range.h"
#include "job_json.h"
#include "list_filter.h"
#include "style_families.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr int kLowestTempo = 40;
constexpr int kTempoBin = 10;
constexpr std::size_t kTempoBins = 16;  // up to 200
constexpr std::size_t kEnergyBins = 10;
constexpr std::int64_t kNewest = 12;

json::object make_summary(Backend& backend) {
    store::Store& store = backend.context.store;
    std::array<std::int64_t, kStyleFamilies.size()> styles{};
    std::array<std::array<std::int64_t, 2>, kPitchClassNames.size()> keys{};
    std::array<std::int64_t, kTempoBins> tempos{};
    std::array<std::int64_t, kEnergyBins> energies{};
    store.analyses().each_summary([&](const store::AnalysisSummary& summary) {
        if (const auto family = style_family(summary.moods)) {
            ++styles[style_family_index(*family)];
        }
        ++keys.at(static_cast<std::size_t>(summary.key))[summary.scale == Scale::minor];
        if (summary.tempo_bpm > 0) {
            const int bin = static_cast<int>((summary.tempo_bpm - kLowestTempo) / kTempoBin);
            ++tempos[static_cast<std::size_t>(std::clamp(bin, 0, static_cast<int>(kTempoBins) - 1))];
        }
        const auto bin = static_cast<std::size_t>(display_energy(summary.energy) * kEnergyBins);
        ++energies[std::min(bin, kEnergyBins - 1)];
    });

    const auto counts = store.tracks().counts();
    const store::Coverage coverage = store.analyses().coverage(backend.context.model);
    json::object result = {{"tracks", counts.tracks},
                           {"artists", counts.artists},
                           {"albums", counts.albums},
                           {"duration_s", rounded(counts.duration_s, 1)},
                           {"coverage",
                            {{"analysed", coverage.analysed},
                             {"pending", coverage.pending},
                             {"stale", coverage.stale},
                             {"failed", coverage.failed}}}};
    json::array style_rows;
    for (std::size_t i = 0; i < styles.size(); ++i) {
        if (styles[i] > 0) style_rows.push_back({{"name", kStyleFamilies[i]}, {"count", styles[i]}});
    }
    std::stable_sort(style_rows.begin(), style_rows.end(), [](const json::value& a, const json::value& b) {
        return a.at("count").as_int64() > b.at("count").as_int64();
    });
    json::array key_rows;
    for (std::size_t key = 0; key < keys.size(); ++key) {
        for (const Scale scale : {Scale::major, Scale::minor}) {
            key_rows.push_back({{"key", kPitchClassNames[key]},
                                {"scale", scale_name(scale)},
                                {"count", keys[key][scale == Scale::minor]}});
        }
    }
    json::array tempo_rows;
    for (std::size_t i = 0; i < tempos.size(); ++i) {
        const int from = kLowestTempo + kTempoBin * static_cast<int>(i);
        tempo_rows.push_back({{"from", from}, {"to", from + kTempoBin}, {"count", tempos[i]}});
    }
    const store::TrackPage newest =
        store.tracks().search({.order = store::TrackOrder::newest, .offset = 0, .limit = kNewest});
    result["styles"] = std::move(style_rows);
    result["keys"] = std::move(key_rows);
    result["tempo"] = std::move(tempo_rows);
    result["energy"] = json::array(energies.begin(), energies.end());
    result["newest"] = track_cards(backend, newest.rows);
    return result;
}

Response summary(Backend& backend, const Call& call) {
    store::Store& store = backend.context.store;
    json::object result =
        *backend.summary.get(store.change_counter(), steady_now(), [&] { return make_summary(backend); });
    result["model"] = model_json(backend.context.model);
    const auto index = backend.context.index.get();
    const auto saved = store.index_blobs().info("tracks");
    result["index"] = {{"count", index ? index->size() : 0}, {"version", saved ? saved->version : 0}};
    result["playlists"] = std::ranges::count_if(store.playlists().list(), [&](const store::Playlist& list) {
        return store::may_see(list.owner, listener_of(call));
    });
    json::array folders;
    for (const auto& folder : backend.context.music_folders)
        folders.emplace_back(folder.string());
    result["folders"] = std::move(folders);
    result["version"] = backend.context.version;
    return json_response(200, result);
}

template <class Value, std::size_t N>
Value choice(const std::array<std::pair<std::string_view, Value>, N>& choices, const Call& call, std::string_view name,
             Value fallback) {
    const std::string text = call.text(name);
    if (text.empty()) return fallback;
    std::vector<std::string> names;
    for (const auto& [key, value] : choices) {
        if (key == text) return value;
        names.emplace_back(key);
    }
    throw Error(ErrorCode::invalid_argument, fmt::format("'{}' must be one of {}.", name, fmt::join(names, ", ")));
}

Response tracks(Backend& backend, const Call& call) {
    using enum store::TrackFilter;
    using enum store::TrackOrder;
    static constexpr std::array<std::pair<std::string_view, store::TrackFilter>, 4> kFilters = {
        {{"all", all}, {"analysed", analysed}, {"pending", pending}, {"failed", failed}}};
    static constexpr std::array<std::pair<std::string_view, store::TrackOrder>, 4> kOrders = {
        {{"relevance", relevance}, {"artist", artist_album}, {"title", title}, {"newest", newest}}};
    store::TrackQuery query;
    query.text = call.text("q");
    query.filter = choice(kFilters, call, "filter", all);
    query.order = choice(kOrders, call, "order", query.text.empty() ? artist_album : relevance);
    query.offset = call.integer("offset");
    query.limit = call.integer("limit");
    const features::AllowedTracks allowed =
        backend.filters.allowed_tracks(backend.context.store, read_criteria(backend, call));
    if (!allowed.everything()) query.allowed = allowed;
    const store::TrackPage page = backend.context.store.tracks().search(query);
    return json_response(200, {{"total", page.total}, {"tracks", track_cards(backend, page.rows)}});
}

Response lyrics(Backend& backend, const Call& call) {
    const features::AllowedTracks allowed =
        backend.filters.allowed_tracks(backend.context.store, read_criteria(backend, call));
    std::function<bool(TrackId)> filter;
    if (!allowed.everything()) filter = allowed;
    const std::vector<store::LyricsHit> hits =
        backend.context.store.tracks().search_lyrics(call.text("q"), call.integer("limit"), filter);
    std::vector<store::TrackRow> rows;
    for (const store::LyricsHit& hit : hits)
        rows.push_back(hit.track);
    json::array cards = track_cards(backend, rows);
    for (std::size_t i = 0; i < hits.size(); ++i)
        cards[i].as_object()["line"] = hits[i].line;
    return json_response(200, {{"tracks", std::move(cards)}});
}

/// Null for what a result from an older version does not know.
json::value known_or_null(double value) {
    return std::isnan(value) ? json::value(nullptr) : json::value(rounded(value, 4));
}

Response library_track(Backend& backend, const Call& call) {
    store::Store& store = backend.context.store;
    const store::TrackRow row = require_track(backend, call.text("item_id"));
    json::object card = track_card(backend, row);
    card["path"] = row.path;
    card["track_number"] = row.tags.track_number;
    card["disc_number"] = row.tags.disc_number;
    card["lyrics"] = store.tracks().lyrics(row.id);
    card["moods_all"] = json::array();
    card["chroma"] = json::array();
    card["model"] = nullptr;
    card["tempo_confidence"] = nullptr;
    card["key_confidence"] = nullptr;
    card["loudness"] = nullptr;
    card["decode_settings"] = "";
    card["warning"] = "";
    card["failure"] = nullptr;
    if (const auto analysis = store.analyses().get(row.id)) {
        card["moods_all"] = top_moods(analysis->moods, kMoodNames.size());
        json::array chroma;
        for (const float value : analysis->chroma)
            chroma.emplace_back(rounded(value, 4));
        card["chroma"] = std::move(chroma);
        card["model"] = model_json(analysis->model);
        card["tempo_confidence"] = known_or_null(analysis->tempo_confidence);
        card["key_confidence"] = known_or_null(analysis->key_confidence);
        card["loudness"] = known_or_null(analysis->loudness);
        card["decode_settings"] = analysis->decode_settings;
        card["warning"] = analysis->warning;
    }
    const auto failures = store.analyses().failures_of(std::span(&row.id, 1));
    if (!failures.empty()) card["failure"] = failure_json(failures.front());
    return json_response(200, card);
}

Response audio(Backend& backend, const Call& call) {
    return audio_file(backend, require_track(backend, call.text("item_id")), call.request());
}

Response cover(Backend& backend, const Call& call) {
    const store::TrackRow row = require_track(backend, call.text("item_id"));
    const std::string etag = make_etag(hash64(fmt::format("{} {} {}", row.path, row.stamp.size, row.stamp.mtime_ns)));
    Response response;
    response.headers = {{"Cache-Control", "private, max-age=86400"}, {"ETag", etag}};
    if (etag_matches(call.request().header("if-none-match"), etag)) {
        response.status = 304;
        return response;
    }
    check_confined(backend, row.path);
    library::MusicSource::Cover picture;
    if (backend.context.local) picture = backend.context.local->cover({row.path, row.stamp});
    if (picture.bytes.empty()) throw Error(ErrorCode::not_found, "This track has no cover.");
    response.set_header("Content-Type", picture.media_type);
    response.body = std::move(picture.bytes);
    return response;
}

Response failures(Backend& backend, const Call& call) {
    const auto page = backend.context.store.analyses().failures(call.integer("offset"), call.integer("limit"));
    json::array rows;
    for (const store::FailureRow& row : page.rows) {
        json::object shown = failure_json(row);
        shown["item_id"] = row.item_id;
        shown["path"] = row.path;
        shown["title"] = row.title;
        shown["author"] = row.author;
        rows.push_back(std::move(shown));
    }
    return json_response(200, {{"total", page.total}, {"failures", std::move(rows)}});
}

Response retry(Backend& backend, const Call& call) {
    const json::object body = call.body();
    std::optional<TrackId> id;
    if (const json::value* item = body.if_contains("item_id")) {
        id = require_track(backend, std::string(std::string_view(item->as_string()))).id;
    }
    // The job comes first: when another one is running nothing may be forgotten.
    return start_main_job(backend, "main_analysis", {}, [&](json::object& answer) {
        answer["forgotten"] = backend.context.store.analyses().forget_failures(id);
    });
}

}  // namespace

std::vector<Route> library_routes() {
    using enum ParamType;
    const Param item_id = {.name = "item_id", .in = In::path, .help = "Id of the track.", .required = true};
    const Param offset = {.name = "offset", .type = integer, .help = "Rows to skip.", .fallback = 0, .minimum = 0};
    const Param limit = {
        .name = "limit", .type = integer, .help = "Most rows.", .fallback = 50, .minimum = 1, .maximum = 200};
    return {
        {Method::get, "/api/library/summary", "library_summary", summary, Right::read, {}},
        {Method::get, "/api/library/tracks", "library_tracks", tracks, Right::read,
         with_criteria(
             {{.name = "q",
               .help = "Words; each must occur in title, artists, album or genres. Blind to case and accents."},
              {.name = "filter", .help = "all, analysed, pending or failed."},
              {.name = "order",
               .help = "relevance, artist, title or newest; without it relevance when q is given, else artist."},
              offset,
              limit})},
        {Method::get, "/api/library/lyrics", "library_lyrics", lyrics, Right::read,
         with_criteria({{.name = "q", .help = "Words that must all occur in the lyrics.", .required = true}, limit})},
        {Method::get, "/api/library/tracks/{item_id}", "library_track", library_track, Right::read, {item_id}},
        {Method::get, "/api/library/tracks/{item_id}/audio", "library_audio", audio, Right::read, {item_id}},
        {Method::get, "/api/library/tracks/{item_id}/cover", "library_cover", cover, Right::read, {item_id}},
        {Method::get, "/api/library/failures", "library_failures", failures, Right::read, {offset, limit}},
        {Method::post,
         "/api/library/failures/retry",
         "library_retry",
         retry,
         Right::jobs,
         {{.name = "item_id", .in = In::body, .help = "Only this track; without it all that failed."}}},
    };
}

}  // namespace audiomuse::api
