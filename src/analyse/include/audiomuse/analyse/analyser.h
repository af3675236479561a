// Samples in, TrackAnalysis out: one pass over the file, block by block.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/cancel.h"
#include "audiomuse/decode/stretch.h"
#include "audiomuse/models/clap.h"
#include "audiomuse/models/embedding_model.h"
#include "audiomuse/models/mood_networks.h"

namespace audiomuse::analyse {

struct AnalyserOptions {
    decode::Stretch stretch = decode::Stretch::first;  ///< which part of a long file is listened to
    double max_seconds = 600;  ///< with first and spread: listen to at most this much; 0 = all of it
};

/// Threads: analyse() may run on any number of threads at once.
class Analyser {
public:
    virtual ~Analyser() = default;
    /// Never throws for what a file is (that is an AnalysisFailure); throws Error(cancelled) when cancelled.
    virtual std::variant<TrackAnalysis, AnalysisFailure> analyse(const std::filesystem::path& file,
                                                                 const CancelToken& cancel) = 0;
    /// CLAP alone, for a track that was analysed before CLAP was there; the same part of the file, and throws as
    /// analyse(). Only where there is a sound_model().
    virtual std::variant<SoundVector, AnalysisFailure> hear(const std::filesystem::path& file,
                                                            const CancelToken& cancel) = 0;
    virtual ModelTag model() const = 0;
    /// CLAP's, which listens beside the model; nothing where it is not installed.
    virtual std::optional<ModelTag> sound_model() const = 0;
    /// How many networks of the model's size run beside it (models::MoodNetworks::complete).
    virtual std::size_t networks_beside() const = 0;
    /// Names what turns files into samples; failures of another decoder are worth another try.
    virtual std::string decoder() const = 0;
};

/// `moods` may be null; what it has no network for comes from the formula of other_features.h. `clap` may be null; when
/// it fails on a track, the track is analysed without. `now`, where it is given, is asked before each file and replaces
/// `options`: what a running program is told may change.
std::unique_ptr<Analyser> create_analyser(std::shared_ptr<const models::EmbeddingModel> model,
                                          const AnalyserOptions& options = {},
                                          std::shared_ptr<const models::MoodNetworks> moods = nullptr,
                                          std::shared_ptr<const models::ClapAudio> clap = nullptr,
                                          std::function<AnalyserOptions()> now = nullptr);

}  // namespace audiomuse::analyse
