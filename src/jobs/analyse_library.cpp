// The coordinator of an analysis: it hands out albums a few at a time and adds up what comes back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>
#include <unordered_set>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "children.h"
#include "listings.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

using Pending = store::Analyses::PendingTrack;

// Rows and queue stay short however large the library is; many machines still find enough to do.
constexpr std::size_t kChildrenAtOnce = 64;
// Small enough for a worker that is told to go to end what it has begun.
constexpr std::size_t kMostTracks = 16;
constexpr std::int64_t kPendingBatch = 512;
// What another decoder may do better: it reads the file, and the rest works on what it hands on. Not "fetch".
constexpr std::array<std::string_view, 3> kStagesOfDecoder = {"decode", "analyse", "model"};

json::object to_json(const ModelTag& model) {
    return {{"name", model.name}, {"version", model.version}};
}

/// Cuts the pending tracks into albums: up to `most` that follow each other, of one folder or album; after them those
/// that only CLAP is to hear. Tracks that children have in hand already are left out.
class AlbumCursor {
public:
    AlbumCursor(store::Store& store, ModelTag model, std::optional<ModelTag> sound,
                std::unordered_set<std::int64_t> in_hand, std::size_t most)
        : store_(store),
          model_(std::move(model)),
          sound_(std::move(sound)),
          in_hand_(std::move(in_hand)),
          most_(most) {}

    /// Empty at the end.
    std::vector<TrackId> next() {
        std::vector<TrackId> album;
        std::string folder;
        while (const Pending* track = peek()) {
            const std::string its_folder =
                track->album_id.empty() ? std::filesystem::path(track->path).parent_path().string() : track->album_id;
            if (!album.empty() && (album.size() == most_ || its_folder != folder)) break;
            folder = its_folder;
            album.push_back(track->id);
            ++position_;
        }
        return album;
    }

private:
    const Pending* peek() {
        for (;;) {
            while (position_ < batch_.size() && in_hand_.contains(batch_[position_].id.value))
                ++position_;
            if (position_ < batch_.size()) return &batch_[position_];
            batch_ = for_clap_ ? store_.sounds().due(model_, *sound_, last_, kPendingBatch)
                               : store_.analyses().pending(model_, last_, kPendingBatch);
            position_ = 0;
            if (!batch_.empty()) {
                last_ = batch_.back().id;
            } else if (sound_ && !std::exchange(for_clap_, true)) {
                last_ = {};
            } else {
                return nullptr;
            }
        }
    }

    store::Store& store_;
    const ModelTag model_;
    const std::optional<ModelTag> sound_;
    bool for_clap_ = false;
    const std::unordered_set<std::int64_t> in_hand_;
    const std::size_t most_;
    std::vector<Pending> batch_;
    std::size_t position_ = 0;
    TrackId last_;
};

std::unordered_set<std::int64_t> tracks_in_hand(const std::vector<store::Job>& albums) {
    std::unordered_set<std::int64_t> tracks;
    for (const store::Job& album : albums) {
        if (store::is_final(album.state)) continue;
        const json::value params = json::parse(album.params);
        for (const json::value& id : params.at("tracks").as_array())
            tracks.insert(id.to_number<std::int64_t>());
    }
    return tracks;
}

/// What failed with another decoder than this process's is pending again.
void forget_failures_of_other_decoders(const JobContext& context, Progress& progress) {
    const std::int64_t forgotten =
        context.store.analyses().forget_failures_of_other_decoders(context.analyser->decoder(), kStagesOfDecoder);
    if (forgotten > 0)
        progress.log(
            fmt::format("The decoder has changed: files that failed with another are tried again ({}).", forgotten));
}

/// The albums of one run: keeps some of them waiting, and knows what those that ended have done.
class AlbumWork {
public:
    AlbumWork(const JobContext& context, Progress& progress, const ModelTag& model,
              const std::optional<ModelTag>& sound, std::int64_t total)
        : context_(context),
          progress_(progress),
          parent_(progress.job().id),
          model_(model),
          sound_(sound),
          total_(total),
          clock_(static_cast<double>(total)),
          cursor_(context.store, model, sound,
                  tracks_in_hand(of_type(context.store.jobs().children(parent_), kAnalyseAlbum)),
                  // A small library is cut finely, so that every worker gets some of it.
                  std::clamp<std::size_t>(static_cast<std::size_t>(total) / kChildrenAtOnce, 1, kMostTracks)) {}

