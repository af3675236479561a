// What listening yielded, or why it failed. A track's state follows from what is stored: with a failure it has failed;
// else with a result of its present audio it is analysed, or stale when the result is of another model; else it is
// pending. Results of other models, and of audio that has changed, are served until a new result or failure takes their
// place.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/base/track.h"
#include "audiomuse/store/track_vectors.h"

namespace audiomuse::store {

struct Coverage {
    std::int64_t tracks = 0;    ///< present tracks
    std::int64_t analysed = 0;  ///< with a result of the wanted model
    std::int64_t stale = 0;     ///< with a result of another model only: served until redone
    std::int64_t failed = 0;    ///< could not be analysed in the state the file is in
    std::int64_t pending = 0;   ///< neither; analysed + stale + failed + pending == tracks
};

struct FailureRow {
    TrackId id;
    std::string item_id;
    std::string path;
    std::string title;
    std::string author;
    AnalysisFailure failure;
    FileStamp stamp;      ///< of the file as it failed
    std::string decoder;  ///< that was tried; "" for failures stored before this was noted
    double failed_at = 0;
};

/// The part of an analysis that features and pages read in bulk.
struct AnalysisSummary {
    TrackId id;
    double tempo_bpm = 0;
    double energy = 0;
    int key = 0;
    Scale scale = Scale::major;
    std::vector<float> moods;  ///< 50, or empty
    std::array<float, 6> other_features{};
};

/// Its vectors are those that the model of an analysis gave.
class Analyses : public TrackVectors {
public:
    /// Present tracks after `after` that need analysis by `wanted`: no result, a result of another model or of other
    /// audio, or a failure of a file whose stamp has changed since. Ordered by id; at most `limit`.
    struct PendingTrack {
        TrackId id;
        std::string path;  ///< as its server has it; of a media server it may name no file
        FileStamp stamp;
        ServerId server;
        std::string item_id = {};   ///< the server's own; empty: a local file
        std::string album_id = {};  ///< the server's own; may be empty
    };
    virtual std::vector<PendingTrack> pending(const ModelTag& wanted, TrackId after, std::int64_t limit) = 0;
    /// Those of `ids` that need it, in their order.
    virtual std::vector<PendingTrack> pending_of(const ModelTag& wanted, std::span<const TrackId> ids) = 0;

    /// One result. An analysis replaces the one before (and its embedding and its sound vector, when it brings them)
    /// and removes a failure; a failure keeps an earlier analysis unless the audio has changed since. `stamp` is that
    /// of the file listened to: if the file has another one by now, an analysis is kept but its track stays pending,
    /// and a failure is dropped.
    struct Saved {
        TrackId id;
        FileStamp stamp;
        std::optional<TrackAnalysis> analysis;   ///< either this
        std::optional<AnalysisFailure> failure;  ///< or this
        std::string decoder = {};                ///< that was used; kept with a failure
    };
    struct Kept {
        std::int64_t analysed = 0;
        std::int64_t failed = 0;
    };
    /// All in one transaction. Two workers may have listened to one track: an analysis that is stored already (the same
    /// model, the same state of the file) is dropped, and a failure that is there already is not counted. Each analysis
    /// that is kept adds one to the track's `times_analysed`. Throws Error(not_found) for an unknown track.
    virtual Kept save(std::span<const Saved> results) = 0;
    /// Forgets failures (of one track, or all) so that the next analysis tries them again. Returns their number.
    virtual std::int64_t forget_failures(std::optional<TrackId> id) = 0;
    /// Forgets failures at one of `stages` that came about with another decoder than `decoder`. Returns their number.
    virtual std::int64_t forget_failures_of_other_decoders(std::string_view decoder,
                                                           std::span<const std::string_view> stages) = 0;

    /// Whole, with embedding and descriptors. tempo_confidence, loudness and key_confidence of a result stored before
    /// these were measured are NaN.
    virtual std::optional<TrackAnalysis> get(TrackId id) = 0;
    /// In the order of `ids`; tracks without an analysis are left out.
    virtual std::vector<AnalysisSummary> summaries(std::span<const TrackId> ids) = 0;
    /// How often an analysis of this track was saved; for proving that recovery repeats nothing.
    virtual std::int64_t times_analysed(TrackId id) = 0;
    virtual Coverage coverage(const ModelTag& wanted) = 0;
    struct FailurePage {
        std::vector<FailureRow> rows;
        std::int64_t total = 0;
    };
    /// Of present tracks, the newest first.
    virtual FailurePage failures(std::int64_t offset, std::int64_t limit) = 0;
    /// Of these tracks, present or not, in the order of `ids`; those without a failure are left out.
    virtual std::vector<FailureRow> failures_of(std::span<const TrackId> ids) = 0;

    virtual void each_summary(
        const std::function<void(const AnalysisSummary&)>& visit) = 0;  ///< analysed, present tracks
};

/// The formats of AudioMuse-AI's API: "rock:0.587,pop:0.561" (the `top` highest, three decimals; equal ones in the
/// order of kMoodNames; "" without moods), and "danceable:0.62,...,sad:0.35" (fixed order, two decimals).
std::string mood_vector_text(std::span<const float> moods, int top = 5);
std::string other_features_text(const std::array<float, 6>& features);

}  // namespace audiomuse::store
