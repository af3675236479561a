// What to search for: descriptions that the library has much of.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/features/text_search/text_branch.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// A kind of words that describe music; at most one of each kind is in a suggestion.
struct TermKind {
    std::string_view name;
    std::span<const std::string_view> terms;  ///< lower case
};
std::span<const TermKind> vocabulary();

/// `count` different descriptions of three terms of different kinds each, by `seed`; fewer where there are no more.
std::vector<std::string> make_descriptions(std::size_t count, std::uint64_t seed);

/// The sum of the `kBestTracks` highest cosines of the library: high where many tracks fit.
inline constexpr std::size_t kBestTracks = 50;
double score_description(const index::VectorIndex& sounds, std::span<const float> text);

struct ScoredDescription {
    std::string text;
    double score = 0;
};
/// The `count` of the highest score that are not all about the same: the first 40 % without a term that occurs twice,
/// up to 80 % with none that occurs more than twice, then the best of the rest (the passes of AudioMuse-AI).
std::vector<std::string> choose_descriptions(std::vector<ScoredDescription> scored, std::size_t count);

/// Suggestions for a library, made by a thread of its own when they are first asked for, and kept in the store, where
/// other processes find them. Made anew once the library has another CLAP, or half or twice as many tracks.
/// Thread-safe.
class Suggestions {
public:
    /// `tried`: descriptions that are compared with the library, each of which costs a run of the text branch.
    Suggestions(store::Store& store, const index::LiveIndex& sounds, TextBranch& branch, std::size_t tried = 200);
    ~Suggestions();

    static constexpr std::size_t kShown = 50;
    struct State {
        std::vector<std::string> queries;
        bool ready = false;
    };
    /// What there is now; starts to make them where they are missing or old.
    State get();

private:
    void make(const std::stop_token& stop, const ModelTag& model);

    store::Store& store_;
    const index::LiveIndex& sounds_;
    TextBranch& branch_;
    const std::size_t tried_;
    std::mutex mutex_;          // guards what follows
    std::int64_t version_ = 0;  ///< of the saved ones in queries_
    std::vector<std::string> queries_;
    double failed_at_ = 0;  ///< steady_now(); 0: it did not fail
    std::atomic<bool> making_{false};
    std::jthread maker_;  // ends first
};

}  // namespace audiomuse::features
