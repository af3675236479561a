#include "described.h"

#include <fmt/format.h>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/match.h"
#include "audiomuse/features/text_search/text_branch.h"
#include "words.h"

namespace audiomuse::api {

bool clap_enabled(const Backend& backend) {
    return backend.context.settings->clap_enabled;
}

std::shared_ptr<index::VectorIndex> heard_tracks(Backend& backend) {
    if (backend.context.sounds == nullptr) return nullptr;
    auto index = backend.context.sounds->get();
    return index && index->size() > 0 ? index : nullptr;
}

namespace {

features::TextMatches match_words(Backend& backend, std::string_view text, const features::ListFilter& filter,
                                  std::size_t limit) {
    const features::Request request = understand_words(backend, text);
    const auto index = backend.context.index.get();
    return features::match_text(backend.context.store, index.get(), request, filter, limit, unix_now());
}

std::string why_none(const features::TextMatches& matches) {
    if (!matches.tracks.empty()) return "";
    if (matches.not_understood.empty()) return "No good match: no track of the library fits.";
    return fmt::format("No good match. Not understood: {}.", join(matches.not_understood, ", "));
}

}  // namespace

FoundByText find_by_words(Backend& backend, std::string_view text, const features::ListFilter& filter,
                          std::size_t limit) {
    const features::TextMatches matches = match_words(backend, text, filter, limit);
    FoundByText found{
        .tracks = {}, .understood_by = "words", .not_understood = matches.not_understood, .message = why_none(matches)};
    for (const features::TextMatch& match : matches.tracks)
        found.tracks.emplace_back(match.id, match.score);
    return found;
}

std::optional<FoundByText> find_by_sound(Backend& backend, std::string_view text, const features::ListFilter& filter,
                                         std::size_t limit) {
    const auto index = heard_tracks(backend);
    if (!index || backend.context.texts == nullptr || !clap_enabled(backend)) return std::nullopt;
    Embedding vector;
    try {
        vector = backend.context.texts->embed(text);
    } catch (const Error& error) {
        log::debug("'{}' is looked for by words: {}", to_valid_utf8(text), error.what());
        return std::nullopt;
    }
    if (vector.size() != index->dimension()) return std::nullopt;
    FoundByText found{.tracks = {}, .understood_by = "sound"};
    const features::AllowedTracks allowed = backend.filters.allowed_tracks(backend.context.store, filter);
    for (const index::Neighbour& neighbour : features::nearest_allowed(*index, vector, limit, allowed))
        found.tracks.emplace_back(TrackId{neighbour.id}, 1 - static_cast<double>(neighbour.distance));
    if (found.tracks.empty()) found.message = "No good match: no track of the library fits.";
    return found;
}

}  // namespace audiomuse::api
