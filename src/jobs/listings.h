// What every media server and the music folders have now: how a run that needs to know begins.
#pragma once

#include <cstddef>
#include <string>

#include "audiomuse/jobs/context.h"
#include "progress.h"

namespace audiomuse::jobs {

struct ListingOptions {
    int to = 100;  ///< percent of the run that are done when all are listed
    /// The run does not listen to what is new: a server goes on counting as one that has changed, so that the watch
    /// over servers starts a run that does.
    bool leaves_news = false;
};

struct Listings {
    std::size_t complete = 0;  ///< listings that did not fail
    std::string failed;        ///< what could not be listed, as sentences
    std::string cut;           ///< where the listing may lack what is there, as sentences
};

/// Has the folders looked through and the media servers asked, by children: all of them, or the one that the run is
/// about (params {"server_id":3}). Their lines are in the run's log. Throws Error(invalid_argument) when there is
/// nothing to list, Error(not_found) when the one server was removed, Error(cancelled).
Listings list_everything(const JobContext& context, Progress& progress, const ListingOptions& options,
                         const CancelToken& cancel);

}  // namespace audiomuse::jobs
