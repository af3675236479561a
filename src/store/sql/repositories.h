// The store's parts over any engine.
#pragma once

#include <memory>

#include "audiomuse/store/store.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

// Each refers to `engine`, which must outlive it.
std::unique_ptr<Servers> create_servers(Engine& engine);
std::unique_ptr<Tracks> create_tracks(Engine& engine);
std::unique_ptr<Analyses> create_analyses(Engine& engine);
std::unique_ptr<SoundVectors> create_sound_vectors(Engine& engine);
std::unique_ptr<Playlists> create_playlists(Engine& engine);
std::unique_ptr<Cleaning> create_cleaning(Engine& engine);
std::unique_ptr<History> create_history(Engine& engine);
std::unique_ptr<Anchors> create_anchors(Engine& engine);
std::unique_ptr<Radios> create_radios(Engine& engine);
std::unique_ptr<Jobs> create_jobs(Engine& engine);
std::unique_ptr<IndexBlobs> create_index_blobs(Engine& engine);
std::unique_ptr<Instances> create_instances(Engine& engine);
std::unique_ptr<Users> create_users(Engine& engine);
std::unique_ptr<Schedules> create_schedules(Engine& engine);
std::unique_ptr<Transfer> create_transfer(Engine& engine);

/// All of them over an engine whose schema is the newest.
std::unique_ptr<Store> create_store(std::unique_ptr<Engine> engine);

/// Servers::all, in a transaction that is there already.
std::vector<ServerRow> read_servers(Connection& connection);

/// Jobs::create in a transaction that is there already.
void insert_job(Connection& connection, const Job& job);
/// The states of jobs that have not ended, as a condition.
inline constexpr char kUnfinishedJobs[] = "state IN ('PENDING', 'STARTED', 'PROGRESS')";

/// Adds what was heard of `from` to what was heard of `to`.
void move_history(Connection& connection, TrackId from, TrackId to);

/// Counts a change of tracks, analyses or playlists (Store::change_counter), in the transaction that makes it, and
/// returns its number. Writers of the catalogue wait for each other here, in whatever process they are: call it before
/// reading what the change depends on.
inline std::int64_t begin_change(Connection& connection) {
    return *connection.find_integer("UPDATE change_counter SET value = value + 1 RETURNING value");
}

}  // namespace audiomuse::store::sql
