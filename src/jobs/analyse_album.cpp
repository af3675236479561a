// A child of an analysis: listens to a few tracks.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <future>
#include <set>
#include <span>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/jobs/media_servers.h"
#include "audiomuse/jobs/workers.h"
#include "audiomuse/library/audio_signature.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

using Pending = store::Analyses::PendingTrack;
using Saved = store::Analyses::Saved;

constexpr double kSaveInterval = 0.25;  // seconds of results that a kill can cost

struct Album {
    ModelTag model;
    std::optional<ModelTag> sound;  ///< of CLAP, for tracks that the model has analysed already
    std::vector<TrackId> tracks;
};

Album read_album(const std::string& params) {
    const json::value given = json::parse(params);
    Album album;
    album.model = {std::string(given.at("model").at("name").as_string()),
                   std::string(given.at("model").at("version").as_string())};
    if (const json::value* sound = given.as_object().if_contains("sound")) {
        album.sound = {std::string(sound->at("name").as_string()), std::string(sound->at("version").as_string())};
    }
    for (const json::value& id : given.at("tracks").as_array())
        album.tracks.push_back(TrackId{id.to_number<std::int64_t>()});
    return album;
}

std::unique_ptr<library::FetchedAudio> fetch(const JobContext& context, const Pending& track,
                                             const CancelToken& cancel) {
    if (!track.item_id.empty()) {
        if (context.servers == nullptr) throw Error(ErrorCode::unavailable, "This process reaches no media servers.");
        return context.servers->open(track.server)->fetch(track.item_id, track.path, cancel);
    }
    if (context.source == nullptr) throw Error(ErrorCode::unavailable, "This process has no way to the music folders.");
    return context.source->fetch({track.path, track.stamp, track.id}, cancel);
}

/// What says nothing about the file: nobody is there to fetch it from, or a media server refuses all of it.
bool is_about_the_source(const Pending& track, ErrorCode code) {
    if (code == ErrorCode::cancelled || code == ErrorCode::unavailable) return true;
    if (track.item_id.empty()) return false;
    return code == ErrorCode::login_refused || code == ErrorCode::permission_denied || code == ErrorCode::timeout;
}

/// Lyrics as media servers have them. What goes wrong is not worth a track: it only stays without.
class Lyrics {
public:
    explicit Lyrics(const JobContext& context) : context_(context) {}

    /// Those of the server where it has some that can be kept; else empty. Threads: one at a time.
    std::string ask(const Pending& track, const CancelToken& cancel) {
        if (track.item_id.empty() || silent_.contains(track.server)) return {};
        try {
            std::string text = context_.servers->open(track.server)->server().lyrics(track.item_id, cancel);
            return text.size() <= kLongestLyrics ? text : std::string();
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            log::debug("No lyrics of {}: {}", track.path, error.what());
            // Most likely it will not answer for the next one either, and each question may take long.
            if (error.code() != ErrorCode::not_found) silent_.insert(track.server);
            return {};
        }
    }

private:
    static constexpr std::size_t kLongestLyrics = 100'000;  // bytes
    const JobContext& context_;
    std::set<ServerId> silent_;
};

struct Fetched {
    std::unique_ptr<library::FetchedAudio> audio;
    std::string lyrics;
};

/// Fetches the next file while one is listened to, so that a network is never waited for twice. One file ahead for each
/// worker bounds what lies on the disk and what a server is asked for at once.
class ReadAhead {
public:
    ReadAhead(const JobContext& context, std::span<const Pending> tracks, const CancelToken& cancel)
        : context_(context), tracks_(tracks), cancel_(cancel), lyrics_(context) {}

    /// The audio of track `i`; begins to fetch the one after it. Throws what fetching threw.
    Fetched get(std::size_t i) {
        const bool ahead = next_.valid() && number_ == i;
        Fetched fetched = ahead ? next_.get() : fetch_with_lyrics(i);
        number_ = i + 1;
        // A local file is there at once.
        if (number_ < tracks_.size() && !tracks_[number_].item_id.empty()) {
            next_ = std::async(std::launch::async, [this, number = number_] { return fetch_with_lyrics(number); });
        }
        return fetched;
    }

private:
    Fetched fetch_with_lyrics(std::size_t i) {
        auto audio = fetch(context_, tracks_[i], cancel_);
        return {std::move(audio), lyrics_.ask(tracks_[i], cancel_)};
    }

