#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void expect_equal(const TrackAnalysis& a, const TrackAnalysis& b) {
    EXPECT_EQ(a.duration_s, b.duration_s);
    EXPECT_EQ(a.tempo_bpm, b.tempo_bpm);
    EXPECT_EQ(a.tempo_confidence, b.tempo_confidence);
    EXPECT_EQ(a.energy, b.energy);
    EXPECT_EQ(a.loudness, b.loudness);
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.key_confidence, b.key_confidence);
    EXPECT_EQ(a.chroma, b.chroma);
    EXPECT_EQ(a.moods, b.moods);
    EXPECT_EQ(a.other_features, b.other_features);
    EXPECT_EQ(a.descriptors, b.descriptors);
    EXPECT_EQ(a.embedding, b.embedding);
    EXPECT_EQ(a.model, b.model);
    EXPECT_EQ(a.decode_settings, b.decode_settings);
    EXPECT_EQ(a.warning, b.warning);
    EXPECT_EQ(a.elapsed_ms, b.elapsed_ms);
}

TEST_P(StoreContract, KeepsAWholeAnalysis) {
    const TrackId id = add("a");
    EXPECT_FALSE(store_->analyses().get(id));
    TrackAnalysis given = analysis();
    given.embedding = {0.1F, -0.0F, std::numeric_limits<float>::denorm_min(), 3e38F};
    save(id, given);
    reopen();
    const auto kept = store_->analyses().get(id);
    ASSERT_TRUE(kept);
    expect_equal(*kept, given);
    EXPECT_TRUE(std::signbit(kept->embedding[1]));
    EXPECT_EQ(store_->analyses().embedding(id, kModel), given.embedding);
    EXPECT_FALSE(store_->analyses().embedding(id, kOtherModel));
}

TEST_P(StoreContract, AnAnalysisWithoutMoodsOrNumbersIsKept) {
    const TrackId id = add("a");
    TrackAnalysis given = analysis();
    given.moods.clear();
    given.descriptors.clear();
    given.energy = std::nan("");
    given.tempo_bpm = INFINITY;
    given.key_confidence = std::nan("");
    save(id, given);
    const auto kept = store_->analyses().get(id);
    EXPECT_THAT(kept->moods, IsEmpty());
    EXPECT_THAT(kept->descriptors, IsEmpty());
    EXPECT_EQ(kept->energy, 0);
    EXPECT_EQ(kept->tempo_bpm, 0);
    EXPECT_EQ(kept->key_confidence, 0);
}

TEST_P(StoreContract, AnotherAnalysisReplacesTheFirst) {
    const TrackId id = add("a");
    save(id, analysis(kModel, 1));
    TrackAnalysis second = analysis(kOtherModel, 2);
    second.warning.clear();
    save(id, second);
    expect_equal(*store_->analyses().get(id), second);
    EXPECT_EQ(store_->analyses().times_analysed(id), 2);
    EXPECT_EQ(store_->analyses().times_analysed(TrackId{99}), 0);
}

TEST_P(StoreContract, OfTwoWorkersThatListenedToOneTrackTheFirstCounts) {
    const TrackId id = add("a");
    const TrackId bad = add("bad");
    const FileStamp stamp = store_->tracks().get(id)->stamp;
    const FileStamp bad_stamp = store_->tracks().get(bad)->stamp;
    const AnalysisFailure failure{ErrorCode::damaged, "decode", "broken"};
    for (int worker = 0; worker < 2; ++worker) {
        const std::vector<Analyses::Saved> results = {
            {id, stamp, analysis(kModel, static_cast<float>(worker + 1)), std::nullopt},
            {bad, bad_stamp, std::nullopt, failure, "decoder 1"}};
        const Analyses::Kept kept = store_->analyses().save(results);
        EXPECT_EQ(kept.analysed, worker == 0 ? 1 : 0);
        EXPECT_EQ(kept.failed, worker == 0 ? 1 : 0);
    }
    expect_equal(*store_->analyses().get(id), analysis(kModel, 1));
    EXPECT_EQ(store_->analyses().times_analysed(id), 1);
}

