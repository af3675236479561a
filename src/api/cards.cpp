#include "cards.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "audiomuse/base/text.h"
#include "style_families.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMoodsOnCard = 5;

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values)
        array.emplace_back(value);
    return array;
}

}  // namespace

Summaries summaries_of(Backend& backend, std::span<const store::TrackRow> rows) {
    std::vector<TrackId> ids;
    for (const store::TrackRow& row : rows)
        ids.push_back(row.id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    Summaries summaries;
    for (auto& summary : backend.context.store.analyses().summaries(ids))
        summaries[summary.id] = std::move(summary);
    return summaries;
}

json::object track_card(const store::TrackRow& row, const store::AnalysisSummary* summary, bool failed) {
    json::object card = {{"item_id", row.item_id},
                         {"title", row.tags.title},
                         {"author", row.author},
                         {"artists", texts(row.tags.artists)},
                         {"album", row.tags.album},
                         {"album_artist", row.tags.album_artist},
                         {"year", nullptr},
                         {"duration_s", rounded(row.tags.duration_s, 3)},
                         {"genres", texts(row.tags.genres)},
                         {"state", summary  ? "analysed"
                                   : failed ? "failed"
                                            : "pending"},
                         {"has_cover", row.tags.has_cover},
                         {"added_at", row.added_at}};
    if (row.tags.year > 0) card["year"] = row.tags.year;
    if (summary) {
        card["tempo"] = rounded(summary->tempo_bpm, 2);
        card["energy"] = rounded(display_energy(summary->energy), 4);
        card["key"] = kPitchClassNames.at(static_cast<std::size_t>(summary->key));
        card["scale"] = scale_name(summary->scale);
        card["moods"] = top_moods(summary->moods, kMoodsOnCard);
        card["other_features"] = other_features_json(summary->other_features);
        const auto style = style_family(summary->moods);
        card["style"] = style ? json::value(*style) : json::value(nullptr);
    }
    return card;
}

json::array track_cards(Backend& backend, std::span<const store::TrackRow> rows) {
    const Summaries summaries = summaries_of(backend, rows);
    std::vector<TrackId> without;
    for (const store::TrackRow& row : rows) {
        if (!summaries.contains(row.id)) without.push_back(row.id);
    }
    std::set<TrackId> failed;
    if (!without.empty()) {
        for (const store::FailureRow& failure : backend.context.store.analyses().failures_of(without))
            failed.insert(failure.id);
    }
    json::array cards;
    for (const store::TrackRow& row : rows) {
        const auto summary = summaries.find(row.id);
        cards.push_back(
            track_card(row, summary == summaries.end() ? nullptr : &summary->second, failed.contains(row.id)));
    }
    return cards;
}

json::object track_card(Backend& backend, const store::TrackRow& row) {
    return std::move(track_cards(backend, std::span(&row, 1)).front().as_object());
}

void add_likeness(json::object& card, float distance, const features::Explanation& explanation) {
    json::array reasons;
    for (const std::string& reason : explanation.reasons)
        reasons.emplace_back(reason);
    card["distance"] = shortest(distance);
    card["similarity"] = explanation.percent;
    card["reasons"] = std::move(reasons);
}

double told_distance(const settings::Settings& settings, float distance) {
    // |a - b|^2 = 2 - 2 cos of unit vectors.
    return shortest(settings.index_metric == "euclidean" ? std::sqrt(2 * std::max(0.0F, distance)) : distance);
}

json::object track_line(const store::TrackRow& row) {
    const auto text = [](const std::string& value) {
        return value.empty() ? json::value(nullptr) : json::value(value);
    };
    json::object line;
    line.reserve(6);  // routes add a few
    line["item_id"] = row.item_id;
    line["title"] = text(row.tags.title);
    line["author"] = text(row.author);
    return line;
}

double display_energy(double rms) {
    if (rms <= 0) return 0;
    return std::clamp((20 * std::log10(rms) + 60) / 60, 0.0, 1.0);
}

json::object model_json(const ModelTag& model) {
    return {{"name", model.name}, {"version", model.version}};
}

json::array top_moods(std::span<const float> moods, std::size_t count) {
    if (moods.size() != kMoodNames.size()) return {};
    std::vector<std::size_t> order(moods.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return moods[a] > moods[b]; });
    order.resize(std::min(count, order.size()));
    json::array result;
    for (const std::size_t i : order)
        result.push_back({{"name", kMoodNames[i]}, {"score", rounded(moods[i], 4)}});
    return result;
}

json::object failure_json(const store::FailureRow& row) {
    return {{"error_code", code_name(row.failure.code)},
            {"error", row.failure.message},
            {"stage", row.failure.stage},
            {"file", {{"size", row.stamp.size}, {"mtime", static_cast<double>(row.stamp.mtime_ns) / 1e9}}},
            {"decoder", row.decoder},
            {"failed_at", row.failed_at}};
}

json::object other_features_json(const std::array<float, 6>& features) {
    json::object result;
    for (std::size_t i = 0; i < features.size(); ++i)
        result[kOtherFeatureNames[i]] = rounded(features[i], 4);
    return result;
}

store::TrackRow require_track(Backend& backend, const std::string& item_id, std::optional<ServerId> server) {
    std::optional<store::TrackRow> row = backend.context.store.tracks().by_item_id(item_id, server);
    if (!row || !row->present) throw Error(ErrorCode::not_found, fmt::format("Item '{}' not found.", item_id));
    if (server) row->item_id = item_id;
    return std::move(*row);
}

ServerId server_called(Backend& backend, const std::string& id_or_name) {
    const std::string folded = fold(id_or_name);
    for (const store::ServerRow& server : backend.context.store.servers().all()) {
        if (std::to_string(server.id.value) == id_or_name || fold(server.name) == folded) return server.id;
    }
    throw Error(ErrorCode::invalid_argument, "Invalid server selection.");
}

std::optional<ServerId> selected_server(Backend& backend, const Call& call) {
    std::string wanted = call.text("server");
    if (wanted.empty()) wanted = call.text("server_id");
    if (wanted.empty()) return std::nullopt;
    return server_called(backend, wanted);
}

std::vector<Param> with_server(std::vector<Param> params) {
    params.push_back(
        {.name = "server", .help = "Name or id of the media server whose ids are meant; else the default one's."});
    params.push_back({.name = "server_id", .help = "Another name of server."});
    return params;
}

void speak_ids_of(Backend& backend, std::optional<ServerId> server, std::vector<store::TrackRow>& rows) {
    if (!server) return;
    std::vector<TrackId> ids;
    for (const store::TrackRow& row : rows)
        ids.push_back(row.id);
    std::vector<std::string> item_ids = backend.context.store.tracks().item_ids_on(*server, ids);
    for (std::size_t i = 0; i < rows.size(); ++i)
        rows[i].item_id = std::move(item_ids[i]);
    std::erase_if(rows, [](const store::TrackRow& row) { return row.item_id.empty(); });
}

}  // namespace audiomuse::api
