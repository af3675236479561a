#include "naming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace audiomuse::features {
namespace {

using testing::ElementsAre;

struct Song {
    double tempo = 120;
    double energy = 0.1;
    std::vector<std::pair<std::string, float>> moods;
    std::array<float, 6> features{};
};

ClusteringInput input_of(const std::vector<Song>& songs, bool with_moods = true) {
    ClusteringInput input;
    for (const Song& song : songs) {
        store::AnalysisSummary summary;
        summary.tempo_bpm = song.tempo;
        summary.energy = song.energy;
        summary.other_features = song.features;
        if (with_moods) summary.moods.assign(kMoodNames.size(), 0.0F);
        for (const auto& [name, value] : song.moods) {
            const auto* const found = std::find(kMoodNames.begin(), kMoodNames.end(), name);
            summary.moods[static_cast<std::size_t>(found - kMoodNames.begin())] = value;
        }
        input.ids.push_back(TrackId{static_cast<std::int64_t>(input.ids.size() + 1)});
        input.summaries.push_back(summary);
    }
    return input;
}

TEST(NameLists, SayWhatIsSpecialAboutAList) {
    // "rock" is strong everywhere and therefore tells nothing.
    const ClusteringInput input = input_of({
        {.tempo = 80, .moods = {{"rock", 0.6F}, {"female vocalists", 0.3F}, {"jazz", 0.2F}}},
        {.tempo = 90, .moods = {{"rock", 0.6F}, {"female vocalists", 0.4F}}},
        {.tempo = 160, .moods = {{"rock", 0.6F}, {"Hip-Hop", 0.5F}}, .features = {0.9F, 0.6F, 0.7F, 0.1F, 0.1F, 0.1F}},
        {.tempo = 150, .moods = {{"rock", 0.6F}, {"Hip-Hop", 0.5F}}, .features = {0.9F, 0.6F, 0.7F, 0.1F, 0.1F, 0.1F}},
    });
    EXPECT_THAT(name_lists({{0, 1}, {2, 3}}, input, 0),
                ElementsAre("Female Vocalists_Jazz_Slow", "Hip-Hop_Fast_Danceable_Happy"));
    // A list like the whole library: its strongest tags.
    EXPECT_THAT(name_lists({{0, 1, 2, 3}}, input, 0), ElementsAre("Rock_Hip-Hop_Female Vocalists_Medium"));
    // Only the most frequent tag counts.
    EXPECT_THAT(name_lists({{2, 3}}, input, 1), ElementsAre("Rock_Fast_Danceable_Happy"));
}

TEST(NameLists, OfSongsWithoutMoods) {
    const std::array<float, 6> relaxed = {0, 0, 0, 0, 0.8F, 0};
    const ClusteringInput input = input_of({{.tempo = 70, .energy = 0.02, .features = relaxed},
                                            {.tempo = 70, .energy = 0.02, .features = relaxed},
                                            {.energy = 0.1},
                                            {.energy = 0.1},
                                            {.tempo = 150, .energy = 0.3},
                                            {.tempo = 150, .energy = 0.3}},
                                           false);
    EXPECT_THAT(name_lists({{0, 1}, {2, 3}, {4, 5}}, input, 0),
                ElementsAre("Calm_Slow_Relaxed", "Lively_Medium", "Energetic_Fast"));
}

TEST(NameLists, AreUnique) {
    const ClusteringInput input = input_of({{.moods = {{"sad", 0.5F}}, .features = {0, 0, 0, 0, 0, 0.9F}},
                                            {.moods = {{"sad", 0.5F}}, .features = {0, 0, 0, 0, 0, 0.9F}},
                                            {.moods = {{"sad", 0.5F}}, .features = {0, 0, 0, 0, 0, 0.9F}}});
    EXPECT_THAT(name_lists({{0}, {1}, {2}}, input, 0),
                ElementsAre("Sad_Medium_Lively", "Sad_Medium_Lively_2", "Sad_Medium_Lively_3"));
    const ClusteringInput differ = input_of({{.energy = 0.02, .moods = {{"jazz", 0.5F}}},
                                             {.energy = 0.1, .moods = {{"rock", 0.5F}}},
                                             {.energy = 0.3, .moods = {{"jazz", 0.5F}}}});
    EXPECT_THAT(name_lists({{0}, {1}, {2}}, differ, 0),
                ElementsAre("Jazz_Medium_Calm", "Rock_Medium", "Jazz_Medium_Energetic"));
    EXPECT_THAT(name_lists({{0}}, input_of({{}}), 0), ElementsAre("Lively_Medium"));
}

}  // namespace
}  // namespace audiomuse::features