struct Changes {
    std::vector<TrackId> there;
    std::vector<TrackId> gone;
    std::int64_t last = 0;
};
Changes changes_after(Store& store, std::int64_t after) {
    Changes changes;
    changes.last = store.analyses().each_change(kModel, after, [&](TrackId id, const Embedding& embedding) {
        (embedding.empty() ? changes.gone : changes.there).push_back(id);
    });
    return changes;
}

TEST_P(StoreContract, ChangesTellWhatAnIndexHasMissed) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId silent = add("silent");
    save(b, analysis());
    save(a, analysis());
    Changes changes = changes_after(*store_, 0);
    EXPECT_THAT(changes.there, ElementsAre(b, a)) << "in the order of the changes";
    EXPECT_THAT(changes.gone, IsEmpty());
    EXPECT_EQ(changes.last, store_->change_counter());
    EXPECT_GE(store_->analyses().count_changes(0), 2);

    const std::int64_t seen = changes.last;
    save_failure(silent);
    changes = changes_after(*store_, seen);
    EXPECT_THAT(changes.there, IsEmpty());
    EXPECT_EQ(changes.last, seen) << "nothing an index need know";
    EXPECT_EQ(store_->analyses().count_changes(seen), 0);

    list({file("/music/b"), file("/music/silent")});
    changes = changes_after(*store_, seen);
    EXPECT_THAT(changes.gone, ElementsAre(a));
    list({file("/music/a"), file("/music/b"), file("/music/silent")});
    changes = changes_after(*store_, changes.last);
    EXPECT_THAT(changes.there, ElementsAre(a)) << "it came back";
    list({});
    put(file("/music/a"), tags("a"));
    changes = changes_after(*store_, changes.last);
    EXPECT_THAT(changes.there, ElementsAre(a)) << "put brings it back too";
    EXPECT_THAT(changes.gone, ElementsAre(b, silent));
}

TEST_P(StoreContract, AChangeToAnotherModelLeavesTheOldIndexAlone) {
    const TrackId a = add("a");
    save(a, analysis());
    const std::int64_t seen = changes_after(*store_, 0).last;
    save(a, analysis(kOtherModel));
    const Changes changes = changes_after(*store_, seen);
    EXPECT_THAT(changes.there, IsEmpty());
    EXPECT_THAT(changes.gone, IsEmpty());
}

TEST_P(StoreContract, ManyChangesOfOneTransactionAreAllVisited) {
    std::vector<Analyses::Saved> results;
    for (int i = 0; i < 1203; ++i) {
        const TrackId id = add(std::to_string(i));
        results.push_back({id, file("/music/" + std::to_string(i)).stamp, analysis(), std::nullopt});
    }
    store_->analyses().save(results);
    EXPECT_EQ(changes_after(*store_, 0).there.size(), results.size());
}

TEST_P(StoreContract, PendingOfAsksForSome) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId c = add("c");
    save(b, analysis());
    const std::vector<TrackId> asked = {c, b, TrackId{99}, a};
    std::vector<TrackId> found;
    for (const auto& track : store_->analyses().pending_of(kModel, asked))
        found.push_back(track.id);
    EXPECT_THAT(found, ElementsAre(c, a));
}

TEST_P(StoreContract, PendingIsACursor) {
    std::vector<TrackId> all;
    for (int i = 0; i < 7; ++i)
        all.push_back(add(std::to_string(i)));
    std::vector<TrackId> seen;
    TrackId after;
    for (;;) {
        const auto lot = store_->analyses().pending(kModel, after, 3);
        if (lot.empty()) break;
        EXPECT_LE(lot.size(), 3u);
        for (const auto& track : lot)
            seen.push_back(track.id);
        after = lot.back().id;
    }
    EXPECT_EQ(seen, all);
    const auto first = store_->analyses().pending(kModel, {}, 1).front();
    EXPECT_EQ(first.path, "/music/0");
    EXPECT_EQ(first.stamp, file("/music/0").stamp);
    EXPECT_THAT(store_->analyses().pending(kModel, {}, 0), IsEmpty());
}

TEST_P(StoreContract, AnalysedTracksAreNotPending) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    save(a, analysis());
    EXPECT_THAT(pending(), ElementsAre(b));
    EXPECT_THAT(pending(kOtherModel), ElementsAre(a, b));
    EXPECT_THAT(pending({kModel.name, "2"}), ElementsAre(a, b));
}

