#include "style_families.h"

#include <algorithm>

#include "audiomuse/base/analysis.h"

namespace audiomuse::api {
namespace {

struct TagWeight {
    std::string_view tag;
    std::string_view family;
    float weight;  // 1: the tag names the family; less: the tag hints at it, and a family that is named goes first
};

// Tags about decades, voices and feelings ("80s", "female vocalists", "happy") speak for no family.
constexpr TagWeight kTagWeights[] = {
    {"rock", "rock", 1},
    {"alternative", "rock", 1},
    {"alternative rock", "rock", 1},
    {"classic rock", "rock", 1},
    {"hard rock", "rock", 1},
    {"indie", "rock", 0.9F},
    {"indie rock", "rock", 1},
    {"punk", "rock", 1},
    {"Progressive rock", "rock", 1},
    {"metal", "metal", 1},
    {"heavy metal", "metal", 1},
    {"pop", "pop", 1},
    {"indie pop", "pop", 1},
    {"catchy", "pop", 0.6F},
    {"electronic", "electronic", 1},
    {"electronica", "electronic", 1},
    {"electro", "electronic", 1},
    {"experimental", "electronic", 0.5F},
    {"dance", "dance", 1},
    {"House", "dance", 1},
    {"party", "dance", 0.6F},
    {"Hip-Hop", "hip-hop", 1},
    {"soul", "soul", 1},
    {"rnb", "soul", 1},
    {"funk", "soul", 1},
    {"jazz", "jazz", 1},
    {"easy listening", "jazz", 0.5F},
    {"blues", "blues", 1},
    {"folk", "folk", 1},
    {"acoustic", "folk", 0.8F},
    {"country", "country", 1},
    {"instrumental", "classical", 0.7F},
    {"ambient", "ambient", 1},
    {"chillout", "ambient", 0.7F},
    {"chill", "ambient", 0.7F},
};

struct TagOfMood {
    int family = -1;
    float weight = 0;
};

constexpr std::array<TagOfMood, kMoodNames.size()> kTagOfMood = [] {
    std::array<TagOfMood, kMoodNames.size()> table{};
    for (const TagWeight& entry : kTagWeights) {
        const auto mood = std::find(kMoodNames.begin(), kMoodNames.end(), entry.tag) - kMoodNames.begin();
        const auto family =
            std::find(kStyleFamilies.begin(), kStyleFamilies.end(), entry.family) - kStyleFamilies.begin();
        // An unknown tag or family would index past the end, which is an error at compile time.
        table[static_cast<std::size_t>(mood)] = {static_cast<int>(family), entry.weight};
        static_cast<void>(kStyleFamilies[static_cast<std::size_t>(family)]);
    }
    return table;
}();

}  // namespace

std::optional<std::string_view> style_family(std::span<const float> moods) {
    if (moods.size() != kMoodNames.size()) return std::nullopt;
    std::array<float, kStyleFamilies.size()> strength{};
    for (std::size_t i = 0; i < moods.size(); ++i) {
        if (kTagOfMood[i].family < 0) continue;
        float& best = strength[static_cast<std::size_t>(kTagOfMood[i].family)];
        best = std::max(best, kTagOfMood[i].weight * moods[i]);
    }
    const auto strongest = std::max_element(strength.begin(), strength.end());
    if (*strongest <= 0) return kStyleFamilies.back();
    return kStyleFamilies[static_cast<std::size_t>(strongest - strength.begin())];
}

std::size_t style_family_index(std::string_view family) {
    return static_cast<std::size_t>(std::find(kStyleFamilies.begin(), kStyleFamilies.end(), family) -
                                    kStyleFamilies.begin());
}

}  // namespace audiomuse::api