    /// Takes in what has ended and hands out more. False when there is nothing left to do.
    bool step(const std::vector<store::Job>& children) {
        std::vector<JobId> ended;
        Counts in_hand;
        std::size_t unfinished = 0;
        std::string waiting;
        for (const store::Job& album : of_type(children, kAnalyseAlbum)) {
            const Counts counts = counts_of(album);
            Counts& sum = store::is_final(album.state) ? done_ : in_hand;
            sum.analysed += counts.analysed;
            sum.failed += counts.failed;
            sum.heard += counts.heard;
            if (store::is_final(album.state)) {
                if (album.state == store::JobState::failure) note_failure(album);
                if (const std::string count = detail_of(album, "by_audio"); !count.empty())
                    by_audio_ += json::parse(count).to_number<std::int64_t>();
                ended.push_back(album.id);
            } else {
                ++unfinished;
                if (waiting.empty()) waiting = detail_of(album, "waits_for");
            }
        }
        context_.store.jobs().remove(ended);
        show(done_.analysed + in_hand.analysed, done_.failed + in_hand.failed, done_.heard + in_hand.heard, waiting);
        return hand_out(unfinished) > 0;
    }

    std::int64_t by_audio() const { return by_audio_; }      ///< tracks that were recognised by their audio
    const std::string& failure() const { return failure_; }  ///< of the last album that could not be done; "" if none

private:
    void note_failure(const store::Job& album) {
        failure_ = message_of(album);
        log::warn("A part of the analysis failed: {}", failure_);
        progress_.log(fmt::format("A part of the analysis failed: {}", failure_));
    }

    void show(std::int64_t analysed, std::int64_t failed, std::int64_t heard, const std::string& waiting) {
        progress_.set_detail("waits_for", waiting);
        const std::int64_t done = analysed + failed + heard;
        if (done == shown_ && !waiting.empty()) {
            progress_.say(std::string(json::parse(waiting).as_string()));
            return;
        }
        shown_ = done;
        Counts counts = progress_.counts();
        counts.failed += failed - counted_.failed;
        counts.analysed += analysed - counted_.analysed;
        counts.heard += heard - counted_.heard;
        counted_ = {.analysed = analysed, .failed = failed, .heard = heard};
        progress_.set_counts(counts);
        const auto part = static_cast<double>(done);
        progress_.report(total_ == 0 ? 1 : part / static_cast<double>(total_),
                         fmt::format("Listened to {} of {} tracks", done, total_), clock_.remaining(part));
    }

    /// Returns how many albums are unfinished now.
    std::size_t hand_out(std::size_t unfinished) {
        std::vector<std::string> fresh;
        while (unfinished + fresh.size() < kChildrenAtOnce) {
            const std::vector<TrackId> album = cursor_.next();
            if (album.empty()) break;
            json::array tracks;
            for (const TrackId id : album)
                tracks.emplace_back(id.value);
            json::object params{{"model", to_json(model_)}, {"tracks", std::move(tracks)}};
            if (sound_) params["sound"] = to_json(*sound_);
            fresh.push_back(json::serialize(params));
        }
        if (!fresh.empty()) start_children(context_, parent_, kAnalyseAlbum, fresh);
        return unfinished + fresh.size();
    }

    const JobContext& context_;
    Progress& progress_;
    const JobId parent_;
    const ModelTag model_;
    const std::optional<ModelTag> sound_;
    const std::int64_t total_;
    const EtaClock clock_;
    AlbumCursor cursor_;
    Counts done_;     ///< of albums that have ended
    Counts counted_;  ///< what the job's counts hold of this run's albums
    std::int64_t shown_ = -1;
    std::int64_t by_audio_ = 0;
    std::string failure_;
};

/// How many tracks had a result before the run began, though it may have been interrupted since.
std::int64_t known_before(const store::Job& job, const store::Coverage& now) {
    const std::string noted = detail_of(job, "known_before");
    return noted.empty() ? now.analysed : json::parse(noted).to_number<std::int64_t>();
}

}  // namespace

