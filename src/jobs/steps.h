// The steps jobs are made of. A step is a function: it does its work, says how far it is, and stops when told.
#pragma once

#include "audiomuse/jobs/worker.h"
#include "progress.h"

namespace audiomuse::jobs {

/// Lists the music folders and stores what is new, changed, moved or gone.
void scan_library(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Listens to every track that has no result of the current model. Parallel readers, one writer; what was saved is
/// never done again. Throws Error when the store fails, not for a bad file.
void analyse_tracks(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Brings the served index in line with the stored embeddings, and saves it when it changed.
void update_index(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Groups the library into playlists and replaces the automatic ones. `params` is the job's JSON.
void make_playlists(const JobContext& context, const std::string& params, Progress& progress,
                    const CancelToken& cancel);

}  // namespace audiomuse::jobs
