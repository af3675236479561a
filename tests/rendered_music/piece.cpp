#include "piece.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <sstream>

#include "score.h"

namespace audiomuse::rendered {

namespace {

/// Where beats lie in time.
class Clock {
public:
    Clock(double bpm, int beats, double drift, double swing, Random& random) : swing_(swing) {
        double time = random.uniform(0.0, 0.7);  // a recording begins anywhere
        double bend = 0;
        for (int beat = 0; beat <= beats; ++beat) {
            times_.push_back(time);
            bend = 0.9 * bend + drift * random.normal();
            time += 60 / bpm * (1 + bend);
        }
    }
    /// Seconds of a position in beats; within a beat the second half begins at the swing's ratio.
    double at(double beat) const {
        const auto whole = std::min(static_cast<std::size_t>(beat), times_.size() - 2);
        double part = beat - static_cast<double>(whole);
        part = part < 0.5 ? part * swing_ / 0.5 : swing_ + (part - 0.5) * (1 - swing_) / 0.5;
        return std::lerp(times_[whole], times_[whole + 1], part);
    }
    double mean_bpm() const { return 60 * static_cast<double>(times_.size() - 1) / (times_.back() - times_.front()); }
    double end() const { return times_.back(); }

private:
    double swing_;
    std::vector<double> times_;
};

struct Player {
    Timbre timbre;
    double gain = 0.3;
};

double hertz(double pitch) {
    return 440 * std::exp2((pitch - 69) / 12);
}

class Performance {
public:
    Performance(std::uint64_t seed, std::size_t index) : random_(Random::for_task(seed, index)) {
        piece_.tonic = static_cast<int>(index % 12);
        piece_.scale = index / 12 % 2 == 0 ? Scale::major : Scale::minor;
    }

    Piece play() {
        choose();
        for (std::size_t bar = 0; bar < bars_; ++bar) {
            const bool full = bar >= quiet_bars_;
            const double level = levels_[bar];
            if (full) drum(bar, level);
            accompany(bar, level);
            play_bass(bar, level);
        }
        if (with_melody_) play_melody();
        finish();
        return std::move(piece_);
    }

private:
    bool chance(double share) { return random_.uniform() < share; }
    template <class Items>
    const auto& pick(const Items& items) {
        return items[static_cast<std::size_t>(random_.integer(0, static_cast<std::int64_t>(std::size(items)) - 1))];
    }

    void choose() {
        // The tempo first, then one of the grooves that are played that fast.
        const double bpm = random_.uniform(50, 190);
        std::vector<const Groove*> fitting;
        for (const Groove& groove : grooves()) {
            if (bpm >= groove.bpm_low && bpm <= groove.bpm_high) fitting.push_back(&groove);
        }
        groove_ = pick(fitting);
        piece_.groove = groove_->name;
        piece_.beats_per_bar = groove_->beats;
        piece_.swing = groove_->feel != Feel::straight;
        piece_.drumming = groove_->drumming;
        beats_ = static_cast<double>(groove_->beats);
        const double seconds = random_.uniform(22, 28);
        bars_ = static_cast<std::size_t>(std::max(4.0, std::floor(seconds * bpm / 60 / beats_)));
        const double swing = groove_->feel == Feel::swing ? random_.uniform(0.6, 0.68) : 0.5;
        // Machines keep time; players drift by up to some per cent.
        const bool live = groove_->drumming != Drumming::full || chance(0.5);
        clock_.emplace(bpm, static_cast<int>(bars_) * groove_->beats, live ? random_.uniform(0.001, 0.005) : 0, swing,
                       random_);
        piece_.bpm = clock_->mean_bpm();
        jitter_s_ = live ? random_.uniform(0.003, 0.014) : 0.001;
        tuning_ = chance(0.15) ? random_.uniform(-0.5, 0.5) : 0.08 * random_.normal();

        progression_ = pick(progressions(piece_.scale));
        piece_.progression = progression_;
        std::istringstream words(progression_);
        for (std::string word; words >> word;)
            chords_.push_back(chord_named(word));
        // Not every recording begins at home.
        if (chance(0.3))
            std::rotate(chords_.begin(), chords_.begin() + random_.integer(1, 3) % std::ssize(chords_), chords_.end());
        tonic_chord_ = chord_named(piece_.scale == Scale::major ? "I" : "i");
        comes_home_ = chance(0.5);  // the others are excerpts that end anywhere
        chord_beats_ =
            chance(0.15) && bpm > 90 ? 2 * beats_ : (chance(0.2) && groove_->beats == 4 ? beats_ / 2 : beats_);

        using enum Instrument;
        constexpr std::array kStruck = {piano, electric_piano, guitar, harp, piano, guitar};
        constexpr std::array kHeld = {organ, strings, synth, brass, reed};
        constexpr std::array kLeads = {flute, reed, strings, synth, piano, brass, guitar, electric_piano};
        comp_.timbre = timbre_of(groove_->accompaniment == Accompaniment::pad ? pick(kHeld) : pick(kStruck), random_);
        comp_.gain = random_.uniform(0.10, 0.2);
        lead_.timbre = timbre_of(pick(kLeads), random_);
        lead_.gain = random_.uniform(0.15, 0.4);
        bass_.timbre = timbre_of(chance(0.5) ? guitar : synth, random_);
        bass_.timbre.rolloff += 0.7;
        bass_.gain = random_.uniform(0.25, 0.5);
        pad_.timbre = timbre_of(pick(kHeld), random_);
        pad_.gain = random_.uniform(0.04, 0.09);
        drum_gain_ = groove_->drumming == Drumming::soft ? random_.uniform(0.05, 0.15) : random_.uniform(0.25, 0.7);
        with_bass_ = groove_->drumming == Drumming::full ? chance(0.9) : chance(0.6);
        with_pad_ = groove_->accompaniment != Accompaniment::pad && chance(0.35);
        with_melody_ = chance(0.8) || groove_->accompaniment == Accompaniment::pad;
        quiet_bars_ = groove_->drumming == Drumming::full && chance(0.3) ? bars_ / 4 : 0;

        const double swell = random_.uniform(0, 0.6);
        const double turn = random_.uniform(0, 1);
        for (std::size_t bar = 0; bar < bars_; ++bar) {
            const double part = static_cast<double>(bar) / static_cast<double>(bars_);
            levels_.push_back(1 - swell * std::abs(part - turn));
        }
        for (int d = 0; d < kDrums; ++d)
            kit_.push_back(stroke(static_cast<Drum>(d), random_));
        piece_.samples.assign(static_cast<std::size_t>((clock_->end() + 0.5) * kRate), 0.0F);
        melody_home_ = static_cast<int>(random_.integer(62, 76));
    }

