// The parts of the synthesiser against what physics and music theory say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "synth/composer.h"
#include "synth/drums.h"
#include "synth/instruments.h"
#include "synth/mix.h"

namespace audiomuse::demo {
namespace {

double rms(const Samples& sound) {
    double sum = 0;
    for (const float sample : sound)
        sum += sample * sample;
    return std::sqrt(sum / static_cast<double>(sound.size()));
}

float loudest(const Samples& sound) {
    float peak = 0;
    for (const float sample : sound)
        peak = std::max(peak, std::abs(sample));
    return peak;
}

/// Amplitude of one frequency (Goertzel).
double level_at(const Samples& sound, double hz) {
    double re = 0;
    double im = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        re += sound[i] * std::cos(kTau * hz * static_cast<double>(i) / kSampleRate);
        im += sound[i] * std::sin(kTau * hz * static_cast<double>(i) / kSampleRate);
    }
    return 2 * std::hypot(re, im) / static_cast<double>(sound.size());
}

/// The strongest frequency within a quarter tone of `hz`, to 4 cents.
double tuned_to(const Samples& sound, double hz) {
    double best = 0;
    double best_hz = 0;
    for (double cents = -48; cents <= 48; cents += 4) {
        const double here = hz * std::exp2(cents / 1200);
        if (const double level = level_at(sound, here); level > best) {
            best = level;
            best_hz = here;
        }
    }
    return best_hz;
}

Samples tone(double hz, double seconds) {
    Samples sound(samples_of(seconds));
    Oscillator wave;
    for (float& sample : sound)
        sample = wave.sine(hz);
    return sound;
}

TEST(Dsp, PitchesAreThoseOfMidi) {
    EXPECT_DOUBLE_EQ(hertz(69), 440);
    EXPECT_NEAR(hertz(60), 261.626, 0.001);
    EXPECT_EQ(samples_of(0.5), 22050U);
    EXPECT_EQ(samples_of(-1), 0U);
}

TEST(Dsp, WaveformsHaveTheirOvertones) {
    const double hz = 441;  // a whole number of periods in a second
    Samples saw(44100);
    Samples square(44100);
    Samples triangle(44100);
    Oscillator a;
    Oscillator b;
    Oscillator c;
    for (std::size_t i = 0; i < saw.size(); ++i) {
        saw[i] = a.saw(hz);
        square[i] = b.pulse(hz, 0.5);
        triangle[i] = c.triangle(hz);
    }
    // Fourier series: 2/(pi k); 4/(pi k) for odd k; 8/(pi k)^2 for odd k.
    EXPECT_NEAR(level_at(saw, hz), 2 / std::numbers::pi, 0.01);
    EXPECT_NEAR(level_at(saw, 2 * hz), 1 / std::numbers::pi, 0.01);
    EXPECT_NEAR(level_at(square, hz), 4 / std::numbers::pi, 0.01);
    EXPECT_NEAR(level_at(square, 2 * hz), 0, 0.001);
    EXPECT_NEAR(level_at(square, 3 * hz), 4 / (3 * std::numbers::pi), 0.01);
    EXPECT_NEAR(level_at(triangle, hz), 8 / (std::numbers::pi * std::numbers::pi), 0.001);
    EXPECT_NEAR(level_at(triangle, 2 * hz), 0, 0.001);
}

TEST(Dsp, StepsAreBandLimited) {
    // The 25th overtone of this saw lies above half the sample rate and would come back at 44100 - 25 * 1801 < 0.
    Samples saw(44100);
    Oscillator wave;
    for (float& sample : saw)
        sample = wave.saw(1801);
    EXPECT_LT(level_at(saw, 25 * 1801 - 44100), 0.003) << "a plain saw has 0.025 here";
}

TEST(Dsp, FiltersPassAndStop) {
    for (const double hz : {100.0, 10000.0}) {
        Samples low = tone(hz, 0.5);
        Samples high = low;
        low_pass(low, 1000);
        high_pass(high, 1000);
        EXPECT_NEAR(rms(low), hz < 1000 ? 0.707 : 0.007, 0.02);
        EXPECT_NEAR(rms(high), hz < 1000 ? 0.007 : 0.707, 0.02);
    }
    Samples edge = tone(1000, 0.5);
    low_pass(edge, 1000);
    EXPECT_NEAR(rms(edge) / 0.7071, 0.7071, 0.01) << "3 dB down at the cutoff";
}

TEST(Dsp, EqualisersHaveTheGainAsked) {
    const auto gain_db = [](double hz, const std::function<void(Samples&)>& filter) {
        Samples sound = tone(hz, 1);
        filter(sound);
        return 20 * std::log10(rms(sound) / rms(tone(hz, 1)));
    };
    const auto bell = [](Samples& s) { peak(s, 1000, 2, 6); };
    EXPECT_NEAR(gain_db(1000, bell), 6, 0.1);
    EXPECT_NEAR(gain_db(100, bell), 0, 0.1);
    const auto low = [](Samples& s) { shelf(s, 500, -4, true); };
    EXPECT_NEAR(gain_db(40, low), -4, 0.1);
    EXPECT_NEAR(gain_db(8000, low), 0, 0.1);
    const auto high = [](Samples& s) { shelf(s, 2000, 5, false); };
    EXPECT_NEAR(gain_db(40, high), 0, 0.1);
    EXPECT_NEAR(gain_db(15000, high), 5, 0.1);
}

TEST(Dsp, EnvelopeRisesHoldsAndFades) {
    Adsr envelope({0.01, 0.05, 0.5, 0.1}, 1.0);
    EXPECT_EQ(envelope.length(), samples_of(1.1));
    std::vector<float> levels;
    for (std::size_t i = 0; i < envelope.length(); ++i)
        levels.push_back(envelope.next());
    EXPECT_NEAR(levels[samples_of(0.01) - 1], 1, 0.001);
    EXPECT_NEAR(levels[samples_of(0.9)], 0.5, 0.001);
    EXPECT_LT(levels.back(), 0.001);
}

TEST(Instruments, AreInTune) {
    Random random(3);
    for (const double pitch : {45.0, 60.0, 76.0}) {
        const Note note = {pitch, 1.0, 0.8};
        const double hz = hertz(pitch);
        EXPECT_NEAR(tuned_to(plucked_string(note, {}, random), hz) / hz, 1, 0.008) << pitch;
        EXPECT_NEAR(tuned_to(grand_piano(note, random), hz) / hz, 1, 0.008) << pitch;
        EXPECT_NEAR(tuned_to(bowed_strings(note, {}, random), hz) / hz, 1, 0.012) << pitch;
        EXPECT_NEAR(tuned_to(electric_piano(note), hz) / hz, 1, 0.008) << pitch;
        EXPECT_NEAR(tuned_to(chip_triangle(note), hz) / hz, 1, 0.008) << pitch;
        EXPECT_NEAR(tuned_to(sine_bass(note, 2), hz) / hz, 1, 0.008) << pitch;
        EXPECT_NEAR(tuned_to(saxophone(note, random), hz) / hz, 1, 0.012) << pitch;
    }
}

TEST(Instruments, AreLoudAndFinite) {
    Random random(4);
    const Note note = {57, 0.6, 1};
    const std::vector<Samples> sounds = {grand_piano(note, random),
                                         electric_piano(note),
                                         vibraphone(note),
                                         music_bell(note),
                                         plucked_string(note, {}, random),
                                         bowed_strings(note, {}, random),
                                         saxophone(note, random),
                                         choir(note, kVowelA, 4, random),
                                         soft_pad(note, 0.1, 0.2, 1500, random),
                                         chip_pulse(note, 0.25, 0.2),
                                         chip_arpeggio({57, 60, 64}, 0.6, 1, 0.5),
                                         chip_triangle(note),
                                         acid_bass(note, {}),
                                         reese_bass(note, 2, 500, random),
                                         sine_bass(note, 2),
                                         saw_stab({57, 60, 64}, 0.3, 3000, random),
                                         drawbar_organ(note, {0.5, 1, 0.5, 0.5, 0.2}),
                                         kick({}, random),
                                         snare({}, random),
                                         cymbal({}, random),
                                         clap(random),
                                         rim_shot(random),
                                         tom(100, 0.3, random),
                                         brush_sweep(0.4, random),
                                         chip_noise(8000, 0.2, random),
                                         vinyl_crackle(1, random)};
    for (std::size_t i = 0; i < sounds.size(); ++i) {
        ASSERT_FALSE(sounds[i].empty()) << i;
        EXPECT_TRUE(std::ranges::all_of(sounds[i], [](float x) { return std::isfinite(x); })) << i;
        EXPECT_GT(loudest(sounds[i]), 0.1F) << i;
        EXPECT_LT(loudest(sounds[i]), 2.0F) << i;
    }
}

TEST(Mix, PanIsAtEqualPower) {
    const Samples sound(100, 1.0F);
    for (const double pan : {-1.0, -0.3, 0.0, 0.8}) {
        Bus bus(0.01);
        bus.add(sound, 0, 0.5, pan);
        const double left = bus.samples().left[50];
        const double right = bus.samples().right[50];
        EXPECT_NEAR(left * left + right * right, 0.5, 1e-6);
        EXPECT_EQ(left > right, pan < 0);
    }
}

TEST(Mix, SoundsBeyondTheEndAreCut) {
    Bus bus(0.01);
    bus.add(Samples(10000, 1.0F), 0.005, 1);
    bus.add(Samples(10, 1.0F), 99, 1);
    EXPECT_EQ(bus.samples().left.size(), 441U);
    EXPECT_EQ(bus.samples().left[200], 0);
    EXPECT_EQ(bus.samples().left[300], 1);
}

TEST(Mix, ReverbFadesBySixtyDecibelsInItsTime) {
    Bus bus(2.5);
    Random random(5);
    Samples burst(2000);
    Noise noise(random);
    for (float& sample : burst)
        sample = noise.next();
    bus.add(burst, 0, 1);
    reverb(bus, {.seconds = 1.0, .damping_hz = 15000, .mix = 1});
    const auto power_at = [&](double at) {
        const auto begin = bus.samples().left.begin() + static_cast<std::ptrdiff_t>(samples_of(at));
        return 20 * std::log10(rms(Samples(begin, begin + 8820)));
    };
    EXPECT_NEAR(power_at(0.2) - power_at(1.2), 60, 8);
}

TEST(Mix, EchoComesWhenAskedOnTheOtherSide) {
    Bus bus(1);
    bus.add(Samples(10, 1.0F), 0, 1, 0);
    echo(bus, {.seconds = 0.25, .feedback = 0.5, .mix = 0.5, .low_pass_hz = 20000});
    const auto& [left, right] = bus.samples();
    EXPECT_GT(left[samples_of(0.25) + 5], 0.3F);
    EXPECT_LT(right[samples_of(0.25) + 5], 0.01F);
    EXPECT_GT(right[samples_of(0.5) + 5], 0.3F);
}

TEST(Mix, DuckTurnsDownAndRecovers) {
    Bus bus(1);
    bus.add(Samples(44100, 1.0F), 0, 1);
    duck(bus, {0.5}, 0.8, 0.2);
    EXPECT_FLOAT_EQ(bus.samples().left[samples_of(0.4)], 1);
    EXPECT_NEAR(bus.samples().left[samples_of(0.5)], 0.2, 0.01);
    EXPECT_FLOAT_EQ(bus.samples().left[samples_of(0.75)], 1);
}

TEST(Mix, MasterKeepsBelowItsCeiling) {
    Random random(6);
    Bus bus(1);
    bus.add(tone(200, 1), 0, 50);
    const StereoSamples loud = master(bus, 0.9, 0.1, random);
    EXPECT_LT(loudest(loud.left), 0.9F);
    EXPECT_EQ(loud.left.back(), 0);
    const StereoSamples silent = master(Bus(1), 0.2, 0.1, random);
    EXPECT_EQ(loudest(silent.left), 0) << "silence is not divided by";
}

TEST(Composer, ScalesAndChords) {
    const Key c = {0, Mode::major};
    EXPECT_EQ(scale_pitch(c, 0, 5), 60);
    EXPECT_EQ(scale_pitch(c, 6, 5), 71);
    EXPECT_EQ(scale_pitch(c, 7, 5), 72);
    EXPECT_EQ(scale_pitch(c, -1, 5), 59);
    EXPECT_EQ(scale_pitch(c, -7, 5), 48);
    EXPECT_EQ(scale_pitch({9, Mode::minor}, 2, 4), 60);
    EXPECT_EQ(scale_pitch({0, Mode::pentatonic_minor}, 5, 5), 72);
    EXPECT_THAT(chord_near(c, 0, 3, 62), testing::ElementsAre(60, 64, 67));
    EXPECT_THAT(chord_near(c, 4, 3, 62), testing::ElementsAre(59, 62, 67));
    EXPECT_THAT(chord_near(c, 4, 4, 62), testing::ElementsAre(59, 62, 65, 67));
    EXPECT_EQ(root_above(c, 4, 36), 43);
    EXPECT_EQ(root_above(c, 0, 37), 48);
}

TEST(Composer, SongsAreOfTheLengthPromised) {
    const SongShape shape = {.bpm_low = 60,
                             .bpm_high = 180,
                             .section_bars = 2,
                             .modes = {Mode::major, Mode::minor},
                             .progressions = {{0, 3, 4, 0}, {0, 5}}};
    std::set<int> tonics;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        const Song song = compose_song(shape, random);
        tonics.insert(song.key.tonic);
        EXPECT_GE(song.music_s(), 16);
        EXPECT_LE(song.music_s(), 39);
        EXPECT_GE(song.bpm, 60);
        EXPECT_LE(song.bpm, 180);
        EXPECT_EQ(song.bars.size() % 2, 0U);
        EXPECT_TRUE(song.bars.back().ends_section);
    }
    EXPECT_EQ(tonics.size(), 12U);
}

TEST(Composer, MelodiesKeepToTheirRangeScaleAndTime) {
    const SongShape shape = {.progressions = {{0, 3, 4, 0}}};
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        Random random(seed);
        const Song song = compose_song(shape, random);
        double before = -1;
        const auto melody = compose_melody(song, {.low = 60, .high = 79}, random);
        EXPECT_GT(melody.size(), 10U);
        std::set<int> allowed;
        for (int degree = 0; degree < 7; ++degree)
            allowed.insert(scale_pitch(song.key, degree, 0) % 12);
        for (const MelodyNote& note : melody) {
            EXPECT_GE(note.pitch, 60);
            EXPECT_LE(note.pitch, 79);
            EXPECT_TRUE(allowed.contains(note.pitch % 12));
            EXPECT_GT(song.at(note.bar, note.beat), before);
            EXPECT_LE(song.at(note.bar, note.beat + note.beats), song.music_s() + 1e-9);
            EXPECT_NE(song.bars[note.bar].part, Part::intro);
            before = song.at(note.bar, note.beat);
        }
    }
}

}  // namespace
}  // namespace audiomuse::demo
