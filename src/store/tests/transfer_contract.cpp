#include "audiomuse/store/transfer.h"

#include <gmock/gmock.h>

#include <bit>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::HasSubstr;

/// Two tracks, an analysis, a failure, a playlist and a setting.
struct Library {
    explicit Library(Store& store) {
        const ServerId server = store.tracks().local_server();
        const Tracks::PutItem items[] = {{file("/m/a.flac"), "a", tags("Svefn-g-englar")},
                                         {file("/m/\xff\xfe.flac"), "b", tags("Gone")}};
        const auto put = store.tracks().put(server, items);
        first = put[0].id;
        second = put[1].id;
        const Analyses::Saved saved[] = {{first, items[0].file.stamp, analysis(), std::nullopt},
                                         {second, items[1].file.stamp, std::nullopt,
                                          AnalysisFailure{ErrorCode::damaged, "decode", "broken"}, "decoder 1"}};
        store.analyses().save(saved);
        list = store.playlists().create("Mine", PlaylistKind::own, "{}", tracks());
        store.save_setting("TOP_N_MOODS", "7");
    }
    std::vector<TrackId> tracks() const { return {second, first, second}; }

    TrackId first;
    TrackId second;
    PlaylistId list;
};

TEST_P(StoreContract, AnExportMovesTheCatalogue) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    const TransferReport out = store_->transfer().export_to(exported, {});
    EXPECT_EQ(out.tracks, 2);
    EXPECT_EQ(out.file_bytes, static_cast<std::int64_t>(std::filesystem::file_size(exported)));
    const TransferReport checked = check_export(exported, {});
    EXPECT_EQ(checked.tracks, 2);
    EXPECT_EQ(checked.rows, out.rows);

    const auto store = GetParam().open(folder_.path() / "other");
    EXPECT_TRUE(store->transfer().empty());
    EXPECT_EQ(store->transfer().import_from(exported, {}, {}).rows, out.rows);
    EXPECT_FALSE(store->transfer().empty());
    EXPECT_EQ(store->tracks().get(library.first)->tags.title, "Svefn-g-englar");
    EXPECT_EQ(store->tracks().by_path("/m/\xff\xfe.flac")->id, library.second);
    EXPECT_EQ(store->analyses().get(library.first)->embedding, analysis().embedding);
    EXPECT_EQ(store->analyses().failures_of(std::vector{library.second}).at(0).decoder, "decoder 1");
    EXPECT_EQ(store->playlists().tracks(library.list), library.tracks());
    EXPECT_EQ(store->saved_setting("TOP_N_MOODS"), "7");
    EXPECT_EQ(store->tracks().search({.text = "englar"}).total, 1) << "the search finds what was imported";
    EXPECT_EQ(store->change_counter(), store_->change_counter());

    const auto again = folder_.path() / "again.audiomuse";
    store->transfer().export_to(again, {});
    EXPECT_TRUE(testing_support::contents(again) == testing_support::contents(exported)) << "the same bytes";
}

TEST_P(StoreContract, AnExportGoesThroughSqliteAndBackBitForBit) {
    const Library library(*store_);
    // Numbers that no arithmetic would keep: not-a-number with a payload, negative zero, the smallest of all.
    TrackAnalysis odd = analysis(kOtherModel);
    odd.embedding = {std::bit_cast<float>(0x7FC12345U), -0.0F, std::bit_cast<float>(1U)};
    save(library.first, odd);
    const auto first = folder_ / "first.audiomuse";
    const auto second = folder_ / "second.audiomuse";
    const auto third = folder_ / "third.audiomuse";
    store_->transfer().export_to(first, {});
    const auto sqlite = open_sqlite(folder_ / "between.db");
    sqlite->transfer().import_from(first, {}, {});
    sqlite->transfer().export_to(second, {});
    const auto back = GetParam().open(folder_ / "back");
    back->transfer().import_from(second, {}, {});
    back->transfer().export_to(third, {});
    EXPECT_TRUE(testing_support::contents(first) == testing_support::contents(second));
    EXPECT_TRUE(testing_support::contents(first) == testing_support::contents(third));
    const Embedding kept = *back->analyses().embedding(library.first, kOtherModel);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(kept.at(0)), 0x7FC12345U);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(kept.at(1)), 0x80000000U);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(kept.at(2)), 1U);
}

