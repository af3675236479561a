// Makes mood_weights.h, in two steps:
//
//   mood_weights listen MODELS FILE...         >> ROWS    what the mood networks in MODELS and the evidence say of
//   music mood_weights sounds MODELS SEED COUNT      >> ROWS    the same of plain sounds mood_weights fit "what the
//   corpus is"      <  ROWS    prints src/analyse/mood_weights.h
//
// MODELS holds MusiCNN's two files and the five mood networks. Of each file at most five patches are judged, spread
// over its first three minutes. Every row counts with MusiCNN's tags and with audiomuse-mini's, so that the weights
// serve both.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/models/mood_networks.h"
#include "mood_evidence.h"
#include "plain_sounds.h"

using namespace audiomuse;
using namespace audiomuse::analyse;

namespace {

constexpr std::size_t kFeatures = kJudgedFeatures.size();
constexpr std::size_t kMostPatches = 5;
// Of the ridge regression. Between 5 and 80 the agreement on music left out (warzone2100-music) changes by 0.07 at
// most.
constexpr double kRidge = 40;
// Log-odds beyond this (0.9999) are rounding of the networks.
constexpr double kMostLogOdds = 9.2;
// The log-odds of the corpus's music get this deviation, and this many deviations above their mean are 0: a third of
// music lies above one half.
constexpr double kDeviation = 2;
constexpr double kHalfAt = 0.4;

struct Row {
    bool music = false;
    std::array<double, kFeatures> log_odds{};
    std::array<std::vector<double>, 2> evidence;  ///< with MusiCNN's tags, with audiomuse-mini's
};

struct Networks {
    std::shared_ptr<const models::EmbeddingModel> musicnn;
    std::shared_ptr<const models::EmbeddingModel> mini;
    std::shared_ptr<const models::MoodNetworks> moods;
};

Networks open_networks(const char* folder) {
    const models::ModelPlaces places{folder, {}};
    Networks networks{models::open_model(models::ModelChoice::musicnn, places),
                      models::open_model(models::ModelChoice::mini, places), nullptr};
    networks.moods = models::open_mood_networks(networks.musicnn->tag(), places);
    if (!networks.moods) throw Error(ErrorCode::model_missing, fmt::format("No mood network in {}.", folder));
    return networks;
}

/// One line of ROWS; empty for what is too short or silent.
std::string row_of(const std::vector<float>& samples, const Networks& networks, std::string_view kind) {
    dsp::FeatureExtractor extractor;
    extractor.push(samples);
    const dsp::TrackFeatures features = extractor.finish();
    std::vector<std::vector<float>> patches;
    dsp::LogMelPatches cut([&](std::span<const float> patch) { patches.emplace_back(patch.begin(), patch.end()); });
    cut.push(samples);
    if (patches.empty() || features.silent) return {};

    const std::size_t step = std::max<std::size_t>(1, patches.size() / kMostPatches);
    std::array<double, kFeatures> judged{};
    std::array<std::vector<float>, 2> tags{std::vector<float>(kMoodNames.size()),
                                           std::vector<float>(kMoodNames.size())};
    std::vector<float> embedding(200);
    std::vector<float> patch_tags(kMoodNames.size());
    std::size_t count = 0;
    for (std::size_t p = step / 2; p < patches.size() && count < kMostPatches; p += step, ++count) {
        // MusiCNN last: its embedding is what heads take.
        for (const std::size_t m : {std::size_t{1}, std::size_t{0}}) {
            (m == 0 ? networks.musicnn : networks.mini)->run(patches[p], 1, embedding, patch_tags);
            std::transform(patch_tags.begin(), patch_tags.end(), tags[m].begin(), tags[m].begin(), std::plus<>());
        }
        const models::MoodSums sums = networks.moods->run(patches[p], embedding, 1);
        for (std::size_t i = 0; i < kFeatures; ++i)
            judged[i] += sums[kJudgedFeatures[i]].value();
    }
    std::string line(kind);
    for (const double sum : judged) {
        const double p = std::clamp(sum / static_cast<double>(count), 1e-4, 1 - 1e-4);
        line += fmt::format("\t{:.6g}", std::log(p / (1 - p)));
    }
    for (std::vector<float>& of_model : tags) {
        for (float& tag : of_model)
            tag /= static_cast<float>(count);
        for (const double value : mood_evidence(features, of_model))
            line += fmt::format("\t{:.6g}", value);
    }
    return line;
}

int listen(int argc, char** argv, const Networks& networks) {
    std::mutex mutex;
    parallel_for(static_cast<std::size_t>(argc - 3), allowed_cores(), [&](std::size_t i) {
        try {
            std::vector<float> samples;
            decode::decode_file(argv[i + 3], {.max_seconds = 180}, [&](std::span<const float> block) {
                samples.insert(samples.end(), block.begin(), block.end());
            });
            const std::string line = row_of(samples, networks, "music");
            const std::lock_guard lock(mutex);
            if (!line.empty()) fmt::print("{}\n", line);
        } catch (const Error& error) {
            fmt::print(stderr, "left out: {}\n", error.what());
        }
    });
    return 0;
}

int sounds(char** argv, const Networks& networks) {
    std::mutex mutex;
    parallel_for(std::stoul(argv[4]), allowed_cores(), [&](std::size_t i) {
        const std::string line = row_of(plain_sound(i, std::stoul(argv[3])), networks, "sound");
        const std::lock_guard lock(mutex);
        if (!line.empty()) fmt::print("{}\n", line);
    });
    return 0;
}

std::vector<Row> read_rows() {
    std::vector<Row> rows;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        Row& row = rows.emplace_back();
        std::string kind;
        words >> kind;
        row.music = kind == "music";
        for (double& value : row.log_odds) {
            words >> value;
            value = std::clamp(value, -kMostLogOdds, kMostLogOdds);
        }
        for (auto& evidence : row.evidence) {
            evidence.resize(kSignalEvidence + kTagEvidence);
            for (double& value : evidence)
                words >> value;
        }
        if (!words) throw Error(ErrorCode::invalid_argument, "A row is not one of this program's.");
    }
    return rows;
}

