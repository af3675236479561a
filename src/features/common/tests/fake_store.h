// A store in memory for the tests of features: what features read works, everything else throws.
#pragma once

#include <functional>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "audiomuse/store/store.h"

namespace audiomuse::features {

[[noreturn]] inline void not_faked() {
    throw std::logic_error("The fake store does not do this.");
}

struct FakeTracks final : store::Tracks {
    std::map<TrackId, store::TrackRow> rows;
    mutable int reads = 0;          ///< rows handed out
    std::function<void()> on_read;  ///< called once, by the next reading of several rows

    ServerId local_server() override { not_faked(); }
    std::int64_t begin_listing(ServerId) override { not_faked(); }
    std::vector<store::SeenFile> mark_seen(ServerId, std::int64_t, std::span<const store::SeenFile>) override {
        not_faked();
    }
    std::int64_t finish_listing(ServerId, std::int64_t) override { not_faked(); }
    std::vector<store::PutResult> put(ServerId, std::span<const PutItem>) override { not_faked(); }
    store::Recognised put_listed(ServerId, std::int64_t, std::span<const store::ListedItem>) override { not_faked(); }
    std::optional<TrackId> recognise_audio(TrackId, const std::string&) override { not_faked(); }
    Unseen unseen(ServerId, std::int64_t) override { not_faked(); }
    std::vector<store::TrackPlace> places(TrackId) override { not_faked(); }
    std::vector<std::string> item_ids_on(ServerId, std::span<const TrackId>) override { not_faked(); }
    std::vector<store::ServerArtist> server_artists(ServerId) override { not_faked(); }
    std::optional<store::TrackRow> get(TrackId id) override {
        const auto found = rows.find(id);
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<store::TrackRow> get(std::span<const TrackId> ids) override {
        std::vector<store::TrackRow> result;
        if (on_read) std::exchange(on_read, nullptr)();
        for (const TrackId id : ids) {
            if (auto row = get(id)) result.push_back(std::move(*row));
        }
        reads += static_cast<int>(result.size());
        return result;
    }
    std::optional<store::TrackRow> by_item_id(const std::string& item_id, std::optional<ServerId>) override {
        for (const auto& [id, row] : rows) {
            if (row.item_id == item_id) return row;
        }
        return std::nullopt;
    }
    std::vector<std::optional<TrackId>> by_item_ids(std::span<const std::string> item_ids,
                                                    std::optional<ServerId> server) override {
        std::vector<std::optional<TrackId>> ids;
        for (const std::string& item_id : item_ids) {
            const auto row = by_item_id(item_id, server);
            ids.push_back(row ? std::optional(row->id) : std::nullopt);
        }
        return ids;
    }
    std::optional<store::TrackRow> by_path(const std::string&) override { not_faked(); }
    std::string lyrics(TrackId) override { not_faked(); }
    void set_lyrics(TrackId, const std::string&) override { not_faked(); }
    void each_credits(const std::function<void(const store::Credits&)>&) override { not_faked(); }
    store::TrackPage search(const store::TrackQuery&) override { not_faked(); }
    std::vector<store::LyricsHit> search_lyrics(const std::string&, std::int64_t,
                                                const std::function<bool(TrackId)>&) override {
        not_faked();
    }
    std::vector<store::TrackRow> search_title_artist(const std::string&, const std::string&, std::int64_t) override {
        not_faked();
    }
    std::optional<store::TrackRow> by_name(const std::string&, const std::string&) override { not_faked(); }
    /// What matching() finds; without it all present rows.
    std::function<bool(const store::TrackRow&, const store::TrackCriteria&)> matches;
    std::vector<TrackId> matching(const store::TrackCriteria& criteria) override {
        std::vector<TrackId> ids;
        for (const auto& [id, row] : rows) {
            if (row.present && (!matches || matches(row, criteria))) ids.push_back(id);
        }
        return ids;
    }
    std::vector<GenreCount> genres() override { not_faked(); }
    Counts counts() override { not_faked(); }
};

struct FakeAnalyses final : store::Analyses {
    std::map<TrackId, store::AnalysisSummary> rows;
    std::map<TrackId, Embedding> embeddings;

