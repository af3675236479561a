// The onset envelope step by step, from the private parts of dsp: the features keep only its statistics.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include "audiomuse/decode/decoder.h"
#include "filter_banks.h"
#include "framer.h"
#include "power_spectrum.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t kBands = 128;
using Frame = std::array<float, kBands>;

/// Decibels per frame, no less than 80 below the loudest: power_to_db of the centred mel spectrogram.
std::vector<Frame> mel_decibels(const fs::path& file) {
    const dsp::MelFilterBank bank({16000, 2048, kBands, 0, 8000});
    dsp::PowerSpectrum spectrum(2048);
    dsp::Framer framer(2048, 512);
    std::vector<Frame> frames;
    const auto add = [&](std::span<const float> frame) {
        Frame& mel = frames.emplace_back();
        bank.apply(spectrum(frame), mel);
        for (float& value : mel)
            value = 10 * std::log10(std::max(1e-10F, value));
    };
    const std::vector<float> margin(1024);
    framer.push(margin, add);
    decode::decode_file(file, {.max_seconds = 0}, [&](std::span<const float> block) { framer.push(block, add); });
    framer.push(margin, add);
    float loudest = -1000;
    for (const Frame& frame : frames)
        loudest = std::max(loudest, *std::max_element(frame.begin(), frame.end()));
    for (Frame& frame : frames) {
        for (float& value : frame)
            value = std::max(value, loudest - 80);
    }
    return frames;
}

struct Envelopes {
    std::vector<double> mean;
    std::vector<double> median;
};

/// Rise since the frame before, over the bands; shifted by the frame's half length and the lag, as librosa does.
Envelopes onset_envelopes(const std::vector<Frame>& frames) {
    Envelopes envelopes{std::vector<double>(frames.size()), std::vector<double>(frames.size())};
    constexpr std::size_t kDelay = 1 + 2048 / (2 * 512);
    for (std::size_t t = kDelay; t < frames.size(); ++t) {
        Frame rise{};
        for (std::size_t b = 0; b < kBands; ++b)
            rise[b] = std::max(0.0F, frames[t - kDelay + 1][b] - frames[t - kDelay][b]);
        envelopes.mean[t] = std::accumulate(rise.begin(), rise.end(), 0.0) / kBands;
        std::sort(rise.begin(), rise.end());
        envelopes.median[t] = static_cast<double>(rise[kBands / 2 - 1] + rise[kBands / 2]) / 2;
    }
    return envelopes;
}

TEST(OnsetParity, EnvelopesAgreeWithLibrosa) {
    const fs::path shared = AUDIOMUSE_SHARED_DIR;
    if (!fs::exists(shared / "goldens")) GTEST_SKIP() << "no reference values at " << shared;
    std::ifstream in(shared / "goldens" / "dsp" / "onset_tempo.json", std::ios::binary);
    const json::value golden = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
    constexpr double kTolerance = 2e-4;  // decibels; near silence single precision knows them no better
    for (const auto& [name, values] : golden.at("files").as_object()) {
        const Envelopes envelopes = onset_envelopes(mel_decibels(shared / "audio" / std::string(name)));
        const auto median = json::value_to<std::vector<double>>(values.at("onset_env_median"));
        const auto mean = json::value_to<std::vector<double>>(values.at("onset_env_mean_agg_first200"));
        ASSERT_EQ(envelopes.median.size(), median.size()) << name;
        double worst = 0;
        for (std::size_t t = 0; t < median.size(); ++t)
            worst = std::max(worst, std::abs(envelopes.median[t] - median[t]));
        for (std::size_t t = 0; t < mean.size(); ++t)
            worst = std::max(worst, std::abs(envelopes.mean[t] - mean[t]));
        EXPECT_LE(worst, kTolerance) << name;
        fmt::print("onset envelopes worst {:5.1f} % of the tolerance, {}\n", 100 * worst / kTolerance,
                   std::string(name));
    }
}

}  // namespace
}  // namespace audiomuse
