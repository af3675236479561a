// What a search for playlists is asked for: settings, and what its job says otherwise.
#pragma once

#include <string>

#include "audiomuse/features/clustering/clustering.h"
#include "audiomuse/settings/settings.h"

namespace audiomuse::jobs {

struct ClusterRequest {
    features::ClusteringParams params;
    settings::Settings settings;  ///< what the job says counts already
    /// Whether what is found becomes the automatic playlists, here and on media servers; else it stays a draft.
    bool publish = true;
};

/// The settings with what the job's parameters (JSON) say otherwise. Their names are those of POST
/// /api/clustering/start: settings in lower case, clustering_method, publish. Throws Error(invalid_argument) for a
/// value that is not allowed.
ClusterRequest read_cluster_request(const settings::Settings& settings, const std::string& job_params);
/// `job_params` with every setting of `request` beside them: whoever reads them gets the same request, whatever the
/// settings are by then.
std::string complete_params(const ClusterRequest& request, const std::string& job_params);

}  // namespace audiomuse::jobs
