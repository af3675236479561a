// Tempo and key of 240 rendered pieces. The constants of the estimators were chosen on other seeds: see fit_tempo.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "audiomuse/dsp/track_features.h"
#include "piece.h"

namespace audiomuse::rendered {
namespace {

constexpr std::uint64_t kSeed = 3003;
constexpr std::size_t kPieces = 240;

bool within(double heard, double true_bpm, double tolerance) {
    return std::abs(heard / true_bpm - 1) <= tolerance;
}

/// Right but for a factor of 2, 3, 1/2 or 1/3.
bool within_octaves(double heard, double true_bpm) {
    constexpr std::array kFactors = {1.0, 2.0, 3.0, 1.0 / 2, 1.0 / 3};
    return std::any_of(kFactors.begin(), kFactors.end(),
                       [&](double factor) { return within(heard, factor * true_bpm, 0.04); });
}

/// MIREX's audio key detection: 1 for the key, 0.5 a fifth away, 0.3 for the relative, 0.2 for the parallel key.
double key_score(int key, Scale scale, const Piece& piece) {
    const int distance = (key - piece.tonic + 12) % 12;
    if (scale == piece.scale) return distance == 0 ? 1 : (distance == 7 || distance == 5 ? 0.5 : 0);
    if (distance == 0) return 0.2;
    return distance == (piece.scale == Scale::major ? 9 : 3) ? 0.3 : 0;
}

/// The way it was done before: Krumhansl and Kessler's profiles on librosa's mean chroma.
double old_key_score(const std::array<float, 12>& chroma, const Piece& piece) {
    constexpr std::array<std::array<double, 12>, 2> kProfiles = {
        {{6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88},
         {6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17}}};
    double best = -1e9;
    double score = 0;
    for (const Scale scale : {Scale::major, Scale::minor}) {
        const auto& profile = kProfiles[scale == Scale::major ? 0 : 1];
        const double mean = std::accumulate(profile.begin(), profile.end(), 0.0) / 12;
        double squares = 0;
        for (const double value : profile)
            squares += (value - mean) * (value - mean);
        for (int key = 0; key < 12; ++key) {
            double product = 0;
            for (std::size_t c = 0; c < 12; ++c)
                product += (profile[c] - mean) * static_cast<double>(chroma[(c + static_cast<std::size_t>(key)) % 12]);
            product /= std::sqrt(squares);
            if (product > best) {
                best = product;
                score = key_score(key, scale, piece);
            }
        }
    }
    return score;
}

struct Outcome {
    Piece piece;  // without its samples
    dsp::TrackFeatures heard;
    bool right = false;
    bool right_octaves = false;
    double key = 0;
    double old_key = 0;
};

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class RenderedMusic : public testing::Test {
protected:
    static void SetUpTestSuite() {
        double minutes = 0;
        const double start = thread_seconds();
        double listening = 0;
        for (std::size_t i = 0; i < kPieces; ++i) {
            Outcome outcome{.piece = render_piece(kSeed, i), .heard = {}};
            const double begun = thread_seconds();
            dsp::FeatureExtractor extractor;
            extractor.push(outcome.piece.samples);
            outcome.heard = extractor.finish();
            listening += thread_seconds() - begun;
            minutes += static_cast<double>(outcome.piece.samples.size()) / kRate / 60;
            outcome.piece.samples = {};
            outcome.right = within(outcome.heard.tempo_bpm, outcome.piece.bpm, 0.04);
            outcome.right_octaves = within_octaves(outcome.heard.tempo_bpm, outcome.piece.bpm);
            outcome.key = key_score(outcome.heard.key, outcome.heard.scale, outcome.piece);
            outcome.old_key = old_key_score(outcome.heard.chroma, outcome.piece);
            outcomes.push_back(std::move(outcome));
        }
        fmt::print("{} pieces, {:.0f} minutes: rendered in {:.1f} s, analysed in {:.1f} s of one core\n", kPieces,
                   minutes, thread_seconds() - start - listening, listening);
    }
    static void TearDownTestSuite() { outcomes.clear(); }

    template <class Value>
    static double mean(const Value& value) {
        double sum = 0;
        for (const Outcome& outcome : outcomes)
            sum += static_cast<double>(value(outcome));
        return sum / static_cast<double>(outcomes.size());
    }
    static std::vector<Outcome> outcomes;
};

std::vector<Outcome> RenderedMusic::outcomes;

TEST_F(RenderedMusic, IsVaried) {
    std::map<std::string, int> grooves;
    std::map<std::string, int> progressions;
    std::map<std::pair<int, Scale>, int> keys;
    for (const Outcome& outcome : outcomes) {
        ++grooves[outcome.piece.groove];
        ++progressions[outcome.piece.progression];
        ++keys[{outcome.piece.tonic, outcome.piece.scale}];
        EXPECT_GT(outcome.piece.bpm, 48);
        EXPECT_LT(outcome.piece.bpm, 195);
    }
    EXPECT_EQ(keys.size(), 24U);
    EXPECT_GE(grooves.size(), 30U);
    EXPECT_GE(progressions.size(), 30U);
    const Piece again = render_piece(kSeed, 7);
    EXPECT_EQ(again.samples, render_piece(kSeed, 7).samples);
    EXPECT_EQ(again.bpm, outcomes[7].piece.bpm);
}

TEST_F(RenderedMusic, TempoIsHeard) {
    struct Group {
        const char* name;
        bool (*holds)(const Piece&);
    };
    constexpr std::array kGroups = {
        Group{"all", [](const Piece&) { return true; }},
        Group{"drums", [](const Piece& piece) { return piece.drumming == Drumming::full; }},
        Group{"soft drums", [](const Piece& piece) { return piece.drumming == Drumming::soft; }},
        Group{"no drums", [](const Piece& piece) { return piece.drumming == Drumming::none; }},
        Group{"triple time", [](const Piece& piece) { return piece.beats_per_bar == 3; }},
        Group{"swing", [](const Piece& piece) { return piece.swing; }},
        Group{"below 80 BPM", [](const Piece& piece) { return piece.bpm < 80; }},
        Group{"80 to 140 BPM", [](const Piece& piece) { return piece.bpm >= 80 && piece.bpm <= 140; }},
        Group{"above 140 BPM", [](const Piece& piece) { return piece.bpm > 140; }},
    };
    fmt::print("{:14} {:>6}   within 4 %, with octaves; librosa {:>9}\n", "tempo", "pieces", "");
    for (const Group& group : kGroups) {
        std::array<int, 5> count{};
        for (const Outcome& outcome : outcomes) {
            if (!group.holds(outcome.piece)) continue;
            const double librosa = outcome.heard.tempo_librosa;
            ++count[0];
            count[1] += outcome.right ? 1 : 0;
            count[2] += outcome.right_octaves ? 1 : 0;
            count[3] += within(librosa, outcome.piece.bpm, 0.04) ? 1 : 0;
            count[4] += within_octaves(librosa, outcome.piece.bpm) ? 1 : 0;
        }
        const auto share = [&](std::size_t i) { return static_cast<double>(count[i]) / std::max(count[0], 1); };
        fmt::print("{:14} {:6} {:12.3f} {:13.3f} {:9.3f} {:7.3f}\n", group.name, count[0], share(1), share(2), share(3),
                   share(4));
    }
    std::map<std::string, std::array<int, 2>> grooves;
    for (const Outcome& outcome : outcomes) {
        ++grooves[outcome.piece.groove][0];
        grooves[outcome.piece.groove][1] += outcome.right ? 1 : 0;
    }
    for (const auto& [name, count] : grooves) {
        if (count[1] < count[0]) fmt::print("  {}: {} of {}\n", name, count[1], count[0]);
    }
    EXPECT_GE(mean([](const Outcome& outcome) { return outcome.right; }), 0.85);
    EXPECT_GE(mean([](const Outcome& outcome) { return outcome.right_octaves; }), 0.95);
    // Of those that are right within 4 %, nearly all are so within 1 %.
    const double close =
        mean([](const Outcome& outcome) { return within(outcome.heard.tempo_bpm, outcome.piece.bpm, 0.01); });
    fmt::print("within 1 %: {:.3f}\n", close);
    EXPECT_GE(close, 0.82);
}

TEST_F(RenderedMusic, KeyIsHeard) {
    for (const Scale scale : {Scale::major, Scale::minor}) {
        std::array<double, 3> sums{};
        for (const Outcome& outcome : outcomes) {
            if (outcome.piece.scale != scale) continue;
            sums[0] += 1;
            sums[1] += outcome.key;
            sums[2] += outcome.old_key;
        }
        fmt::print("key, {}: weighted score {:.3f}, before {:.3f}\n", scale_name(scale), sums[1] / sums[0],
                   sums[2] / sums[0]);
    }
    const double score = mean([](const Outcome& outcome) { return outcome.key; });
    const double before = mean([](const Outcome& outcome) { return outcome.old_key; });
    fmt::print("key: weighted score {:.3f}, exact {:.3f}; before {:.3f}, {:.3f}\n", score,
               mean([](const Outcome& outcome) { return outcome.key == 1; }), before,
               mean([](const Outcome& outcome) { return outcome.old_key == 1; }));
    EXPECT_GE(score, 0.8);
    EXPECT_GT(score, before);
}

/// Shares of right answers in the quarters by confidence, least sure first.
template <class Confidence, class Right>
std::array<double, 4> quarters(std::vector<Outcome>& outcomes, const char* name, const Confidence& confidence,
                               const Right& right) {
    std::sort(outcomes.begin(), outcomes.end(),
              [&](const Outcome& a, const Outcome& b) { return confidence(a) < confidence(b); });
    std::array<double, 4> shares{};
    for (std::size_t q = 0; q < 4; ++q) {
        const std::size_t from = outcomes.size() * q / 4;
        const std::size_t to = outcomes.size() * (q + 1) / 4;
        double sure = 0;
        for (std::size_t i = from; i < to; ++i) {
            shares[q] += (right(outcomes[i]) ? 1.0 : 0.0) / static_cast<double>(to - from);
            sure += confidence(outcomes[i]) / static_cast<double>(to - from);
        }
        fmt::print("{} confidence {:.2f}: right {:.2f}\n", name, sure, shares[q]);
    }
    return shares;
}

TEST_F(RenderedMusic, ConfidenceTellsRightFromWrong) {
    std::vector<Outcome> sorted = outcomes;
    const auto tempo = quarters(
        sorted, "tempo", [](const Outcome& o) { return o.heard.tempo_confidence; },
        [](const Outcome& o) { return o.right; });
    EXPECT_GT((tempo[2] + tempo[3]) / 2, (tempo[0] + tempo[1]) / 2 + 0.08);
    EXPECT_GE(tempo[3], 0.95);
    const auto key = quarters(
        sorted, "key", [](const Outcome& o) { return o.heard.key_confidence; },
        [](const Outcome& o) { return o.key == 1; });
    EXPECT_GT((key[2] + key[3]) / 2, (key[0] + key[1]) / 2 + 0.15);
    EXPECT_GE(key[3], 0.9);
    for (const Outcome& outcome : sorted) {
        EXPECT_GE(outcome.heard.tempo_confidence, 0);
        EXPECT_LE(outcome.heard.tempo_confidence, 1);
        EXPECT_GE(outcome.heard.key_confidence, 0);
        EXPECT_LE(outcome.heard.key_confidence, 1);
    }
}

}  // namespace
}  // namespace audiomuse::rendered