    std::vector<PendingTrack> pending(const ModelTag&, TrackId, std::int64_t) override { not_faked(); }
    std::vector<PendingTrack> pending_of(const ModelTag&, std::span<const TrackId>) override { not_faked(); }
    Kept save(std::span<const Saved>) override { not_faked(); }
    std::int64_t forget_failures(std::optional<TrackId>) override { not_faked(); }
    std::int64_t forget_failures_of_other_decoders(std::string_view, std::span<const std::string_view>) override {
        not_faked();
    }
    std::optional<TrackAnalysis> get(TrackId) override { not_faked(); }
    std::vector<store::AnalysisSummary> summaries(std::span<const TrackId> ids) override {
        std::vector<store::AnalysisSummary> result;
        for (const TrackId id : ids) {
            if (const auto found = rows.find(id); found != rows.end()) result.push_back(found->second);
        }
        return result;
    }
    std::int64_t times_analysed(TrackId) override { not_faked(); }
    store::Coverage coverage(const ModelTag&) override { not_faked(); }
    FailurePage failures(std::int64_t, std::int64_t) override { not_faked(); }
    std::vector<store::FailureRow> failures_of(std::span<const TrackId>) override { not_faked(); }
    void each_embedding(const ModelTag&, const std::function<void(TrackId, const Embedding&)>& visit) override {
        for (const auto& [id, embedding] : embeddings)
            visit(id, embedding);
    }
    std::int64_t each_change(const ModelTag&, std::int64_t,
                             const std::function<void(TrackId, const Embedding&)>&) override {
        not_faked();
    }
    std::int64_t count_changes(std::int64_t) override { not_faked(); }
    void each_summary(const std::function<void(const store::AnalysisSummary&)>& visit) override {
        for (const auto& [id, summary] : rows)
            visit(summary);
    }
    std::optional<Embedding> embedding(TrackId, const ModelTag&) override { not_faked(); }
    ModelTag dominant_model() override { not_faked(); }
};

struct FakePlaylists final : store::Playlists {
    std::vector<store::Playlist> rows;
    std::map<PlaylistId, std::vector<TrackId>> members;

    std::vector<store::Playlist> list() override { return rows; }
    std::optional<store::Playlist> get(PlaylistId id) override {
        for (const store::Playlist& row : rows) {
            if (row.id == id) return row;
        }
        return std::nullopt;
    }
    std::vector<TrackId> tracks(PlaylistId id) override { return members[id]; }
    PlaylistId create(const std::string&, store::PlaylistKind, const std::string&, std::span<const TrackId>,
                      UserId) override {
        not_faked();
    }
    void rename(PlaylistId, const std::string&) override { not_faked(); }
    void set_tracks(PlaylistId, std::span<const TrackId>) override { not_faked(); }
    void remove(PlaylistId) override { not_faked(); }
    void replace_automatic(std::span<const NewPlaylist>) override { not_faked(); }
};

struct FakeHistory final : store::History {
    std::vector<store::Heard> rows;

    std::int64_t put(const store::Listener&, std::span<const store::HeardItem>, const store::Told&) override {
        not_faked();
    }
    void add_play(const store::Listener&, TrackId, double) override { not_faked(); }
    void set_rating(const store::Listener&, TrackId, int) override { not_faked(); }
    void set_favourite(const store::Listener&, TrackId, bool) override { not_faked(); }
    std::vector<store::Heard> of(std::span<const TrackId>) override { not_faked(); }
    UserId played_by(UserId) override { return {}; }
    std::vector<store::Heard> most_played(UserId, std::int64_t limit) override {
        return {rows.begin(), rows.begin() + std::min(limit, std::ssize(rows))};
    }
    std::vector<store::Listener> listeners() override { not_faked(); }
    std::vector<std::string> hidden_artists(UserId) override { return {}; }
    void hide_artist(UserId, const std::string&) override { not_faked(); }
    void show_artist(UserId, const std::string&) override { not_faked(); }
};

struct FakeAnchors final : store::Anchors {
    std::map<AnchorId, store::Anchor> rows;