    const JobContext& context_;
    const std::span<const Pending> tracks_;
    const CancelToken& cancel_;
    std::size_t number_ = 0;
    Lyrics lyrics_;
    std::future<Fetched> next_;
};

/// Whether the audio is that of a track that was heard before, which has the place of this one now.
bool is_recognised(const JobContext& context, const Pending& track, const std::filesystem::path& file) {
    if (track.item_id.empty()) return false;  // the scan compared it
    return context.store.tracks().recognise_audio(track.id, library::audio_signature(file)).has_value();
}

/// Nothing when the track was recognised.
std::optional<Saved> listen(const JobContext& context, const Pending& track, ReadAhead& files, std::size_t i,
                            const CancelToken& cancel) {
    Saved saved{track.id, track.stamp, std::nullopt, std::nullopt, context.analyser->decoder()};
    try {
        const Fetched fetched = files.get(i);
        const std::filesystem::path file = fetched.audio->path();
        if (is_recognised(context, track, file)) return std::nullopt;
        if (!fetched.lyrics.empty()) context.store.tracks().set_lyrics(track.id, fetched.lyrics);
        auto result = context.analyser->analyse(file, cancel);
        if (auto* analysis = std::get_if<TrackAnalysis>(&result)) {
            saved.analysis = std::move(*analysis);
        } else {
            saved.failure = std::get<AnalysisFailure>(std::move(result));
        }
    } catch (const Error& error) {
        if (is_about_the_source(track, error.code())) throw;
        saved.failure = AnalysisFailure{error.code(), "fetch", error.what()};
    }
    return saved;
}

/// What CLAP makes of a track that was analysed before. When it makes nothing of it, that is noted, so that the track
/// isn't fetched again and again; it stays analysed.
store::SoundVectors::Heard hear(const JobContext& context, const Pending& track, ReadAhead& files, std::size_t i,
                                const ModelTag& sound, const CancelToken& cancel) {
    store::SoundVectors::Heard heard{.id = track.id, .stamp = track.stamp, .sound = {sound, {}}};
    std::string why;
    try {
        const Fetched fetched = files.get(i);
        auto result = context.analyser->hear(fetched.audio->path(), cancel);
        if (auto* vector = std::get_if<SoundVector>(&result)) {
            heard.sound = std::move(*vector);
        } else {
            why = std::get<AnalysisFailure>(result).message;
        }
    } catch (const Error& error) {
        if (is_about_the_source(track, error.code())) throw;
        why = error.what();
    }
    if (!why.empty()) log::warn("'{}' can't be found by texts: {}", track.path, why);
    return heard;
}

/// Saves results as they come, several at once where they come quickly.
class Results {
public:
    Results(const JobContext& context, Progress& progress, std::size_t total, bool one_by_one)
        : context_(context), progress_(progress), total_(total), one_by_one_(one_by_one) {}

    void take(Saved saved) {
        batch_.push_back(std::move(saved));
        if (one_by_one_ || steady_now() - last_save_ > kSaveInterval) flush();
    }

    void take(store::SoundVectors::Heard heard) {
        heard_.push_back(std::move(heard));
        if (one_by_one_ || steady_now() - last_save_ > kSaveInterval) flush();
    }

    void flush() {
        if (batch_.empty() && heard_.empty()) return;
        const store::Analyses::Kept kept = context_.store.analyses().save(batch_);
        const std::int64_t heard = context_.store.sounds().save(heard_);
        // Whatever kills the next worker, it was none of these.
        if (progress_.job().attempts > 0) context_.store.jobs().reset_attempts(progress_.job().id, context_.worker);
        for (const Saved& saved : batch_) {
            if (saved.failure) log::debug("Failed: {}", saved.failure->message);
        }
        done_ += batch_.size() + heard_.size();
        batch_.clear();
        heard_.clear();
        last_save_ = steady_now();
        Counts counts = progress_.counts();
        counts.analysed += kept.analysed;
        counts.failed += kept.failed;
        counts.heard += heard;
        progress_.set_counts(counts);
        progress_.report(static_cast<double>(done_) / static_cast<double>(total_), fmt::format("{} tracks", done_));
        context_.queue.publish({"library", "{}"});
    }

private:
    const JobContext& context_;
    Progress& progress_;
    const std::size_t total_;
    const bool one_by_one_;
    std::vector<Saved> batch_;
    std::vector<store::SoundVectors::Heard> heard_;
    std::size_t done_ = 0;
    double last_save_ = 0;  // the first result is saved at once
};

