// The two branches of CLAP, for those who install them: sound and text as vectors of one space, so that a text finds
// the sound it describes (Wu et al., Large-scale contrastive language-audio pretraining, 2023).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "audiomuse/base/analysis.h"
#include "audiomuse/models/embedding_model.h"

namespace audiomuse::models {

/// Numbers of a vector of either branch.
inline constexpr std::size_t kClapDimension = 512;

/// AudioMuse-AI's DCLAP, a smaller network that imitates CLAP's. Threads: run() may be called from any number of
/// threads at once; each call uses one thread.
class ClapAudio {
public:
    static constexpr std::size_t kBands = 128;
    static constexpr std::size_t kFrames = 1001;

    virtual ~ClapAudio() = default;
    /// Named "dclap"; the version is taken from the files, so that vectors of different ones never meet.
    virtual ModelTag tag() const = 0;
    /// `decibels`: kBands x kFrames as dsp::ClapMelSegments gives them; `vector`: kClapDimension numbers, as the
    /// network gives them. Throws Error(model_failed), also for numbers that are not finite.
    virtual void run(std::span<const float> decibels, std::span<float> vector) const = 0;
};

/// CLAP's text branch with its vocabulary. Threads: as above.
class ClapText {
public:
    virtual ~ClapText() = default;
    /// kClapDimension numbers of length 1. Throws Error(model_failed).
    virtual Embedding embed(std::string_view text) const = 0;
};

/// Whether all files of a branch are there, without looking into them.
bool has_clap_audio(const ModelPlaces& places);
bool has_clap_text(const ModelPlaces& places);

/// Opens model_epoch_36.onnx with the .onnx.data beside it, or the file that `places` names. Takes some seconds and
/// 50 MB or so. Throws Error(model_missing) saying where it looked; Error(model_failed) for a file that is not this
/// network, such as CLAP's own audio branch (clap_audio_model.onnx), which takes another spectrogram.
std::shared_ptr<const ClapAudio> open_clap_audio(const ModelPlaces& places);

/// Opens clap_text_model.onnx, or the file that `places` names, with roberta-base's tokenizer.json, or vocab.json and
/// merges.txt, beside it. Takes some seconds and 500 MB, and twice that while it opens. Throws as above.
std::shared_ptr<const ClapText> open_clap_text(const ModelPlaces& places);

}  // namespace audiomuse::models