void follow_library(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("index", 95, 97, "Bringing the index up to date");
    store::Analyses& analyses = context.store.analyses();
    const std::int64_t analysed = analyses.coverage(analyses.dominant_model()).analysed;
    const auto vectors = static_cast<double>(std::max<std::int64_t>(1, analysed));
    context.index.save_if_needed(
        [&](std::int64_t done) {
            progress.report(static_cast<double>(done) / vectors, fmt::format("Indexed {} tracks", done));
        },
        cancel);
    if (context.sounds != nullptr) context.sounds->save_if_needed([](std::int64_t) {}, cancel);
    context.queue.publish({"index", "{}"});

    progress.begin_step("scales", 97, 97, "Measuring neighbourhoods");
    update_scales(context, progress, cancel);
    progress.begin_step("artists", 97, 98, "Getting to know the artists");
    follow_artists(context, progress, cancel);
    progress.begin_step("map", 98, 100, "Bringing the map up to date");
    update_map(context, progress, cancel);
}

void analyse_library(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.set_detail("known_before", detail_of(progress.job(), "known_before"));  // kept, should this one die too
    const Listings listings = list_everything(context, progress, {.to = 10}, cancel);
    if (listings.complete == 0) throw Error(ErrorCode::io, listings.failed);
    if (context.analyser == nullptr) throw Error(ErrorCode::invalid_argument, "This process does not analyse.");
    const ModelTag model = context.analyser->model();
    forget_failures_of_other_decoders(context, progress);
    store::Coverage coverage = context.store.analyses().coverage(model);
    const std::int64_t known = known_before(progress.job(), coverage);
    const std::optional<ModelTag> sound = context.analyser->sound_model();
    const auto count_due = [&] { return sound ? context.store.sounds().count_due(model, *sound) : 0; };
    const std::int64_t due = count_due();
    const std::int64_t total = coverage.pending + coverage.stale + due;
    progress.set_detail("known_before", std::to_string(known));
    progress.set_counts({.found = coverage.tracks,
                         .analysed = coverage.analysed - known,
                         .known = known,
                         .failed = coverage.failed,
                         .total = total});
    std::string with = model.name;
    if (due > 0) with += fmt::format(", {} of them with {} only", due, sound->name);
    progress.begin_step("analyse", 10, 95, fmt::format("Listening to {} tracks with {}", total, with));

    AlbumWork work(context, progress, model, sound, total);
    watch_children(context, progress.job().id, cancel,
                   [&](const std::vector<store::Job>& children) { return work.step(children); });

    if (work.by_audio() > 0)
        progress.log(fmt::format("{} tracks were known by their audio, from another server or path.", work.by_audio()));

    // The store knows what was done, whoever did it.
    coverage = context.store.analyses().coverage(model);
    const std::int64_t still_due = count_due();
    const std::int64_t left = coverage.pending + coverage.stale + still_due;
    const std::int64_t analysed = std::max<std::int64_t>(0, coverage.analysed - known);
    progress.set_counts({.found = coverage.tracks,
                         .analysed = analysed,
                         .known = std::min(known, coverage.analysed),
                         .failed = coverage.failed,
                         .heard = std::max<std::int64_t>(0, due - still_due),
                         .total = total});
    const bool complete = left == 0 && listings.failed.empty();
    progress.set_detail("complete", complete ? "true" : "false");
    if (left > 0 && analysed == 0 && still_due >= due && !work.failure().empty())
        throw Error(ErrorCode::internal, work.failure());

    follow_library(context, progress, cancel);
    if (complete) {
        std::string outcome = fmt::format("Done: {} tracks, {} analysed now, {} known before, {} failed",
                                          coverage.tracks, analysed, coverage.analysed - analysed, coverage.failed);
        if (due > 0) outcome += fmt::format("; {} heard by CLAP now", due - still_due);
        progress.set_outcome(outcome + ".");
        return;
    }
    std::string outcome = "Not complete:";
    if (left > 0)
        outcome += fmt::format(" {} of {} tracks are still to be listened to; the next run goes on with them.", left,
                               coverage.tracks);
    for (const std::string& why : {work.failure(), listings.failed}) {
        if (!why.empty()) outcome += " " + why;
    }
    progress.set_outcome(outcome);
}

}  // namespace audiomuse::jobs
