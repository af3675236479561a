#include "map_cache.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <unordered_map>

#include "audiomuse/base/log.h"
#include "audiomuse/features/map/update.h"
#include "audiomuse/wrap/zlib/gzip.h"
#include "cards.h"
#include "http_range.h"
#include "map_picture.h"
#include "style_families.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kLot = 2000;
constexpr int kSmall = 6;  // for gzip: made once, sent often

std::int64_t saved_version(store::Store& store) {
    const auto info = store.index_blobs().info(features::kMapBlob);
    return info ? info->version : 0;
}

/// One number for the saved map and the catalogue.
std::int64_t state_of(store::Store& store) {
    return store.change_counter() + (saved_version(store) << 40);
}

MapAnswer answer(std::string plain, std::size_t count) {
    MapAnswer made;
    made.gzip = wrap::zlib::gzip(plain, kSmall);
    made.etag = make_etag(hash64(plain));
    made.plain = std::move(plain);
    made.count = count;
    return made;
}

/// Calls `visit` with each present, analysed track of the map at `rows` (rising), in this order, called as by `server`.
template <class Visit>
void each_track(store::Store& store, const features::MusicMap& map, std::span<const std::size_t> rows,
                std::optional<ServerId> server, const Visit& visit) {
    for (std::size_t begin = 0; begin < rows.size(); begin += kLot) {
        const auto lot = rows.subspan(begin, std::min(kLot, rows.size() - begin));
        std::vector<TrackId> ids;
        for (const std::size_t row : lot)
            ids.push_back(map.ids[row]);
        std::unordered_map<TrackId, store::AnalysisSummary> summaries;
        for (store::AnalysisSummary& summary : store.analyses().summaries(ids))
            summaries[summary.id] = std::move(summary);
        const std::vector<std::string> names =
            server ? store.tracks().item_ids_on(*server, ids) : std::vector<std::string>();
        std::size_t at = 0;  // all follow the order of ids
        for (store::TrackRow& track : store.tracks().get(ids)) {
            while (map.ids[lot[at]] != track.id)
                ++at;
            if (server) track.item_id = names[at];
            if (track.item_id.empty()) continue;  // gone from there meanwhile
            const auto summary = summaries.find(track.id);
            if (track.present && summary != summaries.end()) visit(lot[at], track, summary->second);
        }
    }
}

