#include <gmock/gmock.h>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Anchor anchor(const std::string& name) {
    return {.id = {},
            .name = name,
            .recipe = R"({"items":[]})",
            .model = kModel,
            .points = {{.vector = {1, 0.5F}, .weight = 0.75}, {.vector = {-1, 2}}},
            .exclusions = {{.vector = {0, 1}, .radius = 0.125}}};
}

TEST_P(StoreContract, KeepsAnchors) {
    const AnchorId id = store_->anchors().add(anchor("  Late evening "));
    store_->anchors().add(anchor("early"));
    reopen();
    const auto kept = store_->anchors().get(id);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->id, id);
    EXPECT_EQ(kept->name, "Late evening");
    EXPECT_EQ(kept->recipe, R"({"items":[]})");
    EXPECT_EQ(kept->model, kModel);
    EXPECT_EQ(kept->points, anchor("").points);
    EXPECT_EQ(kept->exclusions, anchor("").exclusions);
    EXPECT_GT(kept->created_at, 1e9);
    const std::vector<Anchor> all = store_->anchors().list();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].name, "early");
    EXPECT_THAT(all[1].points, IsEmpty());
    EXPECT_FALSE(store_->anchors().get(AnchorId{99}));
}

TEST_P(StoreContract, AnchorsHaveNamesOfTheirOwn) {
    Anchors& anchors = store_->anchors();
    const AnchorId id = anchors.add(anchor("one"));
    const AnchorId other = anchors.add(anchor("two"));
    EXPECT_EQ(error_of([&] { anchors.add(anchor(" one")); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { anchors.add(anchor(" ")); }).code(), ErrorCode::invalid_argument);
    Anchor empty = anchor("three");
    empty.points.clear();
    EXPECT_EQ(error_of([&] { anchors.add(empty); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { anchors.rename(other, "one"); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { anchors.rename(AnchorId{99}, "x"); }).code(), ErrorCode::not_found);
    anchors.rename(id, "one");
    anchors.rename(other, " Three ");
    EXPECT_EQ(anchors.get(other)->name, "Three");
}

TEST_P(StoreContract, AnAnchorTakesItsRadioWithIt) {
    const AnchorId id = store_->anchors().add(anchor("one"));
    const RadioId radio = store_->radios().add({.id = {}, .name = "one", .anchor = id});
    const TrackId track = add("/a", tags("a"));
    const PlaylistId list = store_->radios().publish(radio, std::vector{track});
    store_->anchors().remove(id);
    EXPECT_FALSE(store_->anchors().get(id));
    EXPECT_FALSE(store_->radios().get(radio));
    EXPECT_THAT(store_->playlists().tracks(list), ElementsAre(track));
    EXPECT_EQ(error_of([&] { store_->anchors().remove(id); }).code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace audiomuse::store
