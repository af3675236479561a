#include "audiomuse/jobs/served_index.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <fstream>
#include <optional>
#include <thread>

#include "audiomuse/base/log.h"
#include "audiomuse/base/mapped_file.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::jobs {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kSettle{200};  // many events come at once
constexpr std::chrono::seconds kLookAgain{5};      // should an event be lost
// An image is saved again when more than one in so many of its tracks have changed: until then every process applies
// the changes by itself, which costs it less than reading a new image.
constexpr std::int64_t kFewChanges = 50;

/// Adds tracks to an index many at a time, for which more threads than one have work.
class ManyTracks {
public:
    ManyTracks(index::VectorIndex& index, unsigned threads) : index_(index), threads_(threads) {}

    void add(TrackId id, const Embedding& embedding) {
        if (embedding.size() != index_.dimension()) {
            log::warn("Track {} has an embedding of {} numbers where the index has {}; it is left out.", id.value,
                      embedding.size(), index_.dimension());
            return;
        }
        // Tracks are compared by direction whatever the metric: how long an embedding is says little of how it sounds.
        unit_ = embedding;
        if (!numeric::normalise(unit_)) {
            log::warn("Track {} has an embedding without a direction; it is left out.", id.value);
            return;
        }
        ids_.push_back(id.value);
        rows_.insert(rows_.end(), unit_.begin(), unit_.end());
        if (ids_.size() == kAtOnce) finish();
    }

    /// Adds those that wait.
    void finish() {
        index_.add_many(ids_, rows_, threads_);
        ids_.clear();
        rows_.clear();
    }

private:
    static constexpr std::size_t kAtOnce = 2048;
    index::VectorIndex& index_;
    unsigned threads_;
    std::vector<std::int64_t> ids_;
    std::vector<float> rows_;
    std::vector<float> unit_;
};

/// Whether an index of `a` holds the same graph as one of `b` would.
bool same_build(index::IndexParams a, const index::IndexParams& b) {
    a.ef_search = b.ef_search;
    return a == b;
}

}  // namespace

/// The thread behind ServedIndex::follow.
class ServedIndex::Follower {
public:
    Follower(ServedIndex& index, queue::Queue& queue)
        : thread_([this, &index](const std::stop_token& stop) { run(index, stop); }),
          subscription_(queue.subscribe([this](const queue::Event& event) {
              if (event.topic != "library" && event.topic != "index") return;
              std::lock_guard lock(mutex_);
              changed_ = true;
              wake_.notify_all();
          })) {}

private:
    void run(ServedIndex& index, const std::stop_token& stop) {
        std::int64_t seen = -1;
        bool failed = false;
        while (!stop.stop_requested()) {
            try {
                const std::int64_t now = index.store_.change_counter();
                if (now != seen) index.catch_up();
                seen = now;
                failed = false;
            } catch (const std::exception& error) {
                if (!failed) log::warn("The index can't be brought up to date now: {}", error.what());
                failed = true;
            }
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, kLookAgain, [&] { return changed_; });
            changed_ = false;
            wake_.wait_for(lock, stop, kSettle, [] { return false; });
        }
    }

    std::mutex mutex_;  // guards changed_
    std::condition_variable_any wake_;
    bool changed_ = false;
    std::jthread thread_;
    std::unique_ptr<queue::Subscription> subscription_;  // ends first
};

ServedIndex::ServedIndex(store::Store& store, Options options)
    : ServedIndex(store, store.analyses(), store::kTrackIndex, std::move(options)) {}

ServedIndex::ServedIndex(store::Store& store, store::TrackVectors& vectors, std::string name, Options options)
    : store_(store), vectors_(vectors), name_(std::move(name)), options_(std::move(options)) {}

ServedIndex::~ServedIndex() = default;

void ServedIndex::follow(queue::Queue& queue) {
    follower_ = std::make_unique<Follower>(*this, queue);
}

void ServedIndex::catch_up() {
    std::lock_guard lock(mutex_);
    catch_up_locked();
}

void ServedIndex::catch_up_locked() {
    const auto info = store_.index_blobs().info(name_);
    std::shared_ptr<index::VectorIndex> index = live_.get();
    const ModelTag wanted = info ? info->model : index ? model_ : vectors_.dominant_model();
    if (wanted.name.empty()) return;
    // Another model's, or one that another process has made of what this one has not seen: the catalogue may have been
    // replaced.
    const bool another =
        index && (wanted != model_ || (info && info->version != version_ && info->revision > revision_));
    if (info) version_ = info->version;
    if (!index || another) {
        index = info ? load(*info) : nullptr;
        revision_ = index ? info->revision : 0;
        model_ = wanted;
        if (index && !another) live_.swap(index);  // the rest may come later
    }
    std::optional<ManyTracks> added;
    revision_ = vectors_.each_change(wanted, revision_, [&](TrackId id, const Embedding& embedding) {
        if (embedding.empty()) {
            if (index) index->remove(id.value);  // none that waits to be added: each track is seen once
            return;
        }
        if (!index) {
            index = index::create_index(embedding.size(), options_.params);
            if (!another) live_.swap(index);
        }
        if (!added) added.emplace(*index, options_.threads);
        added->add(id, embedding);
    });
    if (added) added->finish();
    if (another && index) live_.swap(index);
    if (!damaged_ || !index) return;
    try {
        save();
    } catch (const Error& error) {
        log::warn("The index can't be saved now; the next start makes it anew again: {}", error.what());
    }
}

