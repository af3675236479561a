// A track's classical descriptors: what a network does not need to be asked about its sound.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "audiomuse/dsp/track_features.h"

namespace audiomuse::analyse {

/// Descriptors of one kind lie side by side, and share the kind's part of the vector's squared length.
struct DescriptorGroup {
    std::string_view name;
    std::size_t first;  ///< index of its first value
    std::size_t count;
    double share;  ///< of the expected squared length; all shares add up to 1
};

/// timbre: MFCC 1..19 means, MFCC 0..19 deviations. contrast: 7 bands, means then deviations. spectrum: centroid,
/// bandwidth, roll-off, flatness, zero crossings, each log mean and deviation over mean. rhythm: rhythm spectrum (8),
/// pulse clarity, tempo (2, octave-blind), onset rate, onset strength (2). dynamics: level (2), loudness range, crest
/// factor. harmony, blind to the key: Fourier magnitudes of chroma (6), entropy, mode, degrees of the scale (8).
inline constexpr std::array<DescriptorGroup, 6> kDescriptorGroups = {{
    {"timbre", 0, 39, 0.34},
    {"contrast", 39, 14, 0.16},
    {"spectrum", 53, 10, 0.20},
    {"rhythm", 63, 14, 0.14},
    {"dynamics", 77, 4, 0.09},
    {"harmony", 81, 16, 0.07},
}};

inline constexpr std::size_t kDescriptorCount = kDescriptorGroups.back().first + kDescriptorGroups.back().count;

/// The descriptors as measured, in the units of TrackFeatures or logarithms of them. Always finite.
std::array<double, kDescriptorCount> raw_descriptors(const dsp::TrackFeatures& features);

/// The vector kept with a track and compared by cosine: each value minus the reference corpus's mean, divided by its
/// standard deviation (descriptor_table.h), clipped to -4..4, times the square root of share / count of its group.
std::vector<float> descriptors(const dsp::TrackFeatures& features);

/// One row of descriptor_table.h.
struct Standard {
    double mean;
    double deviation;
};
/// The table of a corpus: one row per descriptor. A descriptor that does not vary gets the deviation 1.
std::vector<Standard> standardise(std::span<const std::array<double, kDescriptorCount>> corpus);

}  // namespace audiomuse::analyse
