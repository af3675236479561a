#include "audiomuse/features/map/update.h"

#include <gtest/gtest.h>

#include "map_testing.h"
#include "support/temp_folder.h"

namespace audiomuse::features {
namespace {

const ModelTag kModel = {"test", "1"};

class UpdateMap : public testing::Test {
protected:
    MapUpdate update(const index::VectorIndex& index, const ModelTag& model = kModel) {
        return update_map(*store_, index, {.model = model, .revision = 7}, {.epochs = 30});
    }
    std::int64_t version() {
        const auto info = store_->index_blobs().info(kMapBlob);
        return info ? info->version : 0;
    }

    testing_support::TempFolder folder_;
    std::unique_ptr<store::Store> store_ = store::open_sqlite(folder_.path() / "test.db");
};

TEST_F(UpdateMap, DrawsPlacesAndKeeps) {
    auto index = index_of(100);
    EXPECT_FALSE(load_map(*store_));
    MapUpdate done = update(*index);
    EXPECT_EQ(done.change, MapChange::drawn);
    EXPECT_EQ(done.tracks, 100U);
    EXPECT_EQ(version(), 1);
    EXPECT_EQ(store_->index_blobs().info(kMapBlob)->revision, 7);
    const MusicMap first = *load_map(*store_);
    EXPECT_EQ(first.model, kModel);
    EXPECT_EQ(first.size(), 100U);

    EXPECT_EQ(update(*index).change, MapChange::kept);
    EXPECT_EQ(version(), 1);

    add_tracks(*index, 101, 110);
    done = update(*index);
    EXPECT_EQ(done.change, MapChange::placed);
    EXPECT_EQ(done.changed, 10U);
    const MusicMap second = *load_map(*store_);
    EXPECT_EQ(second.changed, 10);
    EXPECT_EQ(second.at(0, 0), first.at(0, 0));

    // Little by little they become many.
    add_tracks(*index, 111, 120);
    EXPECT_EQ(update(*index).change, MapChange::placed);
    add_tracks(*index, 121, 130);
    EXPECT_EQ(update(*index).change, MapChange::drawn);
    EXPECT_EQ(load_map(*store_)->changed, 0);
}

TEST_F(UpdateMap, DrawsAnewForAnotherModelAndWhatIsDamaged) {
    const auto index = index_of(40);
    update(*index);
    EXPECT_EQ(update(*index, {"test", "2"}).change, MapChange::drawn);
    EXPECT_EQ(load_map(*store_)->model.version, "2");
    store_->index_blobs().save({.name = kMapBlob, .model = kModel, .revision = 0, .count = 1},
                               [](const auto& sink) { sink(std::as_bytes(std::span("nonsense", 8))); });
    EXPECT_EQ(update(*index).change, MapChange::drawn);
    EXPECT_EQ(load_map(*store_)->size(), 40U);
}

TEST_F(UpdateMap, FollowsALibraryThatShrinksToNothing) {
    auto index = index_of(30);
    update(*index);
    for (std::int64_t id = 1; id <= 25; ++id)
        index->remove(id);
    EXPECT_EQ(update(*index).tracks, 5U);
    EXPECT_EQ(load_map(*store_)->projection, Projection::pca);
    for (std::int64_t id = 26; id <= 30; ++id)
        index->remove(id);
    EXPECT_EQ(update(*index).tracks, 0U);
    EXPECT_EQ(load_map(*store_)->size(), 0U);
    EXPECT_EQ(update(*index).change, MapChange::kept);
}

}  // namespace
}  // namespace audiomuse::features
