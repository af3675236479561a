#include "audiomuse/features/text_search/suggestions.h"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <set>

#include "audiomuse/base/text.h"
#include "support/temp_folder.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Descriptions, AreThreeTermsOfDifferentKindsAndAllDifferent) {
    const auto made = make_descriptions(1000, 1);
    EXPECT_THAT(made, SizeIs(1000));
    EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), 1000U);
    EXPECT_EQ(made, make_descriptions(1000, 1));
    EXPECT_NE(made, make_descriptions(1000, 2));
    for (const std::string& text : made) {
        // Of each kind, the longest term that the text has: terms of two words may hold another.
        int kinds = 0;
        for (const TermKind& kind : vocabulary())
            kinds +=
                std::ranges::any_of(kind.terms, [&](std::string_view term) { return text.find(term) != text.npos; });
        EXPECT_GE(kinds, 3) << text;
    }
}

TEST(Vocabulary, HasNoTermTwice) {
    std::set<std::string_view> terms;
    for (const TermKind& kind : vocabulary()) {
        for (const std::string_view term : kind.terms) {
            EXPECT_TRUE(terms.insert(term).second) << term;
            EXPECT_EQ(fold(term), term);
        }
    }
}

TEST(Descriptions, TheBestAreChosenWithoutRepeatingOneTermAllTheTime) {
    std::vector<ScoredDescription> scored;
    for (int i = 0; i < 10; ++i)
        scored.push_back({"calm piano " + std::to_string(i), 100.0 - i});
    scored.push_back({"dark techno", 50});
    scored.push_back({"dark cello", 40});
    scored.push_back({"warm soul", 30});
    // Two of five without a term twice, two more with none more than twice, then the best.
    EXPECT_THAT(choose_descriptions(scored, 5),
                ElementsAre("calm piano 0", "dark techno", "calm piano 1", "dark cello", "calm piano 2"));
    EXPECT_THAT(choose_descriptions({}, 5), IsEmpty());
    EXPECT_THAT(choose_descriptions(scored, 100), SizeIs(13));
}

/// One number for each of the first terms of the vocabulary's styles: 1 where the text has it.
struct WordText final : models::ClapText {
    Embedding embed(std::string_view text) const override {
        Embedding vector(5, 0.1F);
        for (std::size_t i = 0; i < 4; ++i)
            vector[i] = text.find(vocabulary()[0].terms[i]) != text.npos ? 1.0F : 0.0F;
        return vector;
    }
};

TEST(Suggestions, AreMadeInTheBackgroundSavedAndFollowTheLibrary) {
    const testing_support::TempFolder folder;
    const auto store = store::open_sqlite(folder / "audiomuse.db");
    TextBranch branch([] { return std::make_shared<const WordText>(); }, {});
    index::LiveIndex sounds;
    const auto wait_for = [](Suggestions& suggestions) {
        Suggestions::State state = suggestions.get();
        for (int i = 0; !state.ready && i < 1200; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
            state = suggestions.get();
        }
        return state;
    };
    {
        Suggestions suggestions(*store, sounds, branch);
        EXPECT_FALSE(suggestions.get().ready) << "of no library";
        std::shared_ptr<index::VectorIndex> index = index::create_index(5);
        for (int i = 0; i < 100; ++i)
            index->add(i, std::vector<float>{0, 1, 0, 0, static_cast<float>(i) / 1000});  // blues, all of it
        sounds.swap(index);
        const auto state = wait_for(suggestions);
        ASSERT_TRUE(state.ready);
        EXPECT_THAT(state.queries, SizeIs(Suggestions::kShown));
        EXPECT_THAT(state.queries.front(), testing::HasSubstr(vocabulary()[0].terms[1]));
    }
    const auto saved = store->index_blobs().info("text_suggestions");
    ASSERT_TRUE(saved);
    Suggestions other(*store, sounds, branch);
    EXPECT_TRUE(other.get().ready) << "another process finds them";
    EXPECT_EQ(store->index_blobs().info("text_suggestions")->version, saved->version);
    for (int i = 100; i < 300; ++i)
        sounds.get()->add(i, std::vector<float>{1, 0, 0, 0, static_cast<float>(i) / 1000});
    for (int i = 0; i < 1200 && store->index_blobs().info("text_suggestions")->version == saved->version; ++i) {
        other.get();
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
    EXPECT_EQ(store->index_blobs().info("text_suggestions")->count, 300) << "three times as large";
}

TEST(Suggestions, SayNothingWhenTheTextBranchFails) {
    const testing_support::TempFolder folder;
    const auto store = store::open_sqlite(folder / "audiomuse.db");
    std::atomic<int> opened{0};
    TextBranch branch(
        [&]() -> std::shared_ptr<const models::ClapText> {
            ++opened;
            throw Error(ErrorCode::model_failed, "broken");
        },
        {});
    index::LiveIndex sounds;
    sounds.swap(index::create_index(2));
    sounds.get()->add(1, std::vector<float>{1, 0});
    Suggestions suggestions(*store, sounds, branch);
    for (int i = 0; i < 40; ++i) {
        EXPECT_FALSE(suggestions.get().ready);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(opened, 1);
}

}  // namespace
}  // namespace audiomuse::features