/// The rows of all tracks, or of those that a server has.
std::vector<std::size_t> rows_of(store::Store& store, const features::MusicMap& map, std::optional<ServerId> server) {
    std::vector<std::size_t> rows;
    if (server) {
        for (const TrackId id : store.tracks().matching({.server = server})) {
            if (const auto row = map.row_of(id)) rows.push_back(*row);
        }
        return rows;
    }
    rows.resize(map.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
}

/// The feature of each track that stands out most against those of all, in units of its deviation: what is strong
/// everywhere says nothing about a place.
void set_moods(std::vector<MapPoint>& points, const std::vector<std::array<float, 6>>& features) {
    constexpr std::size_t kFeatures = 6;
    std::array<double, kFeatures> mean{};
    std::array<double, kFeatures> deviation{};
    const auto count = static_cast<double>(std::max<std::size_t>(1, features.size()));
    for (const auto& row : features) {
        for (std::size_t f = 0; f < kFeatures; ++f)
            mean[f] += static_cast<double>(row[f]) / count;
    }
    for (const auto& row : features) {
        for (std::size_t f = 0; f < kFeatures; ++f)
            deviation[f] += std::pow(static_cast<double>(row[f]) - mean[f], 2) / count;
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
        double most = -std::numeric_limits<double>::infinity();
        for (std::size_t f = 0; f < kFeatures; ++f) {
            if (deviation[f] < 1e-9) continue;
            const double stands_out = (static_cast<double>(features[i][f]) - mean[f]) / std::sqrt(deviation[f]);
            if (stands_out <= most) continue;
            most = stands_out;
            points[i].mood = static_cast<std::uint8_t>(f);
        }
    }
}

MapAnswer make_picture(store::Store& store, const features::MusicMap& map, std::optional<ServerId> server) {
    std::vector<MapPoint> points;
    std::vector<std::array<float, 6>> features;
    std::vector<std::string> artists;
    std::unordered_map<std::string, std::uint32_t> places;
    points.reserve(map.size());
    each_track(store, map, rows_of(store, map, server), server,
               [&](std::size_t row, const store::TrackRow& track, const store::AnalysisSummary& summary) {
                   const std::string& artist =
                       track.tags.artists.empty() ? track.tags.album_artist : track.tags.artists.front();
                   const auto [place, fresh] = places.try_emplace(artist, static_cast<std::uint32_t>(artists.size()));
                   if (fresh) artists.push_back(artist);
                   MapPoint point;
                   point.number = static_cast<std::uint32_t>(track.id.value);
                   point.x = map.at(row, 0);
                   point.y = map.at(row, 1);
                   point.artist = place->second;
                   point.year = static_cast<std::uint16_t>(std::clamp(track.tags.year, 0, 9999));
                   if (const auto style = style_family(summary.moods))
                       point.style = static_cast<std::uint8_t>(style_family_index(*style));
                   point.key = static_cast<std::uint8_t>(summary.key + (summary.scale == Scale::minor ? 12 : 0));
                   point.tempo = static_cast<std::uint8_t>(std::clamp(std::lround(summary.tempo_bpm), 0L, 255L));
                   point.energy = static_cast<std::uint8_t>(std::lround(display_energy(summary.energy) * 255));
                   points.push_back(point);
                   features.push_back(summary.other_features);
               });
    set_moods(points, features);
    json::array styles(kStyleFamilies.begin(), kStyleFamilies.end());
    json::array moods(kOtherFeatureNames.begin(), kOtherFeatureNames.end());
    return answer(map_picture(points, artists, {{"styles", std::move(styles)}, {"moods", std::move(moods)}}),
                  points.size());
}

/// AudioMuse-AI's sample of every so many: max(1, n * percent / 100) of the n rows, evenly from the first to the last.
std::vector<std::size_t> sample(std::span<const std::size_t> rows, int percent) {
    std::vector<std::size_t> sampled;
    if (rows.empty()) return sampled;
    const std::size_t wanted = std::max<std::size_t>(1, rows.size() * static_cast<std::size_t>(percent) / 100);
    for (std::size_t i = 0; i < wanted; ++i) {
        const std::size_t row = rows[wanted == 1 ? 0 : i * (rows.size() - 1) / (wanted - 1)];
        if (sampled.empty() || sampled.back() != row) sampled.push_back(row);
    }
    return sampled;
}

std::string_view strongest(std::span<const float> moods) {
    if (moods.size() != kMoodNames.size()) return "unknown";
    const auto best = std::max_element(moods.begin(), moods.end());
    return *best > 0 ? kMoodNames[static_cast<std::size_t>(best - moods.begin())] : "unknown";
}

MapAnswer make_share(store::Store& store, const features::MusicMap& map, int percent, std::optional<ServerId> server) {
    std::string text = R"({"items":[)";
    std::size_t count = 0;
    each_track(store, map, sample(rows_of(store, map, server), percent), server,
               [&](std::size_t row, const store::TrackRow& track, const store::AnalysisSummary& summary) {
                   if (count++ > 0) text += ',';
                   text +=
                       to_text(json::object{{"artist", track.author},
                                            {"embedding_2d", {rounded(map.at(row, 0), 3), rounded(map.at(row, 1), 3)}},
                                            {"item_id", track.item_id},
                                            {"mood_vector", strongest(summary.moods)},
                                            {"title", track.tags.title}});
               });
    if (count == 0) return answer(R"({"items":[],"projection":"none"})", 0);
    text += R"(],"projection":"precomputed","count":)" + std::to_string(count) + "}";
    return answer(std::move(text), count);
}

}  // namespace

std::shared_ptr<const features::MusicMap> MapCache::map(store::Store& store) {
    return map_.get(saved_version(store), steady_now(), [&]() -> features::MusicMap {
        try {
            return features::load_map(store).value_or(features::MusicMap{});
        } catch (const Error& error) {
            if (error.code() != ErrorCode::damaged) throw;
            log::warn("{}", error.what());
            return {};
        }
    });
}

MapCache::Answers& MapCache::answers(std::optional<ServerId> server) {
    const std::lock_guard lock(mutex_);
    return answers_[server.value_or(ServerId{})];
}

std::size_t MapCache::size(store::Store& store, std::optional<ServerId> server) {
    const auto whole = map(store);
    return server ? rows_of(store, *whole, server).size() : whole->size();
}

std::shared_ptr<const MapAnswer> MapCache::picture(store::Store& store, std::optional<ServerId> server) {
    return answers(server).picture.get(state_of(store), steady_now(),
                                       [&] { return make_picture(store, *map(store), server); });
}

std::shared_ptr<const MapAnswer> MapCache::share(store::Store& store, int percent, std::optional<ServerId> server) {
    const auto at = std::find(kMapPercents.begin(), kMapPercents.end(), percent) - kMapPercents.begin();
    return answers(server).shares.at(static_cast<std::size_t>(at)).get(state_of(store), steady_now(), [&] {
        return make_share(store, *map(store), percent, server);
    });
}

}  // namespace audiomuse::api
