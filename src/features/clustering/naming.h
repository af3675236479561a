// Names of lists in AudioMuse-AI's form, from what its songs have in common.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audiomuse/features/clustering/clustering.h"

namespace audiomuse::features {

/// "Mood_Mood_Mood_Tempo[_Feature[_Feature]]". The moods are the up to three active ones that say most about the list:
/// those with the highest p * ln(p / q), where p is the mean in the list and q that in the library, and p > 0.01;
/// "Mixed" when there are none. Without moods the loudness stands in their place: Calm, Lively or Energetic, by thirds
/// of the library. Tempo is Slow below 92.8 bpm, Fast from 145.6 on, else Medium. Features are the up to two with a
/// mean of at least 0.5. Lists of the same name have their loudness added; where that is the same, too, a number:
/// "..._2",
/// "..._3".
std::vector<std::string> name_lists(const std::vector<std::vector<std::size_t>>& lists, const ClusteringInput& input,
                                    int top_n_moods);

}  // namespace audiomuse::features