struct Fit {
    std::vector<double> weights;
    double constant = 0;
    double operator()(const std::vector<double>& evidence) const {
        double sum = constant;
        for (std::size_t i = 0; i < weights.size(); ++i)
            sum += weights[i] * evidence[i];
        return sum;
    }
};

double held_to(Sign sign, double weight) {
    switch (sign) {
        case Sign::more:
            return std::max(weight, 0.0);
        case Sign::less:
            return std::min(weight, 0.0);
        case Sign::own:
            return std::max(weight, kOwnWeight);
        case Sign::any:
            break;
    }
    return weight;
}

/// Ridge regression with signs, by coordinate descent on the centred normal equations; the problem is convex.
Fit fit(const std::vector<Row>& rows, std::size_t feature, std::size_t count) {
    std::vector<double> mean(count);
    double mean_target = 0;
    const double n = 2 * static_cast<double>(rows.size());
    for (const Row& row : rows) {
        for (const auto& x : row.evidence) {
            for (std::size_t j = 0; j < count; ++j)
                mean[j] += x[j] / n;
            mean_target += row.log_odds[feature] / n;
        }
    }
    std::vector<std::vector<double>> products(count, std::vector<double>(count));
    std::vector<double> target(count);
    for (const Row& row : rows) {
        for (const auto& x : row.evidence) {
            for (std::size_t i = 0; i < count; ++i) {
                target[i] += (x[i] - mean[i]) * (row.log_odds[feature] - mean_target);
                for (std::size_t j = 0; j < count; ++j)
                    products[i][j] += (x[i] - mean[i]) * (x[j] - mean[j]);
            }
        }
    }
    Fit result{std::vector<double>(count), mean_target};
    for (int round = 0; round < 2000; ++round) {
        for (std::size_t i = 0; i < count; ++i) {
            double rest = target[i];
            for (std::size_t j = 0; j < count; ++j)
                rest -= j == i ? 0 : products[i][j] * result.weights[j];
            result.weights[i] = held_to(evidence_list()[i].signs[feature], rest / (products[i][i] + kRidge));
        }
    }
    for (std::size_t j = 0; j < count; ++j)
        result.constant -= result.weights[j] * mean[j];
    return result;
}