TEST_P(StoreContract, IdsGoOnAboveTheImportedOnes) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    store_->transfer().export_to(exported, {});
    const auto store = GetParam().open(folder_.path() / "other");
    store->transfer().import_from(exported, {}, {});
    const Tracks::PutItem item{file("/m/new.flac"), "signature", tags("New")};
    const PutResult made = store->tracks().put(store->tracks().local_server(), {&item, 1}).front();
    EXPECT_GT(made.id.value, library.second.value);
    EXPECT_GT(store->playlists().create("New", PlaylistKind::own, "{}", {}).value, library.list.value);
}

TEST_P(StoreContract, AnEmptyCatalogueIsExportedToo) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    const auto store = GetParam().open(folder_.path() / "other");
    EXPECT_EQ(store->transfer().export_to(exported, {}).tracks, 0);
    const std::int64_t before = store_->change_counter();
    store_->transfer().import_from(exported, {.replace = true, .keep_as = {}}, {});
    EXPECT_TRUE(store_->transfer().empty());
    EXPECT_GT(store_->change_counter(), before);
}

TEST_P(StoreContract, AnImportDoesNotReplaceUnasked) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    store_->transfer().export_to(exported, {});
    const Error error = error_of([&] { store_->transfer().import_from(exported, {}, {}); });
    EXPECT_EQ(error.code(), ErrorCode::conflict);
    EXPECT_THAT(error.what(), HasSubstr("--replace"));
    EXPECT_EQ(store_->tracks().counts().tracks, 2);
}

TEST_P(StoreContract, AnImportKeepsWhatItReplacesAndCountsOn) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    const auto kept = folder_.path() / "kept.audiomuse";
    const auto store = GetParam().open(folder_.path() / "other");
    store->transfer().export_to(exported, {});
    const std::int64_t before = store_->change_counter();
    store_->transfer().import_from(exported, {.replace = true, .keep_as = kept}, {});
    EXPECT_EQ(store_->tracks().counts().tracks, 0);

    store_->transfer().import_from(kept, {}, {});
    EXPECT_EQ(store_->playlists().tracks(library.list), library.tracks());
    EXPECT_GT(store_->change_counter(), before) << "other processes see that all has changed";
}

TEST_P(StoreContract, AChangeDuringTheExportIsNotInIt) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    const auto before = folder_.path() / "before.audiomuse";
    for (int i = 0; i < 1500; ++i)
        add_track("Title " + std::to_string(i), "Somebody");
    store_->transfer().export_to(before, {});
    int calls = 0;
    store_->transfer().export_to(exported, [&](double done) {
        EXPECT_LE(done, 1);
        add_track("Late " + std::to_string(++calls), "Somebody");
    });
    EXPECT_GT(calls, 2);
    EXPECT_TRUE(testing_support::contents(before) == testing_support::contents(exported));
}

TEST_P(StoreContract, AnImportEndsJobsThatNobodyWorksOn) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    store_->transfer().export_to(exported, {});
    store_->jobs().create({.id = JobId{"left"}, .type = "main_analysis"});
    store_->jobs().start(JobId{"left"}, "a worker that died", 0);
    store_->transfer().import_from(exported, {.replace = true, .keep_as = {}}, {});
    EXPECT_EQ(store_->jobs().get(JobId{"left"})->state, JobState::revoked);
}

TEST_P(StoreContract, ProgressOfExportAndImportGrowsToTheEnd) {
    const Library library(*store_);
    const auto exported = folder_.path() / "all.audiomuse";
    double last = 0;
    const auto watch = [&](double done) {
        EXPECT_GE(done, last);
        EXPECT_LE(done, 1);
        last = done;
    };
    store_->transfer().export_to(exported, watch);
    EXPECT_EQ(last, 1);
    last = 0;
    store_->transfer().import_from(exported, {.replace = true, .keep_as = folder_.path() / "kept"}, watch);
    EXPECT_GT(last, 0.9);
}

}  // namespace
}  // namespace audiomuse::store
