// What an analysis costs beside decoding and inference: CPU time per minute of audio of each alone and of the whole.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <variant>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/dsp/track_features.h"
#include "support.h"
#include "support/temp_folder.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;

constexpr double kSeconds = 240;
constexpr int kRounds = 7;
constexpr std::size_t kPatchValues = dsp::LogMelPatches::kFrames * dsp::LogMelPatches::kBands;
constexpr std::array kContainers = {"mp3", "flac", "ogg", "opus", "m4a"};

using Model = std::shared_ptr<const models::EmbeddingModel>;

template <class Work>
double cost_of(const Work& work) {
    const double start = bench::thread_seconds();
    work();
    return bench::thread_seconds() - start;
}

double decode_only(const fs::path& file) {
    return cost_of([&] { decode::decode_file(file, {}, [](std::span<const float>) {}); });
}

double features_only(std::span<const float> samples, std::size_t block) {
    return cost_of([&] {
        dsp::FeatureExtractor extractor;
        dsp::LogMelPatches patches([](std::span<const float>) {});
        for (std::size_t at = 0; at < samples.size(); at += block) {
            const auto part = samples.subspan(at, std::min(block, samples.size() - at));
            extractor.push(part);
            patches.push(part);
        }
        extractor.finish();
    });
}

double inference_only(const models::EmbeddingModel& model, std::span<const float> patches, std::size_t count) {
    std::vector<float> embeddings(model.batch() * model.dimension());
    std::vector<float> tags(model.batch() * kMoodNames.size());
    return cost_of([&] {
        for (std::size_t done = 0; done < count; done += model.batch()) {
            const std::size_t n = std::min(model.batch(), count - done);
            model.run(patches.first(n * kPatchValues), n, std::span(embeddings).first(n * model.dimension()),
                      std::span(tags).first(n * kMoodNames.size()));
        }
    });
}

double whole(analyse::Analyser& analyser, const fs::path& file) {
    return cost_of([&] {
        const auto result = analyser.analyse(file, {});
        if (const auto* failure = std::get_if<AnalysisFailure>(&result)) throw Error(failure->code, failure->message);
    });
}

struct Costs {
    std::vector<double> decode;
    std::vector<double> features;
    std::vector<double> inference_mini;
    std::vector<double> whole_mini;
    std::vector<double> inference_musicnn;
    std::vector<double> whole_musicnn;
    /// Ratios of one round, taken side by side, so that a machine that slows down takes both terms with it.
    std::vector<double> mini_ratio;
    std::vector<double> musicnn_ratio;
};

void run() {
    const testing_support::TempFolder folder;
    const Model mini = bench::open_mini();
    const Model musicnn = bench::open_musicnn();
    const auto mini_analyser = analyse::create_analyser(mini);
    const auto musicnn_analyser = musicnn ? analyse::create_analyser(musicnn) : nullptr;
    const std::vector<float> patches = bench::music_patches(std::max(mini->batch(), musicnn ? musicnn->batch() : 1));

    std::vector<float> samples;
    for (const char* container : kContainers)
        bench::write_music(folder.path() / container, container, kSeconds);
    decode::decode_file(folder.path() / kContainers[0], {}, [&](std::span<const float> block) {
        samples.insert(samples.end(), block.begin(), block.end());
    });
    const std::size_t count = (samples.size() - 256) / 256 / dsp::LogMelPatches::kFrames;

    std::map<std::string, Costs> all;
    for (int round = 0; round < kRounds; ++round) {
        for (const char* container : kContainers) {
            const fs::path file = folder.path() / container;
            Costs& costs = all[container];
            costs.features.push_back(features_only(samples, 4096));
            costs.decode.push_back(decode_only(file));
            costs.whole_mini.push_back(whole(*mini_analyser, file));
            costs.inference_mini.push_back(inference_only(*mini, patches, count));
            costs.mini_ratio.push_back(costs.whole_mini.back() / costs.decode.back());
            if (!musicnn) continue;
            costs.inference_musicnn.push_back(inference_only(*musicnn, patches, count));
            costs.whole_musicnn.push_back(whole(*musicnn_analyser, file));
            costs.musicnn_ratio.push_back(costs.whole_musicnn.back() /
                                          (costs.decode.back() + costs.inference_musicnn.back()));
        }
    }

    const auto per_minute = [](const std::vector<double>& costs) { return 1e3 * bench::median(costs) * 60 / kSeconds; };
    fmt::print("CPU time in ms per minute of audio, medians of {} rounds; {:.0f} s of music, {} patches\n", kRounds,
               kSeconds, count);
    fmt::print("{:>6} {:>8} {:>9} | {:>10} {:>8} {:>8} | {:>10} {:>8} {:>17}\n", "", "decode", "features", "mini alone",
               "whole", "/decode", "MusiCNN", "whole", "/(decode+MusiCNN)");
    std::vector<double> features;
    for (const char* container : kContainers) {
        const Costs& costs = all[container];
        fmt::print("{:>6} {:>8.1f} {:>9.1f} | {:>10.1f} {:>8.1f} {:>8.2f} | {:>10.1f} {:>8.1f} {:>17.3f}\n", container,
                   per_minute(costs.decode), per_minute(costs.features), per_minute(costs.inference_mini),
                   per_minute(costs.whole_mini), bench::median(costs.mini_ratio), per_minute(costs.inference_musicnn),
                   per_minute(costs.whole_musicnn), bench::median(costs.musicnn_ratio));
        features.insert(features.end(), costs.features.begin(), costs.features.end());
    }
    fmt::print("goals: features <= 40 (here {:.1f}), whole/decode <= 1.6, whole/(decode+MusiCNN) <= 1.15\n",
               per_minute(features));
}

}  // namespace
}  // namespace audiomuse

int main() {
    try {
        audiomuse::run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
