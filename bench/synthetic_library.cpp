#include "synthetic_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "audiomuse/base/random.h"

namespace audiomuse::bench {
namespace {

constexpr std::size_t kDimension = 200;
// Embeddings of real music fill far fewer directions than they have numbers.
constexpr std::size_t kLatent = 40;
constexpr std::size_t kDescriptors = 60;
constexpr std::size_t kLot = 2048;  // tracks added to an index at once
constexpr std::int64_t kSecond = 1'000'000'000;

constexpr std::array<std::string_view, 24> kOpening = {
    "Silent", "Golden",  "Midnight", "Broken",   "Électrique", "Paper",  "Distant", "Velvet",
    "Hollow", "Crimson", "Silver",   "Wild",     "Lonely",     "Secret", "Burning", "Lost",
    "Gentle", "Frozen",  "Hidden",   "Restless", "Ocean",      "Neon",   "Grüne",   "Last"};
constexpr std::array<std::string_view, 24> kMiddle = {
    "River", "Sky",    "Heart", "City",    "Shadow", "Garden", "Train",   "Summer", "Mirror", "Fire",  "Road", "Dream",
    "Rain",  "Letter", "Moon",  "Morning", "Street", "Star",   "Harbour", "Winter", "Dance",  "Voice", "Wave", "Tage"};
constexpr std::array<std::string_view, 12> kClosing = {"",        "(Live)",      "of Mine",    "in Blue",
                                                       "Tonight", "Again",       "for Two",    "(Remastered 2011)",
                                                       "Part II", "Without You", "(Acoustic)", "Blues"};
constexpr std::array<std::string_view, 16> kGenres = {"Rock",  "Pop",   "Jazz",    "Electronic", "Hip-Hop", "Folk",
                                                      "Metal", "Soul",  "Country", "Classical",  "Ambient", "Blues",
                                                      "Punk",  "Indie", "House",   "Reggae"};

template <std::size_t N>
std::string_view pick(Random& random, const std::array<std::string_view, N>& words) {
    return words[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(N) - 1))];
}

std::string title(Random& random) {
    const std::string_view closing = pick(random, kClosing);
    return fmt::format("{} {}{}{}", pick(random, kOpening), pick(random, kMiddle), closing.empty() ? "" : " ", closing);
}

using Latent = std::array<double, kLatent>;

void add_noise(Latent& latent, Random random, double spread) {
    for (double& value : latent)
        value += spread * random.normal();
}

/// How the latent directions show in the embedding: one fixed matrix for the whole library.
const std::vector<float>& projection() {
    static const std::vector<float> matrix = [] {
        Random random(7);
        std::vector<float> values(kLatent * kDimension);
        for (float& value : values)
            value = static_cast<float>(random.normal() / std::sqrt(static_cast<double>(kLatent)));
        return values;
    }();
    return matrix;
}

Embedding embedding_of(const Latent& latent, Random random) {
    const std::vector<float>& matrix = projection();
    Embedding embedding(kDimension);
    for (float& value : embedding)
        value = static_cast<float>(0.1 * random.normal());
    for (std::size_t j = 0; j < kLatent; ++j) {
        const auto weight = static_cast<float>(latent[j]);
        for (std::size_t i = 0; i < kDimension; ++i)
            embedding[i] += weight * matrix[j * kDimension + i];
    }
    return embedding;
}

/// Which stream of random numbers a thing of the library draws from.
enum class Stream : std::uint64_t { style = 1, artist = 2, album = 3, track = 4, sound = 5, noise = 6 };

Random stream(std::uint64_t seed, Stream kind, std::int64_t number) {
    return Random::for_task(seed * 8 + static_cast<std::uint64_t>(kind), static_cast<std::uint64_t>(number));
}

struct Place {
    std::int64_t track, album, artist, style;
};

Place place_of(std::int64_t number) {
    const std::int64_t album = number / kTracksPerAlbum;
    const std::int64_t artist = album / kAlbumsPerArtist;
    return {number, album, artist, artist % kSyntheticStyles};
}

