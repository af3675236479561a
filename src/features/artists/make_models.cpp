// From credits and vectors to models.
#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/features/artists/artist_models.h"
#include "audiomuse/features/artists/names.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/gmm.h"
#include "fixed_point.h"

namespace audiomuse::features {
namespace {

// Part of every fingerprint: raise it when the same songs shall give another model.
constexpr std::uint64_t kMethod = 1;
constexpr double kSmallestFloor = 1e-6;  // where all songs of an artist sound the same

/// One artist on the way.
struct Draft {
    std::map<std::string, std::size_t> spellings;  // how often each is used
    std::vector<TrackId> tracks;
};

struct Fitted {
    std::uint64_t fingerprint = 0;
    std::uint32_t analysed = 0;
    bool reused = false;
    std::vector<float> weights;
    std::vector<std::int16_t> means;
};

/// FNV-1a over words of 64 bits, with a shift that brings high bits down.
class Fingerprint {
public:
    void add(std::uint64_t word) {
        hash_ = (hash_ ^ word) * 0x100000001b3U;
        hash_ ^= hash_ >> 29U;
    }
    void add(std::span<const float> values) {
        for (const float value : values) {
            std::uint32_t bits = 0;
            std::memcpy(&bits, &value, sizeof bits);
            add(bits);
        }
    }
    std::uint64_t value() const { return hash_; }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325U;
};

double mean_variance(const numeric::Matrix& points) {
    double total = 0;
    for (std::size_t j = 0; j < points.columns(); ++j) {
        double sum = 0;
        double squares = 0;
        for (std::size_t i = 0; i < points.rows(); ++i) {
            const auto value = static_cast<double>(points(i, j));
            sum += value;
            squares += value * value;
        }
        const auto n = static_cast<double>(points.rows());
        total += std::max(0.0, squares / n - (sum / n) * (sum / n));
    }
    return total / static_cast<double>(points.columns());
}

void add_component(Fitted& fitted, double weight, std::vector<float> mean, std::span<const float> instead) {
    // Songs that point every way have no mean direction; one of them stands for them.
    if (!numeric::normalise(mean)) mean.assign(instead.begin(), instead.end());
    fitted.weights.push_back(static_cast<float>(weight));
    fitted.means.resize(fitted.means.size() + mean.size());
    to_fixed(mean, std::span(fitted.means).last(mean.size()));
}

void fit(const numeric::Matrix& songs, const ArtistParams& params, Fitted& fitted) {
    const std::size_t n = songs.rows();
    if (n < params.few_songs) {
        for (std::size_t i = 0; i < n; ++i) {
            const auto song = songs.row(i);
            add_component(fitted, 1 / static_cast<double>(n), {song.begin(), song.end()}, song);
        }
        return;
    }
    const std::size_t most =
        std::clamp<std::size_t>(n / std::max<std::size_t>(1, params.songs_per_component), 1, params.most_components);
    const numeric::GmmFit best = numeric::fit_gmm_by_bic(
        songs, most,
        {.n_init = params.n_init,
         .variance_floor = std::max(kSmallestFloor, params.variance_floor * mean_variance(songs)),
         .seed = params.seed});
    for (std::size_t k = 0; k < best.mixture.components(); ++k) {
        const auto mean = best.mixture.means.row(k);
        std::vector<float> centre(mean.size());
        std::transform(mean.begin(), mean.end(), centre.begin(),
                       [](double value) { return static_cast<float>(value); });
        add_component(fitted, best.mixture.weights[k], std::move(centre), songs.row(0));
    }
}

std::map<std::string, Draft> draft_artists(std::span<const store::Credits> credits) {
    KnownArtists known;
    for (const store::Credits& track : credits)
        known.add(track.artists, track.album_artist);
    std::map<std::string, Draft> drafts;
    for (const store::Credits& track : credits) {
        for (const std::string& name : known.split(track.artists, track.album_artist)) {
            Draft& draft = drafts[artist_name_key(name)];
            ++draft.spellings[name];
            draft.tracks.push_back(track.id);
        }
    }
    for (auto& [key, draft] : drafts)
        std::sort(draft.tracks.begin(), draft.tracks.end());
    return drafts;
}

/// The spelling that most tracks use, the first of equals.
const std::string& usual_spelling(const Draft& draft) {
    return std::max_element(draft.spellings.begin(), draft.spellings.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

}  // namespace

class ArtistModelsMaker {
public:
    ArtistModelsMaker(const index::VectorIndex* index, const ArtistParams& params, const ArtistModels* before)
        : index_(index), params_(params), before_(before) {
        if (index != nullptr) models_.dimension_ = index->dimension();
    }

    void add_names(const std::map<std::string, Draft>& drafts) {
        for (const auto& [key, draft] : drafts) {
            models_.names_.push_back(usual_spelling(draft));
            models_.keys_.push_back(key);
            models_.tracks_.insert(models_.tracks_.end(), draft.tracks.begin(), draft.tracks.end());
            models_.track_ends_.push_back(models_.tracks_.size());
        }
    }

    std::size_t size() const { return models_.keys_.size(); }

    Fitted fit_artist(std::size_t artist) const {
        const std::size_t begin = artist == 0 ? 0 : static_cast<std::size_t>(models_.track_ends_[artist - 1]);
        Fitted fitted;
        std::vector<std::vector<float>> vectors;
        Fingerprint fingerprint;
        fingerprint.add(kMethod);
        for (std::size_t i = begin; index_ != nullptr && i < models_.track_ends_[artist]; ++i) {
            std::vector<float> vector = index_->vector(models_.tracks_[i].value);
            if (vector.empty()) continue;
            fingerprint.add(static_cast<std::uint64_t>(models_.tracks_[i].value));
            fingerprint.add(vector);
            vectors.push_back(std::move(vector));
        }
        fitted.fingerprint = fingerprint.value();
        fitted.analysed = static_cast<std::uint32_t>(vectors.size());
        if (vectors.empty() || take_over(artist, fitted)) return fitted;
        numeric::Matrix songs(vectors.size(), models_.dimension_);
        for (std::size_t i = 0; i < vectors.size(); ++i)
            std::copy(vectors[i].begin(), vectors[i].end(), songs.row(i).begin());
        fit(songs, params_, fitted);
        return fitted;
    }

    ArtistModels finish(const std::vector<Fitted>& all) {
        for (const Fitted& fitted : all) {
            models_.reused_ += fitted.reused ? 1 : 0;
            models_.fingerprints_.push_back(fitted.fingerprint);
            models_.analysed_.push_back(fitted.analysed);
            models_.weights_.insert(models_.weights_.end(), fitted.weights.begin(), fitted.weights.end());
            models_.means_.insert(models_.means_.end(), fitted.means.begin(), fitted.means.end());
            models_.component_ends_.push_back(models_.weights_.size());
        }
        models_.index_names();
        return std::move(models_);
    }

private:
    bool take_over(std::size_t artist, Fitted& fitted) const {
        if (before_ == nullptr || before_->dimension_ != models_.dimension_) return false;
        const auto found = std::lower_bound(before_->keys_.begin(), before_->keys_.end(), models_.keys_[artist]);
        if (found == before_->keys_.end() || *found != models_.keys_[artist]) return false;
        const auto old = static_cast<std::size_t>(found - before_->keys_.begin());
        if (before_->fingerprints_[old] != fitted.fingerprint) return false;
        const ArtistModels::View view = before_->at(old);
        if (view.weights.empty()) return false;
        fitted.weights.assign(view.weights.begin(), view.weights.end());
        const auto begin = static_cast<std::ptrdiff_t>((view.weights.data() - before_->weights_.data()) *
                                                       static_cast<std::ptrdiff_t>(models_.dimension_));
        const auto count = static_cast<std::ptrdiff_t>(view.weights.size() * models_.dimension_);
        fitted.means.assign(before_->means_.begin() + begin, before_->means_.begin() + begin + count);
        fitted.reused = true;
        return true;
    }

    const index::VectorIndex* index_;
    const ArtistParams& params_;
    const ArtistModels* before_;
    ArtistModels models_;
};

ArtistModels make_artist_models(std::span<const store::Credits> credits, const index::VectorIndex* index,
                                const ArtistParams& params, const ArtistModels* before, const ArtistReport& report,
                                const CancelToken& cancel) {
    ArtistModelsMaker maker(index, params, before);
    maker.add_names(draft_artists(credits));
    std::vector<Fitted> fitted(maker.size());
    std::mutex reporting;
    std::size_t done = 0;  // guarded by reporting
    parallel_for(fitted.size(), params.threads, [&](std::size_t artist) {
        cancel.check();
        fitted[artist] = maker.fit_artist(artist);
        std::lock_guard lock(reporting);
        if (++done % 64 == 0 && report) report(done, fitted.size());
    });
    return maker.finish(fitted);
}

}  // namespace audiomuse::features
