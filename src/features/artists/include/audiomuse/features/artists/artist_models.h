// All artists of a library: their tracks, and how each of them sounds as a few kinds of song.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// The name that the models are saved under, see store::IndexBlobs.
inline constexpr const char* kArtistModels = "artists";

struct ArtistParams {
    std::size_t few_songs = 5;            ///< an artist of fewer has one kind of song for each
    std::size_t most_components = 10;     ///< kinds of song of an artist
    std::size_t songs_per_component = 5;  ///< an artist of n songs has at most n / this kinds
    double variance_floor = 0.1;          ///< smallest variance of a kind, as a share of the artist's mean variance
    int n_init = 3;                       ///< starts of a fit
    std::uint64_t seed = 42;
    unsigned threads = 1;  ///< has no influence on the result
};

/// A value: made whole, then only read, from any number of threads. Artists are numbered in the order of their keys.
class ArtistModels {
public:
    struct View {
        std::string_view name;
        std::string_view key;
        std::span<const TrackId> tracks;  ///< ascending; present tracks, analysed or not
        std::size_t analysed = 0;         ///< how many of them the model was made of
        std::span<const float> weights;   ///< of the components; their sum is 1, empty without an analysed track
    };

    std::size_t size() const { return keys_.size(); }
    std::size_t components() const { return weights_.size(); }
    std::size_t dimension() const { return dimension_; }
    View at(std::size_t artist) const;
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
    /// By name (folded), else by id; kNone when there is no such artist.
    std::size_t find(std::string_view name_or_id) const;
    std::string id(std::size_t artist) const;
    /// The unit vector of a component's mean.
    std::vector<float> mean(std::size_t artist, std::size_t component) const;
    /// 1 - cos of two means.
    double distance(std::size_t artist, std::size_t component, std::size_t other, std::size_t other_component) const;
    /// Artists whose folded name holds the folded text, most tracks first, then by name; all for an empty text.
    std::vector<std::size_t> search(std::string_view text) const;
    /// How many artists were taken from the models before, when these were made.
    std::size_t reused() const { return reused_; }

    using Sink = std::function<void(std::span<const std::byte>)>;
    void save(const Sink& sink) const;
    /// Throws Error(damaged) for anything but a whole image; never trusts a number before checking it.
    static ArtistModels load(std::span<const std::byte> image);

private:
    friend class ArtistModelsMaker;

    void index_names();
    std::span<const std::int16_t> fixed_mean(std::size_t component) const;

    std::size_t dimension_ = 0;
    std::size_t reused_ = 0;
    std::vector<std::string> names_;
    std::vector<std::string> keys_;            // ascending
    std::vector<std::uint64_t> fingerprints_;  // of what a model was made of
    std::vector<std::uint32_t> analysed_;
    std::vector<std::uint64_t> track_ends_;  // of artist i: tracks_[track_ends_[i - 1]] up to track_ends_[i]
    std::vector<TrackId> tracks_;
    std::vector<std::uint64_t> component_ends_;  // likewise
    std::vector<float> weights_;
    std::vector<std::int16_t> means_;  // unit vectors in steps of 1 / 32767, one after another
    std::unordered_map<std::uint64_t, std::uint32_t> by_id_;
};

/// Called with how many artists are done of how many; what it throws ends the work.
using ArtistReport = std::function<void(std::size_t, std::size_t)>;

/// Models of those who play the tracks of `credits`, by what `index` (null: none) knows of their sound. An artist of
/// few songs has one component for each; one of more has a Gaussian mixture with diagonal covariance over the unit
/// vectors of the songs, with as many components as BIC chooses. An artist whose songs and vectors are those of
/// `before` is taken from there. The same library gives the same models, with `before` or without, on any number of
/// threads.
ArtistModels make_artist_models(std::span<const store::Credits> credits, const index::VectorIndex* index,
                                const ArtistParams& params = {}, const ArtistModels* before = nullptr,
                                const ArtistReport& report = {}, const CancelToken& cancel = {});

/// The saved models; nothing saved gives empty ones. Throws Error(damaged), and what the store throws.
ArtistModels load_artist_models(store::Store& store);
/// The same, but empty ones, and a line in the log, for models that are damaged: the next analysis makes them anew.
ArtistModels usable_artist_models(store::Store& store);

}  // namespace audiomuse::features