/// Whether the worker may begin the next track; it waits for its share of the processor and for what guards say.
bool may_begin(const JobContext& context, Slot& slot, Progress& progress, const CancelToken& cancel) {
    std::string told;
    slot.rests = true;
    const bool go = slot.throttle.wait([&] { return cancel.cancelled(); },
                                       [&] {
                                           std::string why;
                                           if (!slot.guards.hold_back(context, why)) return false;
                                           if (!why.empty() && why != told) {
                                               progress.set_detail("waits_for", json::serialize(json::string(why)));
                                               progress.say(why);
                                               told = why;
                                           }
                                           return true;
                                       });
    if (!told.empty()) progress.set_detail("waits_for", "");
    return go;
}

}  // namespace

// Tracks are done in order, and each result is saved before the next begins where an earlier worker died: so when
// workers die again and again without a result, it is the first track without one that kills them. Until that is known,
// the album is done alone, so that no other album's worker dies of it.
void analyse_album(const JobContext& context, Slot& slot, Progress& progress, const CancelToken& cancel) {
    const Album album = read_album(progress.job().params);
    if (album.model != context.analyser->model()) {
        throw Error(ErrorCode::model_missing,
                    fmt::format("{} is wanted, but the worker {} has {}. Set MODEL alike on all machines.",
                                album.model.name, context.worker, context.analyser->model().name));
    }
    std::vector<Pending> pending = context.store.analyses().pending_of(album.model, album.tracks);
    const std::size_t first_due = pending.size();  // from here on, tracks are for CLAP only
    if (album.sound) {
        const std::vector<Pending> due = context.store.sounds().due_of(album.model, *album.sound, album.tracks);
        if (!due.empty() && album.sound != context.analyser->sound_model()) {
            throw Error(ErrorCode::model_missing,
                        fmt::format("The worker {} does not have the CLAP that others have ({} {}). Install the same "
                                    "files on all machines.",
                                    context.worker, album.sound->name, album.sound->version));
        }
        pending.insert(pending.end(), due.begin(), due.end());
    }
    const int deaths = progress.job().attempts;
    const bool suspect = deaths > 0;
    const auto entered = slot.enter(suspect);
    progress.begin_step("analyse", 0, 100, fmt::format("{} tracks", pending.size()));
    Results results(context, progress, pending.size(), suspect);
    ReadAhead files(context, pending, cancel);
    int by_audio = 0;
    for (std::size_t i = 0; i < pending.size(); ++i) {
        const Pending& track = pending[i];
        const bool for_clap = i >= first_due;
        if (i == 0 && deaths > kMaxRetries && for_clap) {
            log::warn("The program ended {} times while CLAP listened to {}.", deaths, track.path);
            results.take(store::SoundVectors::Heard{.id = track.id, .stamp = track.stamp, .sound = {*album.sound, {}}});
            continue;
        }
        if (i == 0 && deaths > kMaxRetries) {
            const std::string message =
                fmt::format("The program ended {} times while listening to {}.", deaths, track.path);
            results.take({track.id, track.stamp, std::nullopt, AnalysisFailure{ErrorCode::internal, "analyse", message},
                          context.analyser->decoder()});
            continue;
        }
        if (!may_begin(context, slot, progress, cancel)) break;
        const Guards::Track in_hand(slot.guards);
        try {
            if (for_clap) {
                results.take(hear(context, track, files, i, *album.sound, cancel));
            } else if (auto saved = listen(context, track, files, i, cancel)) {
                results.take(std::move(*saved));
            } else {
                progress.set_detail("by_audio", std::to_string(++by_audio));
            }
        } catch (...) {
            results.flush();  // what is done is kept, whatever ends this
            throw;
        }
    }
    results.flush();
    cancel.check();
}

}  // namespace audiomuse::jobs