    const Chord& chord_at(double beat) const {
        if (comes_home_ && beat >= beats_ * static_cast<double>(bars_ - 1)) return tonic_chord_;
        const auto count = static_cast<std::size_t>(beat / chord_beats_ + 1e-6);
        return chords_[count % chords_.size()];
    }

    void place(const Samples& sound, double beat, double gain) {
        const double at = clock_->at(beat) + jitter_s_ * random_.normal();
        const auto start = static_cast<std::size_t>(std::max(0.0, at) * kRate);
        for (std::size_t i = 0; i < sound.size() && start + i < piece_.samples.size(); ++i)
            piece_.samples[start + i] += static_cast<float>(gain) * sound[i];
    }

    void note(const Player& player, int pitch, double beat, double beats, double velocity) {
        const double end = std::min(beat + beats, beats_ * static_cast<double>(bars_));
        const double seconds = clock_->at(end) - clock_->at(beat);
        place(tone(player.timbre, hertz(pitch + tuning_), 0.95 * seconds, random_), beat,
              player.gain * velocity * random_.uniform(0.8, 1.1));
    }

    /// Calls `hit(position in beats within the bar, strength 0..1)` for every digit of a pattern that spans one bar.
    template <class Hit>
    void follow(std::string_view pattern, const Hit& hit) {
        const double step = beats_ / static_cast<double>(pattern.size());
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i] != '.') hit(step * static_cast<double>(i), (pattern[i] - '0') / 9.0);
        }
    }

    void drum(std::size_t bar, double level) {
        const double start = beats_ * static_cast<double>(bar);
        const bool fill = groove_->drumming == Drumming::full && bar % 4 == 3 && chance(0.5);
        for (const auto& [which, pattern] : groove_->drums) {
            const Samples& sound = kit_[static_cast<std::size_t>(which)];
            follow(pattern, [&](double beat, double strength) {
                if (fill && beat >= beats_ - 1) return;
                place(sound, start + beat, drum_gain_ * level * strength * random_.uniform(0.8, 1.0));
            });
        }
        if (!fill) return;
        for (int i = 0; i < 4; ++i)
            place(kit_[static_cast<std::size_t>(i < 2 ? Drum::snare : Drum::tom)], start + beats_ - 1 + 0.25 * i,
                  drum_gain_ * level * 0.8);
    }

    void accompany(std::size_t bar, double level) {
        const double start = beats_ * static_cast<double>(bar);
        if (with_pad_) {
            for (double beat = 0; beat < beats_; beat += std::min(beats_, chord_beats_)) {
                for (const int pitch : chord_at(start + beat).voiced(piece_.tonic, 60))
                    note(pad_, pitch, start + beat, std::min(beats_, chord_beats_), level);
            }
        }
        if (groove_->accompaniment == Accompaniment::pad) {
            for (double beat = 0; beat < beats_; beat += std::min(beats_, chord_beats_)) {
                for (const int pitch : chord_at(start + beat).voiced(piece_.tonic, 57))
                    note(comp_, pitch, start + beat, std::min(beats_, chord_beats_), level);
            }
            return;
        }
        std::size_t step = 0;
        const double length = beats_ / static_cast<double>(groove_->rhythm.size());
        follow(groove_->rhythm, [&](double beat, double strength) {
            const Chord& chord = chord_at(start + beat);
            const std::vector<int> pitches = chord.voiced(piece_.tonic, 60);
            if (groove_->accompaniment == Accompaniment::arpeggio) {
                constexpr std::array<std::size_t, 4> kOrder = {0, 2, 1, 2};
                note(comp_, pitches[kOrder[step++ % 4] % pitches.size()], start + beat, 2 * length,
                     level * strength * 1.5);
            } else {
                for (const int pitch : pitches)
                    note(comp_, pitch, start + beat, 2 * length, level * strength);
            }
        });
    }

    void play_bass(std::size_t bar, double level) {
        const bool left_hand = groove_->accompaniment == Accompaniment::oom_pah;
        if (!with_bass_ && !left_hand) return;
        const double start = beats_ * static_cast<double>(bar);
        int step = 0;
        const double length = beats_ / static_cast<double>(groove_->bass.size());
        follow(groove_->bass, [&](double beat, double strength) {
            const Chord& chord = chord_at(start + beat);
            int pitch = 33 + (piece_.tonic + chord.root + 3) % 12;  // from the A below the bass's second string
            const bool at_change = std::fmod(start + beat + 1e-6, chord_beats_) < 0.01;
            if (!at_change && groove_->walking) {
                pitch += chord.intervals[static_cast<std::size_t>(step) % chord.intervals.size()];
            } else if (!at_change && chance(0.3)) {
                pitch += chord.intervals[2] - (chance(0.5) ? 12 : 0);
            }
            ++step;
            note(bass_, pitch, start + beat, 2.5 * length, level * strength);
        });
    }

    /// Phrases of two bars whose rhythm comes back; strong beats take chord tones, steps lead between them.
    void play_melody() {
        const std::vector<double> lengths = melody_lengths(piece_.bpm, groove_->feel == Feel::triplet);
        const double phrase = 2 * beats_;
        const double syncopation = random_.uniform(0, 0.3);
        const double rests = random_.uniform(0.05, 0.3);
        std::vector<std::pair<double, double>> rhythm;  // start, length
        for (double at = 0; at < phrase - 0.01;) {
            double length = pick(lengths);
            if (std::fmod(at + 1e-6, 1.0) > 0.01 && !chance(syncopation)) length = std::ceil(at) - at;
            length = std::min(length, phrase - at);
            if (!chance(rests)) rhythm.emplace_back(at, length);
            at += length;
        }
        int pitch = melody_home_;
        const double end = beats_ * static_cast<double>(bars_);
        for (double start = 0; start < end; start += phrase) {
            for (const auto& [at, length] : rhythm) {
                const double beat = start + at;
                if (beat + 0.1 >= end) break;
                const Chord& chord = chord_at(beat);
                const bool strong = std::fmod(at + 1e-6, 1.0) < 0.01 || length >= 1;
                const int aim = melody_home_ + static_cast<int>(random_.integer(-7, 7));
                const int direction = aim > pitch ? 1 : -1;
                pitch = chance(0.2) ? aim : pitch + direction;
                while (!chord.allows(pitch - piece_.tonic, strong, piece_.scale))
                    pitch += direction;
                const double accent = std::fmod(at + 1e-6, beats_) < 0.01 ? 1.0 : 0.85;
                note(lead_, pitch, beat, length, accent * levels_[static_cast<std::size_t>(beat / beats_)]);
            }
        }
    }

    void finish() {
        Samples& samples = piece_.samples;
        if (chance(0.6)) add_room(samples, random_.uniform(0.4, 1.6), random_.uniform(0.1, 0.5));
        if (chance(0.3)) low_pass(samples, random_.uniform(1800, 6000));
        float peak = 1e-9F;
        for (const float sample : samples)
            peak = std::max(peak, std::abs(sample));
        const double gain = random_.uniform(0.08, 0.95) / static_cast<double>(peak);
        const double drive = chance(0.3) ? random_.uniform(1, 3) : 0;  // a compressor or worse
        const double hiss = gain * static_cast<double>(peak) * std::pow(10.0, random_.uniform(-80, -36) / 20);
        for (float& sample : samples) {
            double value = gain * static_cast<double>(sample);
            if (drive > 0) value = std::tanh(drive * value) / drive;
            sample = static_cast<float>(value + hiss * random_.normal());
        }
    }

    Random random_;
    Piece piece_;
    const Groove* groove_ = nullptr;
    std::optional<Clock> clock_;
    double beats_ = 4;
    std::size_t bars_ = 8;
    std::size_t quiet_bars_ = 0;
    double jitter_s_ = 0;
    double tuning_ = 0;
    std::string progression_;
    std::vector<Chord> chords_;
    Chord tonic_chord_;
    bool comes_home_ = false;
    double chord_beats_ = 4;
    Player comp_;
    Player lead_;
    Player bass_;
    Player pad_;
    double drum_gain_ = 0.5;
    bool with_bass_ = true;
    bool with_pad_ = false;
    bool with_melody_ = true;
    int melody_home_ = 69;
    std::vector<double> levels_;
    std::vector<Samples> kit_;
};

}  // namespace

Piece render_piece(std::uint64_t seed, std::size_t index) {
    return Performance(seed, index).play();
}

}  // namespace audiomuse::rendered