store::Tracks::PutItem item_of(const Place& place, std::uint64_t seed, Random& random) {
    Random of_artist = stream(seed, Stream::artist, place.artist);
    Random of_album = stream(seed, Stream::album, place.album);
    const std::int64_t in_album = place.track % kTracksPerAlbum;
    store::Tracks::PutItem item;
    TrackTags& tags = item.tags;
    tags.artists = {fmt::format("The {} {} {}", pick(of_artist, kOpening), pick(of_artist, kMiddle), place.artist)};
    tags.album_artist = tags.artists.front();
    if (random.uniform() < 0.05) tags.artists.push_back(fmt::format("Guest {}", random.integer(0, 2000)));
    tags.album = title(of_album);
    tags.title = title(random);
    tags.genres = {std::string(kGenres[static_cast<std::size_t>(place.style) % kGenres.size()])};
    tags.track_number = static_cast<int>(in_album) + 1;
    tags.disc_number = 1;
    tags.year = static_cast<int>(1960 + of_album.integer(0, 64));
    tags.duration_s = random.uniform(120, 420);
    item.file.path = fmt::format("/music/{}/{:02} {}/{:02} {}.flac", tags.album_artist, place.album % kAlbumsPerArtist,
                                 tags.album, in_album + 1, tags.title);
    item.file.stamp = {random.integer(5'000'000, 40'000'000), random.integer(1, 1'700'000'000) * kSecond};
    item.signature = fmt::format("synthetic-{}-{}", seed, place.track);
    return item;
}

/// A style, within it an artist, within it an album, within it the track.
Latent latent_of(const Place& place, std::uint64_t seed) {
    Latent latent{};
    add_noise(latent, stream(seed, Stream::style, place.style), 1.0);
    add_noise(latent, stream(seed, Stream::artist, place.artist), 0.7);
    add_noise(latent, stream(seed, Stream::album, place.album), 0.4);
    add_noise(latent, stream(seed, Stream::sound, place.track), 0.6);
    return latent;
}

TrackAnalysis analysis_of(const Place& place, std::uint64_t seed, double duration_s, Random& random) {
    const Latent latent = latent_of(place, seed);
    TrackAnalysis analysis;
    analysis.duration_s = duration_s;
    analysis.tempo_bpm = 120 + 25 * latent[0];
    analysis.tempo_confidence = random.uniform();
    analysis.energy = 0.02 + 0.2 * random.uniform();
    analysis.loudness = random.uniform();
    analysis.key = static_cast<int>(random.integer(0, 11));
    analysis.scale = random.uniform() < 0.6 ? Scale::major : Scale::minor;
    analysis.key_confidence = random.uniform();
    for (float& value : analysis.chroma)
        value = static_cast<float>(random.uniform());
    analysis.moods.resize(kMoodNames.size());
    for (std::size_t i = 0; i < analysis.moods.size(); ++i)
        analysis.moods[i] = static_cast<float>(1 / (1 + std::exp(3 - 2 * latent[i % kLatent])));
    for (std::size_t i = 0; i < analysis.other_features.size(); ++i)
        analysis.other_features[i] = static_cast<float>(1 / (1 + std::exp(-latent[i])));
    analysis.descriptors.resize(kDescriptors);
    for (float& value : analysis.descriptors)
        value = static_cast<float>(random.normal());
    analysis.embedding = embedding_of(latent, stream(seed, Stream::noise, place.track));
    analysis.model = synthetic_model();
    analysis.decode_settings = "16000 Hz, first 600 s";
    analysis.elapsed_ms = 900;
    return analysis;
}

}  // namespace

ModelTag synthetic_model() {
    return {"audiomuse-mini", "1"};
}

SyntheticTrack synthetic_track(std::int64_t number, std::uint64_t seed) {
    const Place place = place_of(number);
    Random random = stream(seed, Stream::track, number);
    SyntheticTrack track;
    track.item = item_of(place, seed, random);
    track.analysis = analysis_of(place, seed, track.item.tags.duration_s, random);
    return track;
}

std::int64_t synthetic_style(std::int64_t number) {
    return place_of(number).style;
}

Embedding synthetic_embedding(std::int64_t number, std::uint64_t seed) {
    return embedding_of(latent_of(place_of(number), seed), stream(seed, Stream::noise, number));
}

std::vector<TrackId> fill(store::Store& store, std::int64_t first, std::int64_t count, std::int64_t batch,
                          const std::function<void(std::int64_t)>& done) {
    const ServerId server = store.tracks().local_server();
    std::vector<TrackId> ids;
    for (std::int64_t begin = first; begin < first + count; begin += batch) {
        std::vector<store::Tracks::PutItem> items;
        std::vector<store::Analyses::Saved> results;
        for (std::int64_t number = begin; number < std::min(begin + batch, first + count); ++number) {
            SyntheticTrack track = synthetic_track(number);
            results.push_back(
                {.id = {}, .stamp = track.item.file.stamp, .analysis = std::move(track.analysis), .failure = {}});
            items.push_back(std::move(track.item));
        }
        const auto put = store.tracks().put(server, items);
        for (std::size_t i = 0; i < put.size(); ++i) {
            results[i].id = put[i].id;
            ids.push_back(put[i].id);
        }
        store.analyses().save(results);
        if (done) done(static_cast<std::int64_t>(ids.size()));
    }
    return ids;
}

std::unique_ptr<index::VectorIndex> build_index(store::Store& store, unsigned threads) {
    auto index = index::create_index(kDimension);
    std::vector<std::int64_t> ids;
    std::vector<float> rows;
    const auto add = [&] {
        index->add_many(ids, rows, threads);
        ids.clear();
        rows.clear();
    };
    store.analyses().each_embedding(synthetic_model(), [&](TrackId id, const Embedding& embedding) {
        ids.push_back(id.value);
        rows.insert(rows.end(), embedding.begin(), embedding.end());
        if (ids.size() == kLot) add();
    });
    add();
    return index;
}

std::int64_t save_index(store::Store& store, const index::VectorIndex& index) {
    return store.index_blobs().save({.name = store::kTrackIndex,
                                     .model = synthetic_model(),
                                     .revision = store.change_counter(),
                                     .count = static_cast<std::int64_t>(index.size())},
                                    [&](const auto& sink) { index.save(sink); });
}

}  // namespace audiomuse::bench