TEST_P(StoreContract, AbsentTracksAreNotPending) {
    add("a");
    list({});
    EXPECT_THAT(pending(), IsEmpty());
    list({file("/music/a")});
    EXPECT_THAT(pending(), SizeIs(1));
}

TEST_P(StoreContract, OtherAudioIsPendingAgainAndServedMeanwhile) {
    const TrackId id = put(file("/a"), tags("a"), "audio 1").id;
    save(id, analysis());
    put(file("/a", 2), tags("a"), "audio 2");
    EXPECT_THAT(pending(), ElementsAre(id));
    EXPECT_EQ(store_->analyses().coverage(kModel).pending, 1);
    EXPECT_TRUE(store_->analyses().embedding(id, kModel));
    save(id, analysis(kModel, 5));
    EXPECT_THAT(pending(), IsEmpty());
    EXPECT_EQ(store_->analyses().times_analysed(id), 2);
}

TEST_P(StoreContract, NewTagsKeepTheAnalysis) {
    const TrackId id = put(file("/a"), tags("old title"), "audio").id;
    save(id, analysis());
    EXPECT_EQ(put(file("/a", 2), tags("new title"), "audio").outcome, PutOutcome::updated);
    EXPECT_THAT(pending(), IsEmpty());
    EXPECT_EQ(store_->tracks().get(id)->tags.title, "new title");
    EXPECT_EQ(store_->tracks().get(id)->stamp, file("/a", 2).stamp);
}

TEST_P(StoreContract, AResultOfAFileThatChangedMeanwhileStaysPending) {
    const TrackId id = put(file("/a"), tags("a"), "audio 1").id;
    put(file("/a", 2), tags("a"), "audio 2");
    const Analyses::Saved late{id, file("/a", 1).stamp, analysis(), std::nullopt};
    store_->analyses().save({&late, 1});
    EXPECT_THAT(pending(), ElementsAre(id));
    save_failure(id, file("/a", 1).stamp);
    EXPECT_THAT(pending(), ElementsAre(id));
    EXPECT_EQ(store_->analyses().failures(0, 10).total, 0);
}

TEST_P(StoreContract, AFailureIsTriedAgainOnlyWhenTheFileChanges) {
    const TrackId id = put(file("/a"), tags("a"), "audio").id;
    save_failure(id);
    EXPECT_THAT(pending(), IsEmpty());
    put(file("/a"), tags("a"), "audio");  // read again, unchanged
    EXPECT_THAT(pending(), IsEmpty());
    list({});
    list({file("/a")});  // away and back
    EXPECT_THAT(pending(), IsEmpty());
    put(file("/a", 2), tags("a"), "audio");
    EXPECT_THAT(pending(), ElementsAre(id));
    EXPECT_EQ(store_->analyses().failures(0, 10).total, 0);
}

TEST_P(StoreContract, FailuresAreShownWithTheirTrack) {
    const TrackId a = add("/m/a.mp3", tags("Title A", "Artist A"));
    const TrackId b = add("/m/b.mp3", tags("Title B", "Artist B"));
    const TrackId gone = add("/m/gone.mp3", tags("Gone"));
    save_failure(a, file("/m/a.mp3").stamp, "The file is \xFF broken.");
    save_failure(b);
    save_failure(gone);
    list({file("/m/a.mp3"), file("/m/b.mp3")});
    const auto page = store_->analyses().failures(0, 10);
    EXPECT_EQ(page.total, 2);
    ASSERT_THAT(page.rows, SizeIs(2));
    const FailureRow row = page.rows[0].id == a ? page.rows[0] : page.rows[1];
    EXPECT_EQ(row.id, a);
    EXPECT_EQ(row.item_id, std::to_string(a.value));
    EXPECT_EQ(row.path, "/m/a.mp3");
    EXPECT_EQ(row.title, "Title A");
    EXPECT_EQ(row.author, "Artist A");
    EXPECT_EQ(row.failure.code, ErrorCode::damaged);
    EXPECT_EQ(row.failure.stage, "decode");
    EXPECT_EQ(row.failure.message, "The file is \uFFFD broken.");
    EXPECT_EQ(row.stamp, file("/m/a.mp3").stamp);
    EXPECT_EQ(row.decoder, "decoder 1");
    EXPECT_GT(row.failed_at, 1e9);
    EXPECT_THAT(store_->analyses().failures(1, 10).rows, SizeIs(1));
    EXPECT_THAT(store_->analyses().failures(0, 1).rows, SizeIs(1));
}

