// What an analysis leaves about artists.
#include "audiomuse/features/artists/artist_models.h"
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

std::int64_t saved_version(store::Store& store) {
    const auto info = store.index_blobs().info(features::kArtistModels);
    return info ? info->version : 0;
}

TEST_F(JobsTest, AnAnalysisKnowsTheArtists) {
    source.files.erase("/bad.mp3");
    run();
    const features::ArtistModels models = features::load_artist_models(*store);
    const std::size_t artist = models.find("artist A");
    ASSERT_NE(artist, features::ArtistModels::kNone);
    std::size_t tracks = 0;
    for (std::size_t i = 0; i < models.size(); ++i)
        tracks += models.at(i).analysed;
    EXPECT_EQ(tracks, 20U);
    EXPECT_FALSE(models.at(artist).weights.empty());
    const auto info = store->index_blobs().info(features::kArtistModels);
    EXPECT_EQ(info->model, analyser.tag);
    EXPECT_EQ(info->count, static_cast<std::int64_t>(models.size()));
}

TEST_F(JobsTest, ArtistsAreMadeAnewOnlyWhenTheLibraryHasChanged) {
    run();
    const std::int64_t version = saved_version(*store);
    run();
    EXPECT_EQ(saved_version(*store), version);
    source.add("/z1.flac", "by somebody new");
    run();
    EXPECT_GT(saved_version(*store), version);
    EXPECT_NE(features::load_artist_models(*store).find("Artist z"), features::ArtistModels::kNone);
}

TEST_F(JobsTest, DamagedModelsOfArtistsAreMadeAnew) {
    const std::vector<std::byte> rubbish(100);
    store->index_blobs().save({.name = features::kArtistModels, .model = analyser.tag, .revision = -1, .count = 1},
                              [&](const auto& write) { write(rubbish); });
    EXPECT_EQ(run().state, store::JobState::success);
    EXPECT_GT(features::load_artist_models(*store).size(), 0U);
}

}  // namespace
}  // namespace audiomuse::jobs
