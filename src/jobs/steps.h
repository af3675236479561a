// What each kind of job does. A step does its work, says how far it is, and stops when told.
#pragma once

#include "audiomuse/jobs/context.h"
#include "cluster_libraries.h"
#include "guards.h"
#include "progress.h"

namespace audiomuse::jobs {

/// What a thread of Workers brings to the jobs it does one after another.
struct Slot {
    Throttle& throttle;
    Guards& guards;
    /// Called by a step for as long as it must be the only one of its kind in this process; returns what ends that.
    std::function<std::shared_ptr<void>(bool alone)> enter;
    ClusterLibraries& libraries;  ///< of this process
    bool rests = false;           ///< set by a step that keeps to `throttle`: the thread rests when the job has ended
};

// Coordinators.

/// Has the music folders looked through, and every track listened to that has no result of the current model; brings
/// the index up to date. Ends well when all children have ended, whether they failed or not: what is left is said.
void analyse_library(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Lists everything anew and removes what is nowhere any more for AUDIOMUSE_ORPHAN_DAYS (store/cleaning.h); forgets
/// what was removed more than store::kUndoSeconds ago. Throws Error(conflict), with nothing removed, when something
/// could not be listed as a whole or when more than half of the catalogue would go; Error(cancelled).
void clean_library(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// The end of a run that may have changed the library, from 95 % on: brings the indexes, the neighbourhoods, the
/// artists and the map up to date. Throws Error(cancelled), and what the store throws.
void follow_library(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// The part of an analysis that brings the music map up to date. What goes wrong is logged and said; throws
/// Error(cancelled) only.
void update_map(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Brings the models of artists up to date, if the library has changed, and saves them. A part of an analysis: when it
/// fails that is said, and the analysis goes on. Throws Error(cancelled).
void follow_artists(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// The part of an analysis that measures how dense the music is around each track (features/similar/local_scales.h).
/// What goes wrong is logged and said; throws Error(cancelled) only.
void update_scales(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Searches for playlists, and replaces the automatic ones if the job says so. The best so far is the draft in the
/// store (features/clustering/draft.h): a search that ends otherwise leaves it there.
void cluster_library(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Writes the automatic playlists and those of radios to every media server: replaces those that it wrote before, makes
/// new ones, deletes what is no more; each is read back. Returns what went wrong, as sentences that each begin with a
/// blank; throws Error(cancelled).
std::string write_playlists(const JobContext& context, Progress& progress, const CancelToken& cancel);

// Jobs of their own.

/// Makes the lists of radios anew (radios/refresh.h), and writes them to the media servers. The report is in the job's
/// details.
void refresh_radios(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Does that for whoever has published a draft: what went wrong is in the job's detail "problems".
void write_playlists_job(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Writes a backup of the catalogue (backups/backups.h).
void make_backup(const JobContext& context, Progress& progress, const CancelToken& cancel);

// Children.

/// Lists the music folders and stores what is new, changed, moved or gone.
void scan_library(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Asks one media server for its tracks, and stores what is new, changed or gone. An unchanged server is not asked
/// twice.
void list_server(const JobContext& context, Progress& progress, const CancelToken& cancel);

/// Listens to those of the job's tracks that have no result yet, one after another. Throws Error when the store fails,
/// not for a bad file.
void analyse_album(const JobContext& context, Slot& slot, Progress& progress, const CancelToken& cancel);

/// Some runs of a search for playlists; what they found is in the job's details, also when they were cancelled.
void cluster_batch(const JobContext& context, Slot& slot, Progress& progress, const CancelToken& cancel);

}  // namespace audiomuse::jobs
