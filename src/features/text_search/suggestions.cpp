#include "audiomuse/features/text_search/suggestions.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/random.h"
#include "audiomuse/base/text.h"

namespace audiomuse::features {

namespace {

constexpr const char* kSavedName = "text_suggestions";
constexpr std::uint64_t kSeed = 20260101;
constexpr double kTryAgain = 300;  // seconds after a failure

/// The terms of the vocabulary whose words are all words of the text.
std::vector<std::string_view> terms_of(std::string_view text) {
    const std::vector<std::string> parts = split(text, ' ');
    const std::set<std::string> words(parts.begin(), parts.end());
    std::vector<std::string_view> found;
    for (const TermKind& kind : vocabulary()) {
        for (const std::string_view term : kind.terms) {
            const std::vector<std::string> needed = split(term, ' ');
            if (std::ranges::all_of(needed, [&](const std::string& word) { return words.contains(word); }))
                found.push_back(term);
        }
    }
    return found;
}

/// Whether what was made for a library of `before` tracks still says what it has with `now`.
bool is_about(std::int64_t before, std::size_t now) {
    const auto count = static_cast<std::int64_t>(now);
    return count <= 2 * before && before <= 2 * count;
}

}  // namespace

std::vector<std::string> make_descriptions(std::size_t count, std::uint64_t seed) {
    const std::span<const TermKind> kinds = vocabulary();
    Random random(seed);
    std::vector<std::string> made;
    std::set<std::string> known;
    // Of a small vocabulary the same come again and again; at some point there are no more.
    for (std::size_t attempt = 0; made.size() < count && attempt < 20 * count; ++attempt) {
        std::vector<std::size_t> order(kinds.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        random.shuffle(std::span(order));
        std::vector<std::string> terms;
        for (const std::size_t kind : std::span(order).first(3)) {
            const auto last = static_cast<std::int64_t>(kinds[kind].terms.size()) - 1;
            terms.emplace_back(kinds[kind].terms[static_cast<std::size_t>(random.integer(0, last))]);
        }
        std::string text = join(terms, " ");
        if (known.insert(text).second) made.push_back(std::move(text));
    }
    return made;
}

double score_description(const index::VectorIndex& sounds, std::span<const float> text) {
    double score = 0;
    for (const index::Neighbour& neighbour : sounds.search(text, kBestTracks))
        score += 1 - static_cast<double>(neighbour.distance);
    return score;
}

std::vector<std::string> choose_descriptions(std::vector<ScoredDescription> scored, std::size_t count) {
    std::ranges::stable_sort(scored, [](const auto& a, const auto& b) { return a.score > b.score; });
    std::vector<std::string> chosen;
    std::vector<bool> taken(scored.size());
    std::map<std::string_view, int> uses;
    struct Pass {
        std::size_t up_to;
        int most_uses;
    };
    constexpr int kAny = 1'000'000;
    for (const Pass pass : {Pass{count * 2 / 5, 1}, Pass{count * 4 / 5, 2}, Pass{count, kAny}}) {
        for (std::size_t i = 0; i < scored.size() && chosen.size() < pass.up_to; ++i) {
            if (taken[i]) continue;
            const std::vector<std::string_view> terms = terms_of(scored[i].text);
            if (!std::ranges::all_of(terms, [&](std::string_view term) { return uses[term] < pass.most_uses; }))
                continue;
            for (const std::string_view term : terms)
                ++uses[term];
            taken[i] = true;
            chosen.push_back(scored[i].text);
        }
    }
    return chosen;
}

Suggestions::Suggestions(store::Store& store, const index::LiveIndex& sounds, TextBranch& branch, std::size_t tried)
    : store_(store), sounds_(sounds), branch_(branch), tried_(tried) {}

Suggestions::~Suggestions() = default;

Suggestions::State Suggestions::get() {
    const auto sounds = sounds_.get();
    if (!sounds || sounds->size() == 0) return {};
    const auto saved = store_.index_blobs().info(kSavedName);
    const auto index = store_.index_blobs().info(store::kSoundIndex);
    const ModelTag model = index ? index->model : store_.sounds().dominant_model();
    const std::lock_guard lock(mutex_);
    const bool current = saved && saved->model == model && is_about(saved->count, sounds->size());
    if (current && version_ != saved->version) {
        const auto bytes = store::read_whole(store_.index_blobs(), kSavedName).value_or(std::vector<std::byte>());
        queries_ = split(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), '\n');
        version_ = saved->version;
    }
    const bool failed_just_now = failed_at_ > 0 && steady_now() - failed_at_ < kTryAgain;
    if (!current && !failed_just_now && !making_.exchange(true)) {
        maker_ = std::jthread([this, model](const std::stop_token& stop) { make(stop, model); });
    }
    // What was made for the library as it was is better than nothing.
    return {.queries = queries_, .ready = !queries_.empty()};
}

void Suggestions::make(const std::stop_token& stop, const ModelTag& model) {
    try {
        const auto sounds = sounds_.get();
        std::vector<ScoredDescription> scored;
        for (std::string& text : make_descriptions(tried_, kSeed)) {
            if (stop.stop_requested()) return;
            const Embedding vector = branch_.embed(text);
            if (vector.size() != sounds->dimension())
                throw Error(ErrorCode::model_failed, "texts and tracks have vectors of different lengths");
            scored.push_back({std::move(text), score_description(*sounds, vector)});
        }
        const std::string text = join(choose_descriptions(std::move(scored), kShown), "\n");
        store_.index_blobs().save(
            {.name = kSavedName, .model = model, .count = static_cast<std::int64_t>(sounds->size())},
            [&](const auto& sink) { sink(std::as_bytes(std::span(text))); });
    } catch (const std::exception& error) {
        log::warn("Suggestions for searches by text can't be made now: {}", error.what());
        const std::lock_guard lock(mutex_);
        failed_at_ = steady_now();
    }
    making_ = false;
}

}  // namespace audiomuse::features
