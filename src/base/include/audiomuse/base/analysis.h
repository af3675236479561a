// What listening to a track yields. `analyse` makes it, `store` keeps it, features read it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/error.h"

namespace audiomuse {

/// A vector that says how a track sounds. Raw (not normalised), compared by cosine. Its length belongs to its model.
using Embedding = std::vector<float>;

/// Names the model an embedding came from; embeddings of different models never meet in one index.
struct ModelTag {
    std::string name;     ///< "audiomuse-mini", "musicnn" or "descriptors"
    std::string version;  ///< changes whenever the vectors change, e.g. "1"
    friend bool operator==(const ModelTag&, const ModelTag&) = default;
};

/// How CLAP hears a track: a vector of the space that CLAP's texts have theirs in.
struct SoundVector {
    ModelTag model;
    Embedding vector;  ///< empty: CLAP listened, and failed
};

enum class Scale { major, minor };
std::string_view scale_name(Scale scale);

/// Pitch classes in the order of `chroma` and of `key`: C, C#, D ... B.
inline constexpr std::array<std::string_view, 12> kPitchClassNames = {"C",  "C#", "D",  "D#", "E",  "F",
                                                                      "F#", "G",  "G#", "A",  "A#", "B"};

/// The six further features in their fixed order, each 0..1.
inline constexpr std::array<std::string_view, 6> kOtherFeatureNames = {"danceable", "aggressive", "happy",
                                                                       "party",     "relaxed",    "sad"};

/// The 50 tags in the models' output order.
inline constexpr std::array<std::string_view, 50> kMoodNames = {"rock",
                                                                "pop",
                                                                "alternative",
                                                                "indie",
                                                                "electronic",
                                                                "female vocalists",
                                                                "dance",
                                                                "00s",
                                                                "alternative rock",
                                                                "jazz",
                                                                "beautiful",
                                                                "metal",
                                                                "chillout",
                                                                "male vocalists",
                                                                "classic rock",
                                                                "soul",
                                                                "indie rock",
                                                                "Mellow",
                                                                "electronica",
                                                                "80s",
                                                                "folk",
                                                                "90s",
                                                                "chill",
                                                                "instrumental",
                                                                "punk",
                                                                "oldies",
                                                                "blues",
                                                                "hard rock",
                                                                "ambient",
                                                                "acoustic",
                                                                "experimental",
                                                                "female vocalist",
                                                                "guitar",
                                                                "Hip-Hop",
                                                                "70s",
                                                                "party",
                                                                "country",
                                                                "easy listening",
                                                                "sexy",
                                                                "catchy",
                                                                "funk",
                                                                "electro",
                                                                "heavy metal",
                                                                "Progressive rock",
                                                                "60s",
                                                                "rnb",
                                                                "indie pop",
                                                                "sad",
                                                                "House",
                                                                "happy"};

struct TrackAnalysis {
    double duration_s = 0;        ///< of the whole file, as far as is known
    double tempo_bpm = 0;         ///< folded into 40..200; 0 when there is no pulse at all
    double tempo_confidence = 0;  ///< 0 (no pulse, or two tempi fit as well) .. 1 (a metronome)
    double energy = 0;            ///< mean RMS over frames of 2048 samples, linear, about 0.01..0.35
    double loudness = 0;          ///< the same on a scale of decibels: mean of (20 log10(RMS) + 60) / 60, cut to 0..1
    int key = 0;                  ///< index into kPitchClassNames
    Scale scale = Scale::major;
    double key_confidence = 0;              ///< 0 (another key fits as well) .. 1
    std::array<float, 12> chroma{};         ///< mean over time, each frame divided by its maximum
    std::vector<float> moods;               ///< probability per kMoodNames; empty when the model has no tags
    std::array<float, 6> other_features{};  ///< in the order of kOtherFeatureNames
    std::vector<float> descriptors;         ///< classical descriptors, standardised; see analyse/descriptors.h
    Embedding embedding;
    ModelTag model;
    std::optional<SoundVector> sound;  ///< nothing: CLAP did not listen
    std::string decode_settings;       ///< what was listened to and how, e.g. "16000 Hz, first 600 s" or
                                       ///< "16000 Hz, 10 windows of 60 s over 5400 s"
    std::string warning;               ///< empty, or what was wrong although the track could be analysed
    double elapsed_ms = 0;
};

/// Why a track could not be analysed: shown to the user, and stored with the file's stamp.
struct AnalysisFailure {
    ErrorCode code = ErrorCode::internal;
    std::string stage;    ///< "fetch", "decode", "analyse" or "model"
    std::string message;  ///< one sentence
};

}  // namespace audiomuse