TEST_P(StoreContract, EveryErrorCodeIsKept) {
    const TrackId id = add("a");
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        const Analyses::Saved saved{id, file("/music/a").stamp, std::nullopt, AnalysisFailure{code, "fetch", "m"}};
        store_->analyses().save({&saved, 1});
        EXPECT_EQ(store_->analyses().failures(0, 1).rows.at(0).failure.code, code) << code_name(code);
    }
}

TEST_P(StoreContract, FailuresCanBeForgotten) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId c = add("c");
    for (const TrackId id : {a, b, c})
        save_failure(id);
    EXPECT_EQ(store_->analyses().forget_failures(b), 1);
    EXPECT_EQ(store_->analyses().forget_failures(b), 0);
    EXPECT_THAT(pending(), ElementsAre(b));
    EXPECT_EQ(store_->analyses().forget_failures(std::nullopt), 2);
    EXPECT_THAT(pending(), ElementsAre(a, b, c));
}

TEST_P(StoreContract, FailuresOfGivenTracks) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId c = add("c");
    save_failure(a);
    save_failure(c);
    const auto rows = store_->analyses().failures_of(std::vector{c, b, TrackId{99}, a});
    EXPECT_THAT(rows, ElementsAre(HasId(c), HasId(a)));
    EXPECT_EQ(rows.at(1).path, "/music/a");
    EXPECT_EQ(rows.at(1).title, "a");
    EXPECT_EQ(rows.at(1).stamp, file("/music/a").stamp);
    list({});
    EXPECT_THAT(store_->analyses().failures_of(std::vector{a}), SizeIs(1)) << "of absent tracks too";
}

