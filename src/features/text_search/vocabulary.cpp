// Words for how music sounds, written for this program: common ones, so that any library has some of them.
#include <array>

#include "audiomuse/features/text_search/suggestions.h"

namespace audiomuse::features {

namespace {

constexpr auto kStyles = std::to_array<std::string_view>({"ambient",       "blues",         "bossa nova",
                                                          "chamber music", "choral",        "country",
                                                          "dance pop",     "disco",         "drum and bass",
                                                          "dub",           "electronic",    "film score",
                                                          "flamenco",      "folk",          "funk",
                                                          "gospel",        "hard rock",     "heavy metal",
                                                          "hip hop",       "house",         "indie rock",
                                                          "jazz",          "latin",         "new wave",
                                                          "opera",         "orchestral",    "pop",
                                                          "post-rock",     "punk",          "r&b",
                                                          "reggae",        "rock and roll", "singer-songwriter",
                                                          "ska",           "soul",          "swing",
                                                          "synth pop",     "techno",        "trance",
                                                          "trip hop"});

constexpr auto kSounds = std::to_array<std::string_view>({"accordion",
                                                          "acoustic guitar",
                                                          "bass line",
                                                          "bells",
                                                          "brass section",
                                                          "brushed drums",
                                                          "cello",
                                                          "clarinet",
                                                          "congas",
                                                          "deep bass",
                                                          "distorted guitar",
                                                          "double bass",
                                                          "drum machine",
                                                          "electric guitar",
                                                          "electric piano",
                                                          "fiddle",
                                                          "flute",
                                                          "hand claps",
                                                          "harmonica",
                                                          "harp",
                                                          "harpsichord",
                                                          "horns",
                                                          "mandolin",
                                                          "organ",
                                                          "percussion",
                                                          "piano",
                                                          "saxophone",
                                                          "slide guitar",
                                                          "steel drums",
                                                          "string quartet",
                                                          "strings",
                                                          "synthesizer",
                                                          "trumpet",
                                                          "ukulele",
                                                          "vibraphone",
                                                          "violin",
                                                          "wah-wah guitar"});

constexpr auto kMoods = std::to_array<std::string_view>(
    {"aggressive", "calm",     "cheerful", "dark",   "dreamy",      "energetic",  "fast",     "gentle",
     "hypnotic",   "intimate", "joyful",   "lonely", "melancholic", "mysterious", "peaceful", "playful",
     "romantic",   "slow",     "solemn",   "tense",  "triumphant",  "upbeat",     "warm"});

constexpr auto kVoices = std::to_array<std::string_view>(
    {"choir", "close harmonies", "deep male voice", "falsetto", "female vocals", "high female voice", "humming",
     "instrumental", "male vocals", "rapping", "raspy voice", "shouted vocals", "spoken word", "whispered vocals"});

constexpr std::array<TermKind, 4> kVocabulary = {
    {{"style", kStyles}, {"sound", kSounds}, {"mood", kMoods}, {"voice", kVoices}}};

}  // namespace

std::span<const TermKind> vocabulary() {
    return kVocabulary;
}

}  // namespace audiomuse::features
