// Names by a language model for the lists of a draft.
#pragma once

#include "audiomuse/features/clustering/draft.h"
#include "audiomuse/jobs/context.h"
#include "progress.h"

namespace audiomuse::jobs {

/// Asks the language model of `settings`, where one is set, for a name of every list that does not keep the one it had,
/// three times at most. A list for which it has none keeps the plain name, and so do all once the model can't be used;
/// that is said in the job's log. Throws Error(cancelled) only.
void title_lists(store::Store& store, const settings::Settings& settings, Progress& progress, features::Draft& draft,
                 const CancelToken& cancel);

}  // namespace audiomuse::jobs
