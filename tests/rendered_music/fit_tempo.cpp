// Fits the weights in src/dsp/tempo.cpp to rendered pieces: fit_tempo [SEED [PIECES]], by default 1001 and 600. Prints
// them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "filter_banks.h"
#include "framer.h"
#include "piece.h"
#include "power_spectrum.h"
#include "tempo.h"

namespace {

using namespace audiomuse;
using Weights = std::array<double, dsp::kBeatEvidence>;

struct Example {
    std::vector<dsp::TempoCandidate> candidates;
    std::vector<bool> right;
};

Example example_of(const rendered::Piece& piece) {
    constexpr std::size_t kFrame = 2048;
    dsp::Framer framer(kFrame, 512);
    dsp::PowerSpectrum spectrum(kFrame);
    const dsp::MelFilterBank bank({rendered::kRate, kFrame, 128, 0, rendered::kRate / 2.0});
    std::vector<float> mel(bank.bands());
    dsp::OnsetBands onsets;
    const auto listen = [&](const std::vector<float>& samples) {
        framer.push(samples, [&](std::span<const float> frame) {
            bank.apply(spectrum(frame), mel);
            for (float& value : mel)
                value = 10 * std::log10(std::max(1e-10F, value));
            onsets.add(mel);
        });
    };
    listen(std::vector<float>(kFrame / 2));
    listen(piece.samples);
    listen(std::vector<float>(kFrame / 2));
    Example example{dsp::tempo_candidates(onsets.frames()), {}};
    for (const dsp::TempoCandidate& candidate : example.candidates)
        example.right.push_back(std::abs(candidate.bpm / piece.bpm - 1) < 0.04);
    return example;
}

/// Adds the gradient of the logarithm of the probability that the model gives to the right candidates.
void add_gradient(const Example& example, const Weights& weights, Weights& gradient) {
    std::vector<double> likelihood;
    double total = 0;
    double right = 0;
    for (std::size_t i = 0; i < example.candidates.size(); ++i) {
        const auto& evidence = example.candidates[i].evidence;
        likelihood.push_back(std::exp(std::inner_product(weights.begin(), weights.end(), evidence.begin(), 0.0)));
        total += likelihood.back();
        if (example.right[i]) right += likelihood.back();
    }
    if (right == 0) return;
    for (std::size_t i = 0; i < example.candidates.size(); ++i) {
        const double pull = (example.right[i] ? likelihood[i] / right : 0) - likelihood[i] / total;
        for (std::size_t e = 0; e < weights.size(); ++e)
            gradient[e] += pull * example.candidates[i].evidence[e];
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::uint64_t seed = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1001;
    const std::size_t pieces = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 600;
    std::vector<Example> examples;
    for (std::size_t i = 0; i < pieces; ++i)
        examples.push_back(example_of(rendered::render_piece(seed, i)));

    // Gradient ascent with momentum on the mean log likelihood, less a small penalty for large weights.
    constexpr double kPenalty = 0.003;
    constexpr double kStep = 0.3;
    constexpr double kMomentum = 0.95;
    Weights weights{};
    Weights velocity{};
    for (int round = 0; round < 3000; ++round) {
        Weights gradient{};
        for (const Example& example : examples)
            add_gradient(example, weights, gradient);
        for (std::size_t e = 0; e < weights.size(); ++e) {
            const double slope = gradient[e] / static_cast<double>(examples.size()) - kPenalty * weights[e];
            velocity[e] = kMomentum * velocity[e] + kStep * slope;
            weights[e] += velocity[e];
        }
    }
    for (const double weight : weights)
        fmt::print("{:.2f} ", weight);
    fmt::print("\n");
}
