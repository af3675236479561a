// Tracks as the page shows them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/features/similar/similar.h"
#include "audiomuse/store/analyses.h"
#include "audiomuse/store/tracks.h"
#include "backend.h"
#include "json.h"
#include "route.h"

namespace audiomuse::api {

using Summaries = std::map<TrackId, store::AnalysisSummary>;
Summaries summaries_of(Backend& backend, std::span<const store::TrackRow> rows);

/// The card of one track; `summary` is null when it has no analysis, `failed` says whether one was tried in vain.
json::object track_card(const store::TrackRow& row, const store::AnalysisSummary* summary, bool failed);
/// Cards in the order of `rows`.
json::array track_cards(Backend& backend, std::span<const store::TrackRow> rows);
json::object track_card(Backend& backend, const store::TrackRow& row);

/// Adds to a card how like something the track is: distance, similarity in percent, reasons.
void add_likeness(json::object& card, float distance, const features::Explanation& explanation);

/// A distance of 1 - cos on the scale that AudioMuse-AI's routes are set to tell it (VOYAGER_METRIC), as a number.
double told_distance(const settings::Settings& settings, float distance);

/// {"item_id","title","author"}; null for an empty title or author.
json::object track_line(const store::TrackRow& row);

/// Mean RMS on the scale of the page: 0 for -60 dB and below, 1 for 0 dB.
double display_energy(double rms);
/// "audiomuse-mini 1" as an object with name and version.
json::object model_json(const ModelTag& model);
/// The `count` highest moods, highest first, as {"name","score"}.
json::array top_moods(std::span<const float> moods, std::size_t count);
/// A failure as /api/library/failures and a track's detail show it: what went wrong, with which decoder, and in which
/// state the file was.
json::object failure_json(const store::FailureRow& row);
/// The six other features by name.
json::object other_features_json(const std::array<float, 6>& features);

/// The present track of this id, which with `server` is that of the one it has there. Throws Error(not_found).
store::TrackRow require_track(Backend& backend, const std::string& item_id,
                              std::optional<ServerId> server = std::nullopt);

/// The server whose ids a request speaks, by its parameter server or server_id (id or name); nothing: the default one.
/// Throws Error(invalid_argument) for one that is not there.
std::optional<ServerId> selected_server(Backend& backend, const Call& call);
/// The same of a text: the id or name of a server, blind to case.
ServerId server_called(Backend& backend, const std::string& id_or_name);
/// The parameters that selected_server reads.
std::vector<Param> with_server(std::vector<Param> params);
/// Gives each of `rows` the id that the selected server has for it; those that it does not have are left out.
void speak_ids_of(Backend& backend, std::optional<ServerId> server, std::vector<store::TrackRow>& rows);

}  // namespace audiomuse::api
