#include "audiomuse/features/alchemy/radio.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/base/error.h"

namespace audiomuse::features {

bool plays_what_is_liked(const std::string& recipe) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(recipe, error);
    const boost::json::value* type = !error && value.is_object() ? value.get_object().if_contains("type") : nullptr;
    return type != nullptr && type->is_string() && type->get_string() == "fingerprint";
}

std::string adding_recipe(std::string_view text) {
    const std::vector<RecipeItem> items = parse_recipe(text);
    if (std::ranges::all_of(items, &RecipeItem::subtract)) {
        throw Error(ErrorCode::invalid_argument, "'items' must name at least one thing to add.");
    }
    return recipe_text(items);
}

Mixture mixture_of(const RecipeSources& sources, const store::Radio& radio) {
    if (radio.anchor) {
        const RecipeItem anchor{.type = ItemType::anchor, .id = fmt::format("{}", radio.anchor.value)};
        Mixture mixture = mix(sources, std::span(&anchor, 1));
        if (mixture.add().empty()) {
            throw Error(ErrorCode::not_found, fmt::format("The anchor of the radio \"{}\" is gone.", radio.name));
        }
        return mixture;
    }
    if (!plays_what_is_liked(radio.recipe)) return mix(sources, parse_recipe(radio.recipe));
    ItemPoints liked{.item = {}, .name = "fingerprint"};
    if (sources.taste) liked.points = sources.taste();
    return {.items = {std::move(liked)}};
}

Refreshed refresh_radio(store::Store& store, const index::VectorIndex& index, const store::Radio& radio,
                        const Mixture& mixture, ListFilter filter, const BlendCaches& caches) {
    const std::vector<store::Issue> issues =
        radio.playlist ? store.radios().issues(radio.playlist) : std::vector<store::Issue>();
    filter.seed += issues.empty() ? 0 : static_cast<std::uint64_t>(issues.front().number);
    BlendParams params{.n = static_cast<int>(radio.n),
                       .temperature = radio.temperature,
                       .filter = std::move(filter),
                       .seeds = mixture.songs()};
    if (!issues.empty()) params.avoid = issues.front().tracks;
    const Blend made = blend(store, index, mixture.add(), mixture.subtract(), params, caches);
    if (made.tracks.empty()) return {.playlist = radio.playlist};
    Refreshed refreshed;
    std::vector<TrackId> tracks;
    for (const BlendedTrack& track : made.tracks) {
        tracks.push_back(track.id);
        if (std::ranges::find(params.avoid, track.id) != params.avoid.end()) ++refreshed.repeated;
    }
    refreshed.tracks = tracks.size();
    refreshed.playlist = store.radios().publish(radio.id, tracks);
    return refreshed;
}

}  // namespace audiomuse::features
