// What may be in a list: one object for every feature that makes lists of tracks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/settings/settings.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// Which tracks may be chosen (criteria, except), and which of these may stand in one list together. The two hold for
/// every feature: fewer tracks than were asked for mean that there are no more.
struct ListFilter {
    store::TrackCriteria criteria = {};
    int max_songs_per_artist = 3;      ///< by main artist; <= 0: no limit
    int max_songs_per_album = 0;       ///< <= 0: no limit
    bool one_version = true;           ///< at most one version of a song
    bool keep_versions_apart = true;   ///< a live or acoustic recording and a remix are songs of their own
    double duplicate_distance = 0.01;  ///< see DuplicateDistance
    int duplicate_lookback = 1;
    double variance = 0;  ///< 0..1, see vary(); 0: always the nearest
    std::uint64_t seed = 1;
    std::vector<TrackId> except = {};  ///< these are not wanted, in any order
    friend bool operator==(const ListFilter&, const ListFilter&) = default;
};

/// What the settings say of all lists, for a listener; nobody is the household.
ListFilter default_filter(const settings::Settings& settings, UserId listener = {});
/// Leaves out the artists that the listener of `filter` has hidden. To be called last: fields that are set later could
/// bring them back.
void leave_out_hidden(store::Store& store, ListFilter& filter);

/// The tracks that a filter lets through. Cheap to copy, and the same from every thread.
class AllowedTracks {
public:
    AllowedTracks() = default;  ///< everything
    /// `ids` ascending: these only, without `except`.
    AllowedTracks(std::vector<TrackId> ids, std::span<const TrackId> except);
    static AllowedTracks all_but(std::span<const TrackId> except);

    bool everything() const { return state_ == nullptr; }
    /// The tracks where they are listed, ascending; nothing when it is everything (but a few).
    std::optional<std::span<const TrackId>> listed() const;
    bool operator()(TrackId id) const;
    /// For an index; empty for everything, so that an index need not ask.
    std::function<bool(std::int64_t)> index_filter() const;

private:
    struct State;
    std::shared_ptr<const State> state_;
};

/// One pass over the catalogue where there are criteria.
AllowedTracks allowed_tracks(store::Store& store, const ListFilter& filter);

/// index.search among the allowed tracks: min(k, how many of them are in the index), nearest first. A few listed tracks
/// are compared one by one, which is exact and quicker than looking for them in the whole index.
std::vector<index::Neighbour> nearest_allowed(const index::VectorIndex& index, std::span<const float> query,
                                              std::size_t k, const AllowedTracks& allowed);

/// How many of the best candidates a list of n is drawn from.
std::size_t variance_pool(std::size_t n, double variance);
/// A list of n that is not always the same: n of the first variance_pool(n, variance) of `ranked` (the best first,
/// which obey the rules of the list), nearer ones likelier: the candidate of rank r has the weight 1 / (1 + r / n)
/// (weighted drawing without replacement after Efraimidis and Spirakis, 2006). Returns positions in `ranked`,
/// ascending. The chance belongs to seed and track, so one seed gives one list whatever else is in the library.
std::vector<std::size_t> vary(std::span<const TrackId> ranked, std::size_t n, double variance, std::uint64_t seed);

enum class FieldType { text, integer, number, boolean };

/// A part of a ListFilter by name, as requests and recipes give it.
struct FilterField {
    std::string_view name;
    FieldType type = FieldType::text;
    std::string_view help;
    std::optional<double> minimum = {};
    std::optional<double> maximum = {};
    std::vector<std::string> choices = {};  ///< of a text; empty: any
    bool of_list = false;  ///< says which tracks may stand in one list together; else which may be chosen at all
};
std::span<const FilterField> filter_fields();

/// Sets the field `name` from a text: numbers in decimal, "true" or "false", names parted by commas ("\," is a comma of
/// a name). An empty text changes nothing. Throws Error(invalid_argument) with a sentence that names the field.
void set_field(store::Store& store, ListFilter& filter, std::string_view name, const std::string& value);

/// Sets the fields that a JSON object names, as requests and recipes have them: names may be a list, and numbers may be
/// numbers. `null` sets nothing. Throws Error(invalid_argument) for what is no object, and as set_field.
void set_fields(store::Store& store, ListFilter& filter, std::string_view json);

/// "A minor", "Am", "C#", "Bb major" or "8A" (Camelot); nothing for another text.
std::optional<store::MusicalKey> parse_key(std::string_view text);

}  // namespace audiomuse::features