void ServedIndex::save() {
    damaged_ = false;
    const std::shared_ptr<index::VectorIndex> index = live_.get();
    version_ = store_.index_blobs().save(
        {.name = name_, .model = model_, .revision = revision_, .count = static_cast<std::int64_t>(index->size())},
        [&](const auto& sink) { index->save(sink); });
}

std::shared_ptr<index::VectorIndex> ServedIndex::load(const store::IndexBlobInfo& info) {
    try {
        std::shared_ptr<index::VectorIndex> index = read_image(info);
        if (same_build(index->params(), options_.params)) {
            log::debug("Loaded the index of {} tracks ({})", info.count, info.model.name);
            return index;
        }
        useless_ = info.version;
        log::info("The saved index was made with other settings; this process makes its own.");
        return nullptr;
    } catch (const Error& error) {
        if (error.code() != ErrorCode::damaged) throw;
        if (std::error_code ignored; !options_.cache.empty()) fs::remove_all(options_.cache, ignored);
        useless_ = info.version;
        damaged_ = true;
        log::warn("The saved index can't be used and is made anew: {}", error.what());
        return nullptr;
    }
}

std::shared_ptr<index::VectorIndex> ServedIndex::read_image(const store::IndexBlobInfo& info) {
    if (options_.cache.empty()) {
        const auto image = store::read_whole(store_.index_blobs(), info.name);
        return index::load_index(image.value_or(std::vector<std::byte>()), options_.params.ef_search, options_.threads);
    }
    fs::create_directories(options_.cache);
    const fs::path file = options_.cache / fmt::format("{}-{}.index", info.name, info.version);
    std::error_code error;
    if (fs::file_size(file, error) != static_cast<std::uintmax_t>(info.bytes) || error) {
        const fs::path part = fmt::format("{}.{}.part", file.string(), ::getpid());
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        store_.index_blobs().load(info.name, [&](std::span<const std::byte> bytes) {
            out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        });
        out.close();
        if (!out) throw Error(ErrorCode::io, fmt::format("{} can't be written. Is the disk full?", part.string()));
        for (const auto& old : fs::directory_iterator(options_.cache)) {
            const bool is_of_this = old.path().filename().string().starts_with(info.name + "-");
            if (is_of_this && old.path().extension() == ".index") fs::remove(old.path(), error);
        }
        fs::rename(part, file);
    }
    return index::load_index(MappedFile(file).bytes(), options_.params.ef_search, options_.threads);
}

void ServedIndex::rebuild(const ModelTag& model, const std::function<void(std::int64_t)>& report,
                          const CancelToken& cancel) {
    const std::int64_t revision = store_.change_counter();
    std::shared_ptr<index::VectorIndex> index;
    std::optional<ManyTracks> added;
    std::int64_t done = 0;
    vectors_.each_embedding(model, [&](TrackId id, const Embedding& embedding) {
        if (done++ % 1024 == 0) {
            cancel.check();
            report(done);
        }
        if (!index) {
            index = index::create_index(embedding.size(), options_.params);
            added.emplace(*index, options_.threads);
        }
        added->add(id, embedding);
    });
    if (!index) return;
    added->finish();
    live_.swap(index);
    model_ = model;
    revision_ = revision;
}

void ServedIndex::save_if_needed(const std::function<void(std::int64_t)>& report, const CancelToken& cancel,
                                 bool every_change) {
    const ModelTag model = vectors_.dominant_model();
    if (model.name.empty()) return;
    const auto info = store_.index_blobs().info(name_);
    std::lock_guard lock(mutex_);
    if (info && info->model == model) {
        if (live_.get()) catch_up_locked();
        const std::int64_t changes = vectors_.count_changes(info->revision);
        const bool is_near = every_change ? changes == 0 : changes * kFewChanges <= info->count;
        if (useless_ != info->version && is_near) return;
        catch_up_locked();
    } else if (!live_.get() || model_ != model) {
        rebuild(model, report, cancel);
    } else {
        catch_up_locked();
    }
    if (live_.get()) save();
}

void ServedIndex::release() {
    std::lock_guard lock(mutex_);
    live_.swap(nullptr);
    revision_ = 0;
}

}  // namespace audiomuse::jobs
