// A library of any size without a file of music: tags as people's libraries have them, and analyses whose embeddings
// lie as those of a model do: styles, within them artists, within them albums.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::bench {

struct SyntheticTrack {
    store::Tracks::PutItem item;  ///< file, signature and tags; the file does not exist
    TrackAnalysis analysis;       ///< with an embedding of 200 numbers
};

inline constexpr std::int64_t kTracksPerAlbum = 12;
inline constexpr std::int64_t kAlbumsPerArtist = 4;
inline constexpr std::int64_t kSyntheticStyles = 60;  ///< one artist after the other

/// The model the analyses are of: the one the program itself has, so that what it serves is shown as up to date.
ModelTag synthetic_model();

/// Track `number` of the library of `seed`. Depends on nothing else: an album is the twelve tracks from a multiple of
/// twelve on, and libraries of different sizes begin alike.
SyntheticTrack synthetic_track(std::int64_t number, std::uint64_t seed = 1);

/// Which of the 60 styles track `number` is of.
std::int64_t synthetic_style(std::int64_t number);

/// The embedding of track `number` alone, which is quicker.
Embedding synthetic_embedding(std::int64_t number, std::uint64_t seed = 1);

/// Stores tracks [first, first + count) with their analyses, `batch` at a time as a scan and an analysis do, and
/// returns their ids in order. `done` is told after each batch how many there are.
std::vector<TrackId> fill(store::Store& store, std::int64_t first, std::int64_t count, std::int64_t batch = 200,
                          const std::function<void(std::int64_t)>& done = {});

/// An index of every stored embedding, as the program builds it, not saved.
std::unique_ptr<index::VectorIndex> build_index(store::Store& store, unsigned threads);
/// Saves it where the program looks for it; returns its version.
std::int64_t save_index(store::Store& store, const index::VectorIndex& index);

}  // namespace audiomuse::bench