    std::vector<store::Anchor> list() override { not_faked(); }
    std::optional<store::Anchor> get(AnchorId id) override {
        const auto found = rows.find(id);
        return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
    AnchorId add(const store::Anchor&) override { not_faked(); }
    void rename(AnchorId, const std::string&) override { not_faked(); }
    void remove(AnchorId, UserId) override { not_faked(); }
};

struct FakeRadios final : store::Radios {
    std::map<PlaylistId, std::vector<store::Issue>> kept;  ///< the newest first

    std::vector<store::Radio> list() override { not_faked(); }
    std::optional<store::Radio> get(RadioId) override { not_faked(); }
    RadioId add(const store::Radio&) override { not_faked(); }
    void update(const store::Radio&) override { not_faked(); }
    void remove(RadioId) override { not_faked(); }
    /// Playlist of a radio: the number of both is the same.
    PlaylistId publish(RadioId id, std::span<const TrackId> tracks) override {
        auto& issues = kept[PlaylistId{id.value}];
        const std::int64_t number = issues.empty() ? 1 : issues.front().number + 1;
        issues.insert(issues.begin(), {number, 0, {tracks.begin(), tracks.end()}});
        return PlaylistId{id.value};
    }
    std::vector<store::Issue> issues(PlaylistId playlist) override { return kept[playlist]; }
};

struct FakeStore final : store::Store {
    FakeTracks fake_tracks;
    FakeAnalyses fake_analyses;
    FakePlaylists fake_playlists;
    FakeHistory fake_history;
    FakeAnchors fake_anchors;
    FakeRadios fake_radios;

    store::Servers& servers() override { not_faked(); }
    store::Tracks& tracks() override { return fake_tracks; }
    store::Analyses& analyses() override { return fake_analyses; }
    store::SoundVectors& sounds() override { not_faked(); }
    store::Playlists& playlists() override { return fake_playlists; }
    store::Cleaning& cleaning() override { not_faked(); }
    store::History& history() override { return fake_history; }
    store::Anchors& anchors() override { return fake_anchors; }
    store::Radios& radios() override { return fake_radios; }
    store::Jobs& jobs() override { not_faked(); }
    store::IndexBlobs& index_blobs() override { not_faked(); }
    store::Instances& instances() override { not_faked(); }
    store::Users& users() override { not_faked(); }
    store::Schedules& schedules() override { not_faked(); }
    store::Transfer& transfer() override { not_faked(); }
    std::string saved_setting(const std::string&) override { not_faked(); }
    void save_setting(const std::string&, const std::string&) override { not_faked(); }
    std::map<std::string, std::string> saved_settings() override { not_faked(); }
    void save_settings(const std::map<std::string, std::string>&) override { not_faked(); }
    std::string save_setting_if_absent(const std::string&, const std::string&) override { not_faked(); }
    std::int64_t changes = 0;
    std::int64_t change_counter() override { return changes; }

    /// A present track with a title of its own.
    store::TrackRow& add_track(std::int64_t id, const std::string& artist, const std::string& title = "") {
        store::TrackRow row;
        row.id = TrackId{id};
        row.item_id = std::to_string(id);
        row.path = "/music/" + row.item_id + ".flac";
        row.tags.title = title.empty() ? "Title " + row.item_id : title;
        if (!artist.empty()) row.tags.artists = {artist};
        row.author = display_artist(row.tags);
        row.tags.duration_s = 100;
        return fake_tracks.rows[row.id] = row;
    }
};

}  // namespace audiomuse::features
