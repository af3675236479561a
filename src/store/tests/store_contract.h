// The promises of store.h as one suite, with what its tests share. An engine runs it with
//     INSTANTIATE_TEST_SUITE_P(Name, StoreContract, ::testing::Values(StoreBackend{"name", open_it}));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>

#include "audiomuse/base/error.h"
#include "audiomuse/store/store.h"
#include "support/temp_folder.h"

namespace audiomuse::store {

/// Opens the one store of a folder; the same again with what was saved, when called again.
struct StoreBackend {
    const char* name;
    std::function<std::unique_ptr<Store>(const std::filesystem::path& folder)> open;
    int many_tracks = 100'000;  ///< of the search in a large library; fewer where each row stored is dear
    friend std::ostream& operator<<(std::ostream& out, const StoreBackend& backend) { return out << backend.name; }
};

/// The error that `work` throws; fails the test when there is none.
template <class Work>
Error error_of(Work work) {
    try {
        work();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error";
    return Error(ErrorCode::internal, "none");
}

MATCHER_P(HasId, id, "") {
    return arg.id == id;
}

inline const ModelTag kModel{"mini", "1"};
inline const ModelTag kOtherModel{"musicnn", "1"};

inline TrackTags tags(const std::string& title, const std::string& artist = "Somebody", const std::string& album = "") {
    TrackTags tags{.title = title, .album = album};
    if (!artist.empty()) tags.artists = {artist};
    return tags;
}

/// A file whose stamp follows from its path.
inline SeenFile file(const std::string& path, std::int64_t mtime_ns = 1) {
    return {path, {static_cast<std::int64_t>(path.size()), mtime_ns}};
}

inline TrackAnalysis analysis(const ModelTag& model = kModel, float value = 1) {
    TrackAnalysis analysis;
    analysis.duration_s = 200.5;
    analysis.tempo_bpm = 120.25;
    analysis.tempo_confidence = 0.75;
    analysis.energy = 0.125;
    analysis.loudness = 0.625;
    analysis.key = 9;
    analysis.scale = Scale::minor;
    analysis.key_confidence = 0.375;
    for (std::size_t i = 0; i < analysis.chroma.size(); ++i)
        analysis.chroma[i] = static_cast<float>(i) / 16;
    analysis.moods.assign(50, 0.25F);
    analysis.other_features = {0.1F, 0.2F, 0.3F, 0.4F, 0.5F, 0.6F};
    analysis.descriptors = {1.5F, -2.5F};
    analysis.embedding = {value, -value, 0.5F};
    analysis.model = model;
    analysis.decode_settings = "16000 Hz";
    analysis.warning = "cut short";
    analysis.elapsed_ms = 12;
    return analysis;
}

inline std::vector<std::string> titles(const std::vector<TrackRow>& rows) {
    std::vector<std::string> titles;
    for (const TrackRow& row : rows)
        titles.push_back(row.tags.title);
    return titles;
}

inline ServerRow media_server(const std::string& name = "Home") {
    return {.type = "navidrome",
            .name = name,
            .url = "http://nas:4533",
            .user = "alice",
            .password = "pä ss",
            .token = "",
            .libraries = {"1", "World, music"},
            .path_map = {{"/music", "/mnt/music"}, {"/more", "/mnt/more"}}};
}

class StoreContract : public ::testing::TestWithParam<StoreBackend> {
protected:
    void reopen() {
        store_.reset();
        store_ = GetParam().open(folder_.path());
    }

    /// Stores one file; its signature is its path unless given.
    PutResult put(const SeenFile& file, const TrackTags& tags, const std::string& signature = "") {
        const Tracks::PutItem item{file, signature.empty() ? "signature of " + file.path : signature, tags};
        return store_->tracks().put(server_, {&item, 1}).front();
    }
    TrackId add(const std::string& path, const TrackTags& tags) { return put(file(path), tags).id; }
    TrackId add(const std::string& title) { return add("/music/" + title, tags(title)); }

    /// One complete listing of `files`; returns those that were new or changed.
    std::vector<SeenFile> list(const std::vector<SeenFile>& files) {
        const std::int64_t listing = store_->tracks().begin_listing(server_);
        auto others = store_->tracks().mark_seen(server_, listing, files);
        store_->tracks().finish_listing(server_, listing);
        return others;
    }

    ServerId add_server(const std::string& name = "Home") { return store_->servers().add(media_server(name)); }
    /// One complete listing of a media server.
    Recognised list(ServerId server, std::span<const ListedItem> items) {
        Tracks& tracks = store_->tracks();
        const std::int64_t listing = tracks.begin_listing(server);
        const Recognised counts = tracks.put_listed(server, listing, items);
        tracks.finish_listing(server, listing);
        return counts;
    }
    TrackId track_of(const std::string& item_id) {
        const auto row = store_->tracks().by_item_id(item_id);
        return row ? row->id : TrackId{};
    }

    void save(TrackId id, const TrackAnalysis& analysis) {
        const Analyses::Saved saved{id, store_->tracks().get(id)->stamp, analysis, std::nullopt};
        store_->analyses().save({&saved, 1});
    }
    void save_failure(TrackId id, const FileStamp& stamp, const std::string& message = "broken") {
        const Analyses::Saved saved{id, stamp, std::nullopt, AnalysisFailure{ErrorCode::damaged, "decode", message},
                                    "decoder 1"};
        store_->analyses().save({&saved, 1});
    }
    void save_failure(TrackId id) { save_failure(id, store_->tracks().get(id)->stamp); }

    std::vector<TrackId> pending(const ModelTag& model = kModel) {
        std::vector<TrackId> ids;
        for (const auto& track : store_->analyses().pending(model, {}, 1000))
            ids.push_back(track.id);
        return ids;
    }

    void add_track(const std::string& title, const std::string& artist, const std::string& album = "",
                   const std::vector<std::string>& genres = {}) {
        TrackTags each = tags(title, artist, album);
        each.genres = genres;
        add("/track " + std::to_string(++count_), each);
    }
    std::vector<std::string> find(const std::string& text, TrackOrder order = TrackOrder::relevance) {
        const TrackPage page = store_->tracks().search({.text = text, .order = order});
        EXPECT_EQ(page.total, static_cast<std::int64_t>(page.rows.size())) << text;
        return titles(page.rows);
    }
    std::vector<std::string> find_by_title_artist(const std::string& title, const std::string& artist,
                                                  std::int64_t limit = 15) {
        return titles(store_->tracks().search_title_artist(title, artist, limit));
    }

    testing_support::TempFolder folder_;
    int count_ = 0;
    std::unique_ptr<Store> store_ = GetParam().open(folder_.path());
    ServerId server_ = store_->tracks().local_server();
};

}  // namespace audiomuse::store