/// Lists of ids that engines are asked for at once have a few lengths; nothing of that may show.
TEST_P(StoreContract, ManyTracksAreReadInTheOrderAsked) {
    std::vector<TrackId> ids;
    for (int i = 0; i < 300; ++i) {
        TrackTags many = tags("title " + std::to_string(i), "first " + std::to_string(i));
        if (i % 3 == 0) many.artists.push_back("second " + std::to_string(i));
        if (i % 7 == 0) many.artists.clear();
        ids.push_back(put(file("/music/" + std::to_string(i)), many).id);
        if (i % 5 == 0) save_failure(ids.back());
        if (i % 2 == 1) save(ids.back(), analysis(kModel, static_cast<float>(i)));
    }
    for (const std::size_t count : {0U, 1U, 2U, 8U, 9U, 33U, 128U, 129U, 300U}) {
        std::vector<TrackId> asked(ids.rbegin(), ids.rbegin() + static_cast<std::ptrdiff_t>(count));
        asked.push_back(TrackId{999'999});
        if (count > 2) asked.push_back(asked[1]);  // twice
        std::vector<TrackRow> one_by_one;
        std::vector<TrackId> analysed;
        std::vector<TrackId> failed;
        for (const TrackId id : asked) {
            if (auto row = store_->tracks().get(id)) one_by_one.push_back(*std::move(row));
            if (!store_->analyses().summaries(std::span(&id, 1)).empty()) analysed.push_back(id);
            if (!store_->analyses().failures_of(std::span(&id, 1)).empty()) failed.push_back(id);
        }
        const auto rows = store_->tracks().get(asked);
        ASSERT_EQ(rows.size(), count > 2 ? count + 1 : count);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            EXPECT_EQ(rows[i].id, asked[i < count ? i : i + 1]);
            EXPECT_EQ(rows[i].tags, one_by_one[i].tags);
            EXPECT_EQ(rows[i].path, one_by_one[i].path);
            EXPECT_EQ(rows[i].author, one_by_one[i].author);
        }
        std::vector<TrackId> found;
        for (const AnalysisSummary& summary : store_->analyses().summaries(asked))
            found.push_back(summary.id);
        EXPECT_EQ(found, analysed);
        found.clear();
        for (const FailureRow& failure : store_->analyses().failures_of(asked)) {
            found.push_back(failure.id);
            EXPECT_EQ(failure.title, store_->tracks().get(failure.id)->tags.title);
        }
        EXPECT_EQ(found, failed);
    }
}

TEST_P(StoreContract, FailuresOfAnotherDecoderCanBeForgotten) {
    const TrackId decode = add("decode");
    const TrackId fetch = add("fetch");
    const TrackId newer = add("newer");
    save_failure(decode);
    const Analyses::Saved others[] = {
        {fetch, file("/music/fetch").stamp, {}, AnalysisFailure{ErrorCode::io, "fetch", "m"}, "decoder 1"},
        {newer, file("/music/newer").stamp, {}, AnalysisFailure{ErrorCode::damaged, "decode", "m"}, "decoder 2"}};
    store_->analyses().save(others);
    constexpr std::string_view kStages[] = {"decode", "analyse"};
    EXPECT_EQ(store_->analyses().forget_failures_of_other_decoders("decoder 2", kStages), 1);
    EXPECT_EQ(store_->analyses().forget_failures_of_other_decoders("decoder 2", kStages), 0);
    EXPECT_THAT(pending(), ElementsAre(decode));
}

TEST_P(StoreContract, ASuccessRemovesTheFailure) {
    const TrackId id = add("a");
    save_failure(id);
    save(id, analysis());
    EXPECT_EQ(store_->analyses().failures(0, 10).total, 0);
    EXPECT_EQ(store_->analyses().coverage(kModel).analysed, 1);
}

TEST_P(StoreContract, AFailureKeepsAnEarlierResultOfTheSameAudioOnly) {
    const TrackId same = put(file("/same"), tags("same"), "audio").id;
    const TrackId changed = put(file("/changed"), tags("changed"), "audio 1").id;
    save(same, analysis(kOtherModel));
    save(changed, analysis());
    put(file("/changed", 2), tags("changed"), "audio 2");
    save_failure(same);
    save_failure(changed);
    EXPECT_TRUE(store_->analyses().get(same));
    EXPECT_TRUE(store_->analyses().embedding(same, kOtherModel));
    EXPECT_FALSE(store_->analyses().get(changed)) << "the audio is gone";
    EXPECT_FALSE(store_->analyses().embedding(changed, kModel));
    EXPECT_EQ(store_->analyses().coverage(kModel).failed, 2);
    EXPECT_EQ(store_->analyses().times_analysed(changed), 1);
}

TEST_P(StoreContract, CoverageAddsUp) {
    const TrackId analysed = add("analysed");
    const TrackId stale = add("stale");
    const TrackId failed = add("failed");
    const TrackId stale_failed = add("stale and failed");
    add("pending");
    const TrackId gone = add("gone");
    save(analysed, analysis());
    save(stale, analysis(kOtherModel));
    save_failure(failed);
    save(stale_failed, analysis(kOtherModel));
    save_failure(stale_failed);
    save(gone, analysis());
    std::vector<SeenFile> files;
    for (const auto& track : store_->tracks().search({}).rows) {
        if (track.id != gone) files.push_back(file(track.path));
    }
    list(files);
    const Coverage coverage = store_->analyses().coverage(kModel);
    EXPECT_EQ(coverage.tracks, 5);
    EXPECT_EQ(coverage.analysed, 1);
    EXPECT_EQ(coverage.stale, 1);
    EXPECT_EQ(coverage.failed, 2);
    EXPECT_EQ(coverage.pending, 1);
    EXPECT_EQ(static_cast<std::int64_t>(pending().size()), coverage.pending + coverage.stale);
}

TEST_P(StoreContract, ANewModelServesTheOldOneUntilItIsRedone) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    save(a, analysis(kOtherModel, 1));
    save(b, analysis(kOtherModel, 2));
    save(a, analysis(kModel, 3));
    EXPECT_FALSE(store_->analyses().embedding(a, kOtherModel));
    EXPECT_TRUE(store_->analyses().embedding(a, kModel));
    EXPECT_TRUE(store_->analyses().embedding(b, kOtherModel));
    EXPECT_EQ(store_->analyses().coverage(kModel).stale, 1);
    EXPECT_THAT(pending(), ElementsAre(b));
}