/// Stretches the log-odds so that playlists can be named by thresholds: the networks' own are crowded at one end.
void spread(Fit& fitted, const std::vector<Row>& rows) {
    double sum = 0;
    double squares = 0;
    double count = 0;
    for (const Row& row : rows) {
        if (!row.music) continue;
        for (const auto& x : row.evidence) {
            const double value = fitted(x);
            sum += value;
            squares += value * value;
            ++count;
        }
    }
    const double mean = sum / count;
    const double deviation = std::sqrt(squares / count - mean * mean);
    for (double& weight : fitted.weights)
        weight *= kDeviation / deviation;
    fitted.constant = kDeviation * ((fitted.constant - mean) / deviation - kHalfAt);
}

void print_table(std::string_view name, std::string_view size, std::size_t count, const std::vector<Row>& rows) {
    fmt::print("\ninline constexpr std::array<FeatureWeights<{}>, kJudgedFeatures.size()> {} = {{{{\n    //", size,
               name);
    for (std::size_t i = 0; i < count; ++i)
        fmt::print(" {}{}", evidence_list()[i].name, i + 1 < count ? "," : "\n");
    for (std::size_t feature = 0; feature < kFeatures; ++feature) {
        Fit fitted = fit(rows, feature, count);
        spread(fitted, rows);
        fmt::print("    // {}\n    {{{{", kOtherFeatureNames[kJudgedFeatures[feature]]);
        for (std::size_t i = 0; i < count; ++i)
            fmt::print("{:.3f}{}", fitted.weights[i] + 0.0, i + 1 < count ? ", " : "");
        fmt::print("}}, {:.3f}}},\n", fitted.constant);
    }
    fmt::print("}}}};\n");
}

int print_weights(std::span<char*> corpus) {
    const std::vector<Row> rows = read_rows();
    const auto music = std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.music; });
    fmt::print("// Made by tools/mood_weights.cpp. Do not edit.\n// Fitted to {} tracks and {} plain sounds:\n", music,
               static_cast<std::ptrdiff_t>(rows.size()) - music);
    for (const char* line : corpus)
        fmt::print("// {}\n", line);
    fmt::print(
        "#pragma once\n\n"
        "// clang-format off\n"
        "#include \"mood_evidence.h\"\n\n"
        "namespace audiomuse::analyse {{\n\n"
        "template <std::size_t N>\n"
        "struct FeatureWeights {{\n"
        "    std::array<double, N> weights;\n"
        "    double constant;\n"
        "}};\n");
    print_table("kWeights", "kSignalEvidence + kTagEvidence", kSignalEvidence + kTagEvidence, rows);
    print_table("kSignalWeights", "kSignalEvidence", kSignalEvidence, rows);
    fmt::print("\n}}  // namespace audiomuse::analyse\n");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string step = argc > 1 ? argv[1] : "";
    try {
        if (step == "listen" && argc > 3) return listen(argc, argv, open_networks(argv[2]));
        if (step == "sounds" && argc == 5) return sounds(argv, open_networks(argv[2]));
        if (step == "fit" && argc > 2) return print_weights({argv + 2, static_cast<std::size_t>(argc - 2)});
    } catch (const Error& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    fmt::print(stderr, "usage: mood_weights listen MODELS FILE... | sounds MODELS SEED COUNT | fit CORPUS... < ROWS\n");
    return 2;
}
