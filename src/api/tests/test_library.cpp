#include "test_library.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <fstream>
#include <stdexcept>

#include "audiomuse/base/random.h"
#include "audiomuse/features/artists/artist_models.h"
#include "audiomuse/features/clustering/draft.h"
#include "audiomuse/models/clap.h"
#include "fake_music_server.h"
#include "support/clap_files.h"

namespace audiomuse::api::testing {
namespace {

constexpr std::size_t kDimension = 200;

struct Style {
    std::string artist;
    std::string album;
    std::string title;
    std::string genre;
    std::size_t mood;  // into kMoodNames
};
const Style& style_of(int number) {
    static const Style rock{"The Paper Kites", "Northbound", "Loud Road", "Rock", 0};
    static const Style jazz{"Mira Solt", "Low Tide", "Blue Room", "Jazz", 9};
    static const Style ambient{"Ásgeir", "Ísland", "Sigur Rós", "Ambient", 28};
    return number <= 3 ? rock : number <= 6 ? jazz : ambient;
}

TrackTags tags_of(int number) {
    const Style& style = style_of(number);
    TrackTags tags;
    tags.title = fmt::format("{} {}", style.title, number);
    tags.artists = {style.artist};
    tags.album = style.album;
    tags.album_artist = style.artist;
    tags.track_number = number;
    tags.year = number == 2 ? 0 : 1990 + number;
    tags.genres = {style.genre};
    tags.duration_s = 100 + number;
    tags.has_cover = number != 10;
    if (number == 1) tags.lyrics = "La la";
    return tags;
}

TrackAnalysis analysis_of(int number, const ModelTag& model) {
    const Style& style = style_of(number);
    TrackAnalysis analysis;
    analysis.duration_s = 100 + number;
    analysis.tempo_bpm = 80.5 + number;
    analysis.energy = 0.1;
    analysis.key = number % 12;
    analysis.scale = number % 2 ? Scale::major : Scale::minor;
    analysis.chroma.fill(0.25F);
    analysis.moods.assign(kMoodNames.size(), 0.01F);
    analysis.moods[style.mood] = 0.875F;
    analysis.other_features = {0.5F, 0.25F, 0.75F, 0.5F, 0.25F, 0.125F};
    // One direction per style, and a little of the track's own.
    Random random(static_cast<std::uint64_t>(number));
    analysis.embedding.resize(kDimension);
    for (float& value : analysis.embedding)
        value = static_cast<float>(random.uniform(-0.3, 0.3));
    analysis.embedding[style.mood] += 3;
    analysis.tempo_confidence = 0.75;
    analysis.key_confidence = 0.12345678;
    analysis.loudness = 0.5;
    analysis.decode_settings = "16000 Hz, first 600 s";
    analysis.model = model;
    return analysis;
}

}  // namespace

library::Listing CoverSource::list(const std::function<void(library::SourceItem)>&, const CancelToken&) {
    return {};
}
TrackTags CoverSource::read_tags(const library::SourceItem&) {
    return {};
}
std::string CoverSource::signature(const library::SourceItem& item) {
    return item.path;
}
std::unique_ptr<library::FetchedAudio> CoverSource::fetch(const library::SourceItem&, const CancelToken&) {
    return nullptr;
}
library::MusicSource::Cover CoverSource::cover(const library::SourceItem& item) {
    if (item.path.find("no-cover") != std::string::npos) return {};
    return {"image/png", "\x89PNG" + item.path};
}

std::string TestLibrary::audio_bytes(int number) {
    std::string bytes = "RIFF....WAVEfmt ";
    for (int i = 0; i < 1000 * number; ++i)
        bytes += static_cast<char>('a' + i % 26);
    return bytes;
}

TestLibrary::~TestLibrary() {
    queue->close();
}

TestLibrary::TestLibrary() {
    settings.auth_enabled = false;  // tests of signing in turn it on
    std::filesystem::create_directory(folder / "music");
    store = store::open_sqlite(folder / "library.db");
    queue = queue::create_embedded();

    store::Tracks& tracks = store->tracks();
    const ServerId server = tracks.local_server();
    const std::int64_t listing = tracks.begin_listing(server);
    std::vector<store::SeenFile> files;
    std::vector<store::Tracks::PutItem> items;
    for (int number = 1; number <= 12; ++number) {
        const std::filesystem::path path =
            folder / "music" / fmt::format("{:02} {}.wav", number, number == 10 ? "no-cover" : "track");
        std::ofstream(path, std::ios::binary) << audio_bytes(number);
        const store::SeenFile file{path.string(),
                                   {static_cast<std::int64_t>(std::filesystem::file_size(path)),
                                    (1'700'000'000 + number) * 1'000'000'000LL + 500'000'000}};
        files.push_back(file);
        items.push_back({file, fmt::format("signature {}", number), tags_of(number)});
    }
    tracks.mark_seen(server, listing, files);
    tracks.put(server, items);
    tracks.finish_listing(server, listing);

    std::vector<store::Analyses::Saved> results;
    auto vectors = index::create_index(kDimension);
    for (int number = 1; number <= 10; ++number) {
        results.push_back(
            {TrackId{number}, files[static_cast<std::size_t>(number) - 1].stamp, analysis_of(number, model), {}});
        vectors->add(number, results.back().analysis->embedding);
    }
    results.push_back({TrackId{11},
                       files[10].stamp,
                       {},
                       AnalysisFailure{ErrorCode::damaged, "decode", "The file holds no audio that can be decoded."},
                       "avcodec 1, audiomuse 1"});
    store->analyses().save(results);
    std::vector<store::Credits> credits;
    tracks.each_credits([&](const store::Credits& track) { credits.push_back(track); });
    const features::ArtistModels artists = features::make_artist_models(credits, vectors.get());
    store->index_blobs().save({.name = features::kArtistModels, .model = model, .count = 3},
                              [&](const auto& sink) { artists.save(sink); });
    index.swap(std::shared_ptr<index::VectorIndex>(std::move(vectors)));

    const std::vector<TrackId> rock = {TrackId{1}, TrackId{2}, TrackId{3}};
    const std::vector<TrackId> jazz = {TrackId{4}, TrackId{5}, TrackId{6}};
    const std::vector<store::Playlists::NewPlaylist> automatic = {{"Rock_Energetic", R"({"algorithm":"kmeans"})", rock},
                                                                  {"Jazz_Calm", R"({"algorithm":"kmeans"})", jazz}};
    store->playlists().replace_automatic(automatic);
    features::save_draft(
        *store,
        {.task = "search 1",
         .made_at = 1'700'000'000,
         .algorithm = "kmeans",
         .genes = {.components = 5, .clusters = 9},
         .score = 0.5,
         .lists = {{.number = 1, .name = "Rock_Fast", .recipe = "{}", .tracks = rock, .replaces = PlaylistId{1}},
                   {.number = 2, .name = "Jazz_Slow", .recipe = "{}", .tracks = jazz}}});
    const std::vector<TrackId> evening = {TrackId{7}, TrackId{1}, TrackId{7}};
    store->playlists().create("Evening", store::PlaylistKind::own, "{}", evening);
}

std::vector<Embedding> TestLibrary::install_clap() {
    testing_support::write_clap(folder.path());
    std::shared_ptr<index::VectorIndex> heard = index::create_index(models::kClapDimension);
    std::vector<Embedding> vectors;
    for (int number = 1; number <= 10; ++number) {
        Embedding vector(models::kClapDimension);
        const auto& word = testing_support::kClapWords[number <= 3 ? 0 : number <= 6 ? 1 : 2];
        for (std::int64_t band = word.first_band; band <= word.last_band; ++band)
            vector[static_cast<std::size_t>(band)] = 1;
        vector[200] = 0.3F * static_cast<float>(number);
        heard->add(number, vector);
        vectors.push_back(vector);
    }
    sounds.swap(heard);
    texts = std::make_unique<features::TextBranch>(
        [this] {
            return models::open_clap_text({folder.path(), {}});
        },
        features::TextBranch::Options{.idle_s = 300, .retry_s = 60, .clock = [this] { return now; }});
    return vectors;
}

Context TestLibrary::context() {
    return {.store = *store,
            .queue = *queue,
            .index = index,
            .settings = settings,
            .local = &source,
            .model = model,
            .music_folders = {folder / "music"},
            .data = folder.path(),
            .link_secret = kLinkSecret,
            .sounds = &sounds,
            .texts = texts.get(),
            .backups = folder / "backups",
            .connect = fake_music_server};
}

}  // namespace audiomuse::api::testing