TEST_P(StoreContract, AResultWithoutEmbeddingKeepsTheOldOne) {
    const TrackId id = add("a");
    save(id, analysis(kOtherModel));
    TrackAnalysis bare = analysis(kModel);
    bare.embedding.clear();
    save(id, bare);
    EXPECT_TRUE(store_->analyses().embedding(id, kOtherModel));
    EXPECT_THAT(store_->analyses().get(id)->embedding, IsEmpty());
}

TEST_P(StoreContract, VisitsEmbeddingsAndSummariesOfPresentTracksInOrder) {
    constexpr int kTracks = 1203;  // more than two lots
    std::vector<Tracks::PutItem> items;
    for (int i = 0; i < kTracks; ++i)
        items.push_back({file("/" + std::to_string(i)), "s" + std::to_string(i), tags("t")});
    const auto put_results = store_->tracks().put(server_, items);
    std::vector<Analyses::Saved> results;
    std::vector<SeenFile> present;
    for (int i = 0; i < kTracks; ++i) {
        const auto n = static_cast<std::size_t>(i);
        results.push_back({put_results[n].id, items[n].file.stamp,
                           analysis(i % 10 == 0 ? kOtherModel : kModel, static_cast<float>(i)), std::nullopt});
        if (i != 500) present.push_back(items[n].file);
    }
    store_->analyses().save(results);
    list(present);

    TrackId last;
    int visited = 0;
    store_->analyses().each_embedding(kModel, [&](TrackId id, const Embedding& embedding) {
        EXPECT_GT(id, last);
        last = id;
        ++visited;
        EXPECT_EQ(embedding[0], static_cast<float>(id.value - put_results[0].id.value));
        EXPECT_TRUE(visited > 1 || store_->tracks().get(id)) << "the store may be used meanwhile";
    });
    EXPECT_EQ(visited, kTracks - 121);

    last = {};
    visited = 0;
    store_->analyses().each_summary([&](const AnalysisSummary& summary) {
        EXPECT_GT(summary.id, last);
        last = summary.id;
        ++visited;
    });
    EXPECT_EQ(visited, kTracks - 1);
    EXPECT_EQ(store_->analyses().dominant_model(), kModel);
}

TEST_P(StoreContract, SummariesComeInTheOrderAskedFor) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId c = add("c");
    save(a, analysis());
    save(b, analysis());
    EXPECT_THAT(store_->analyses().summaries(std::vector{b, c, TrackId{99}, a}), ElementsAre(HasId(b), HasId(a)));
    const AnalysisSummary summary = store_->analyses().summaries(std::vector{a}).front();
    const TrackAnalysis given = analysis();
    EXPECT_EQ(summary.tempo_bpm, given.tempo_bpm);
    EXPECT_EQ(summary.energy, given.energy);
    EXPECT_EQ(summary.key, given.key);
    EXPECT_EQ(summary.scale, given.scale);
    EXPECT_EQ(summary.moods, given.moods);
    EXPECT_EQ(summary.other_features, given.other_features);
}

TEST_P(StoreContract, AnEmptyStoreHasNoModel) {
    EXPECT_EQ(store_->analyses().dominant_model(), ModelTag{});
    EXPECT_EQ(store_->analyses().coverage(kModel).tracks, 0);
    int visited = 0;
    store_->analyses().each_summary([&](const AnalysisSummary&) { ++visited; });
    EXPECT_EQ(visited, 0);
}

TEST_P(StoreContract, ASaveIsAllOrNothing) {
    const TrackId id = add("a");
    const std::vector<Analyses::Saved> results = {{id, file("/music/a").stamp, analysis(), std::nullopt},
                                                  {TrackId{99}, {}, analysis(), std::nullopt}};
    EXPECT_EQ(error_of([&] { store_->analyses().save(results); }).code(), ErrorCode::not_found);
    EXPECT_FALSE(store_->analyses().get(id));
    EXPECT_EQ(store_->analyses().times_analysed(id), 0);
    const Analyses::Saved neither{id, {}, std::nullopt, std::nullopt};
    EXPECT_EQ(error_of([&] { store_->analyses().save({&neither, 1}); }).code(), ErrorCode::invalid_argument);
    EXPECT_NO_THROW(store_->analyses().save({}));
}

}  // namespace
}  // namespace audiomuse::store
