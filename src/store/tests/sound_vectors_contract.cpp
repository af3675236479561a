// How CLAP hears tracks: who is due, what is kept, and what an index of it is told.
#include <gmock/gmock.h>

#include "store_contract.h"

namespace audiomuse::store {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace {

const ModelTag kClap{"dclap", "abc"};
const ModelTag kOther{"dclap", "def"};

std::vector<TrackId> due(Store& store, const ModelTag& wanted = kClap) {
    std::vector<TrackId> ids;
    for (const auto& track : store.sounds().due(kModel, wanted, {}, 1000))
        ids.push_back(track.id);
    EXPECT_EQ(store.sounds().count_due(kModel, wanted), static_cast<std::int64_t>(ids.size()));
    return ids;
}

void hear(Store& store, TrackId id, const Embedding& vector, const ModelTag& model = kClap) {
    const SoundVectors::Heard heard{id, store.tracks().get(id)->stamp, {model, vector}};
    EXPECT_EQ(store.sounds().save({&heard, 1}), 1);
}

std::size_t count_visited(Store& store, const ModelTag& model) {
    std::size_t count = 0;
    store.sounds().each_embedding(model, [&](TrackId, const Embedding&) { ++count; });
    return count;
}

TEST_P(StoreContract, AnalysedTracksAreDueUntilClapHeardThem) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    EXPECT_THAT(due(*store_), IsEmpty()) << "first comes the analysis";
    save(a, analysis());
    save(b, analysis(kModel, 2));
    EXPECT_THAT(due(*store_), ElementsAre(a, b));
    hear(*store_, a, {1, 2});
    EXPECT_THAT(due(*store_), ElementsAre(b));
    EXPECT_THAT(due(*store_, kOther), ElementsAre(a, b)) << "of other files";
    EXPECT_THAT(pending(), IsEmpty()) << "an analysis stays one";
    EXPECT_EQ(store_->analyses().times_analysed(a), 1);
    EXPECT_EQ(store_->sounds().embedding(a, kClap), (Embedding{1, 2}));
    EXPECT_FALSE(store_->sounds().embedding(a, kOther));
    EXPECT_FALSE(store_->sounds().embedding(b, kClap));
    EXPECT_EQ(store_->sounds().count(kClap), 1);
    EXPECT_THAT(store_->sounds().due_of(kModel, kClap, std::vector{b, a}), SizeIs(1));
    hear(*store_, a, {3, 4}, kOther);
    EXPECT_EQ(count_visited(*store_, kClap), 0U);
    EXPECT_EQ(count_visited(*store_, kOther), 1U);
    EXPECT_EQ(store_->sounds().dominant_model(), kOther);
}

TEST_P(StoreContract, AnAnalysisBringsItsSoundVector) {
    const TrackId a = add("a");
    TrackAnalysis with = analysis();
    with.sound = SoundVector{kClap, {0.5F, -0.5F}};
    save(a, with);
    EXPECT_THAT(due(*store_), IsEmpty());
    EXPECT_EQ(store_->sounds().embedding(a, kClap), (Embedding{0.5F, -0.5F}));
    EXPECT_FALSE(store_->analyses().get(a)->sound) << "is read by itself";
}

TEST_P(StoreContract, ATrackThatClapCouldNotHearIsNotDueAgain) {
    const TrackId a = add("a");
    save(a, analysis());
    hear(*store_, a, {});
    EXPECT_THAT(due(*store_), IsEmpty());
    EXPECT_FALSE(store_->sounds().embedding(a, kClap));
    EXPECT_EQ(count_visited(*store_, kClap), 0U);
    EXPECT_EQ(store_->sounds().count(kClap), 0);
    EXPECT_EQ(store_->analyses().coverage(kModel).analysed, 1) << "it is analysed all the same";
    EXPECT_THAT(due(*store_, kOther), ElementsAre(a));
}

TEST_P(StoreContract, OtherAudioIsHeardAnewAndTheOldSoundVectorServesUntilThen) {
    list({file("/m/a")});
    const TrackId a = put(file("/m/a"), tags("a"), "first audio").id;
    TrackAnalysis with = analysis();
    with.sound = SoundVector{kClap, {1, 0}};
    save(a, with);
    SeenFile changed = file("/m/a");
    changed.stamp.mtime_ns += 1;
    put(changed, tags("a"), "first audio");
    EXPECT_THAT(due(*store_), IsEmpty()) << "only its tags have changed";
    changed.stamp.mtime_ns += 1;
    put(changed, tags("a"), "other audio");
    EXPECT_EQ(store_->sounds().embedding(a, kClap), (Embedding{1, 0}));
    EXPECT_THAT(due(*store_), IsEmpty()) << "first comes the analysis";
    EXPECT_THAT(pending(), ElementsAre(a));
    save(a, analysis(kModel, 2));
    EXPECT_THAT(due(*store_), ElementsAre(a));
    changed.stamp.mtime_ns += 1;
    put(changed, tags("a"), "broken audio");
    save_failure(a);
    EXPECT_FALSE(store_->sounds().embedding(a, kClap)) << "goes with the analysis";
}

TEST_P(StoreContract, ASoundVectorOfAFileThatHasChangedMeanwhileIsKeptAndTheTrackStaysDue) {
    const TrackId a = add("a");
    save(a, analysis());
    const SoundVectors::Heard heard{a, {1, 1}, {kClap, {1, 2}}};
    EXPECT_EQ(store_->sounds().save({&heard, 1}), 1);
    EXPECT_EQ(store_->sounds().embedding(a, kClap), (Embedding{1, 2}));
    EXPECT_THAT(due(*store_), ElementsAre(a));
    const SoundVectors::Heard unknown{TrackId{999}, {1, 1}, {kClap, {1, 2}}};
    EXPECT_EQ(store_->sounds().save({&unknown, 1}), 0);
}

TEST_P(StoreContract, AnIndexIsToldWhatChangesOfSoundVectors) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    save(a, analysis());
    save(b, analysis(kModel, 2));
    hear(*store_, a, {1, 0});
    const auto changes = [&](std::int64_t& after) {
        std::vector<std::pair<TrackId, Embedding>> told;
        after = store_->sounds().each_change(
            kClap, after, [&](TrackId id, const Embedding& vector) { told.emplace_back(id, vector); });
        return told;
    };
    std::int64_t after = 0;
    EXPECT_THAT(changes(after),
                testing::UnorderedElementsAre(std::pair(a, Embedding{1, 0}), std::pair(b, Embedding{})));
    EXPECT_THAT(changes(after), IsEmpty());
    hear(*store_, b, {0, 1});
    EXPECT_EQ(store_->sounds().count_changes(after), 1);
    EXPECT_THAT(changes(after), ElementsAre(std::pair(b, Embedding{0, 1})));
    list({});
    EXPECT_THAT(changes(after), SizeIs(2)) << "both are gone";
    EXPECT_EQ(count_visited(*store_, kClap), 0U);
}

}  // namespace
}  // namespace audiomuse::store
