// Radios: a recipe that makes its playlist anew, again and again.
#pragma once

#include "audiomuse/features/alchemy/recipe.h"
#include "audiomuse/store/radios.h"

namespace audiomuse::features {

/// The recipe of a radio that plays what is liked.
inline constexpr const char* kTasteRecipe = R"({"type":"fingerprint"})";
bool plays_what_is_liked(const std::string& recipe);

/// A recipe as parse_recipe takes it, in the form that radios keep. Throws as that, and Error(invalid_argument) when it
/// adds nothing.
std::string adding_recipe(std::string_view text);

/// What a radio plays: its anchor, the items of its recipe, or, with {"type":"fingerprint"}, what is liked. Throws what
/// mix and parse_recipe throw, and Error(not_found) when its anchor is gone.
Mixture mixture_of(const RecipeSources& sources, const store::Radio& radio);

struct Refreshed {
    PlaylistId playlist;       ///< none: nothing was found, and there is no list from before
    std::size_t tracks = 0;    ///< in the new issue; 0: nothing was found, and the list stays as it was
    std::size_t repeated = 0;  ///< of these, in the last issue too: only when too few others fit
};

/// Makes the radio's list from `mixture` and puts it in its playlist, which keeps its id; a first list makes one. The
/// last issue is avoided as long as there are others, so the chance's seed is the number of the issue. Of `filter`,
/// what may be in the list.
Refreshed refresh_radio(store::Store& store, const index::VectorIndex& index, const store::Radio& radio,
                        const Mixture& mixture, ListFilter filter, const BlendCaches& caches = {});

}  // namespace audiomuse::features
