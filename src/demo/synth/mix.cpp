#include "synth/mix.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace audiomuse::demo {

namespace {

constexpr float kCeiling = 0.89F;
constexpr float kKnee = 0.6F;  // below, nothing is changed

class Comb {
public:
    Comb(std::size_t length, double seconds, double damping_hz)
        : line_(length),
          feedback_(static_cast<float>(std::pow(10, -3.0 * static_cast<double>(length) / kSampleRate / seconds))),
          damping_(static_cast<float>(std::exp(-kTau * damping_hz / kSampleRate))) {}
    float process(float input) {
        const float out = line_[at_];
        store_ = out * (1 - damping_) + store_ * damping_;
        line_[at_] = input + store_ * feedback_;
        if (++at_ == line_.size()) at_ = 0;
        return out;
    }

private:
    Samples line_;
    float feedback_;
    float damping_;
    float store_ = 0;
    std::size_t at_ = 0;
};

class AllPass {
public:
    explicit AllPass(std::size_t length) : line_(length) {}
    float process(float input) {
        const float delayed = line_[at_];
        line_[at_] = input + delayed * 0.5F;
        if (++at_ == line_.size()) at_ = 0;
        return delayed - input;
    }

private:
    Samples line_;
    std::size_t at_ = 0;
};

constexpr std::array<std::size_t, 8> kCombLengths = {1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617};
constexpr std::array<std::size_t, 4> kAllPassLengths = {556, 441, 341, 225};
constexpr std::size_t kSpread = 23;  // the right channel's lines are longer by this

void add_reverb(const Samples& input, Samples& channel, const ReverbShape& shape, std::size_t spread) {
    std::vector<Comb> combs;
    for (const std::size_t length : kCombLengths)
        combs.emplace_back(length + spread, shape.seconds, shape.damping_hz);
    std::vector<AllPass> passes;
    for (const std::size_t length : kAllPassLengths)
        passes.emplace_back(length + spread);
    const std::size_t predelay = samples_of(shape.predelay_s);
    const auto level = static_cast<float>(shape.mix * 0.25);
    for (std::size_t i = predelay; i < channel.size(); ++i) {
        const float in = input[i - predelay];
        float wet = 0;
        for (Comb& comb : combs)
            wet += comb.process(in);
        for (AllPass& pass : passes)
            wet = pass.process(wet);
        channel[i] += wet * level;
    }
}

float rounded_off(float sample) {
    const float size = std::abs(sample);
    if (size <= kKnee) return sample;
    const float room = kCeiling - kKnee;
    return std::copysign(kKnee + room * std::tanh((size - kKnee) / room), sample);
}

}  // namespace

Bus::Bus(double seconds) {
    samples_.left.resize(samples_of(seconds));
    samples_.right.resize(samples_of(seconds));
}

void Bus::add(const Samples& sound, double at_s, double gain, double pan) {
    const std::size_t begin = samples_of(at_s);
    if (begin >= samples_.left.size()) return;
    const std::size_t count = std::min(sound.size(), samples_.left.size() - begin);
    const double angle = (pan + 1) * std::numbers::pi / 4;
    const auto left = static_cast<float>(gain * std::cos(angle) * std::numbers::sqrt2);
    const auto right = static_cast<float>(gain * std::sin(angle) * std::numbers::sqrt2);
    for (std::size_t i = 0; i < count; ++i) {
        samples_.left[begin + i] += sound[i] * left;
        samples_.right[begin + i] += sound[i] * right;
    }
}

void Bus::add(const Bus& other, double gain) {
    const auto factor = static_cast<float>(gain);
    const std::size_t count = std::min(samples_.left.size(), other.samples_.left.size());
    for (std::size_t i = 0; i < count; ++i) {
        samples_.left[i] += other.samples_.left[i] * factor;
        samples_.right[i] += other.samples_.right[i] * factor;
    }
}

void Bus::low_pass(double hz) {
    demo::low_pass(samples_.left, hz);
    demo::low_pass(samples_.right, hz);
}

void Bus::high_pass(double hz) {
    demo::high_pass(samples_.left, hz);
    demo::high_pass(samples_.right, hz);
}

void reverb(Bus& bus, const ReverbShape& shape) {
    StereoSamples& both = bus.samples();
    Samples input(both.left.size());
    for (std::size_t i = 0; i < input.size(); ++i)
        input[i] = (both.left[i] + both.right[i]) * 0.5F;
    add_reverb(input, both.left, shape, 0);
    add_reverb(input, both.right, shape, kSpread);
}

void echo(Bus& bus, const EchoShape& shape) {
    StereoSamples& both = bus.samples();
    const std::size_t delay = std::max<std::size_t>(1, samples_of(shape.seconds));
    Samples left(delay);
    Samples right(delay);
    const auto smooth = static_cast<float>(1 - std::exp(-kTau * shape.low_pass_hz / kSampleRate));
    const auto feedback = static_cast<float>(shape.feedback);
    const auto mix = static_cast<float>(shape.mix);
    float dull_left = 0;
    float dull_right = 0;
    for (std::size_t i = 0, at = 0; i < both.left.size(); ++i) {
        dull_left += (left[at] - dull_left) * smooth;
        dull_right += (right[at] - dull_right) * smooth;
        left[at] = (both.left[i] + both.right[i]) * 0.5F + dull_right * feedback;
        right[at] = dull_left;
        both.left[i] += dull_left * mix;
        both.right[i] += dull_right * mix;
        if (++at == delay) at = 0;
    }
}

void chorus(Bus& bus, double rate_hz, double depth_s, double mix) {
    constexpr double kCentreSeconds = 0.012;
    const auto level = static_cast<float>(mix);
    for (int channel = 0; channel < 2; ++channel) {
        Samples& sound = channel == 0 ? bus.samples().left : bus.samples().right;
        const Samples dry = sound;
        Oscillator sweep(channel * 0.25);
        for (std::size_t i = 0; i < sound.size(); ++i) {
            const double delay = (kCentreSeconds + depth_s * sweep.sine(rate_hz)) * kSampleRate;
            const double from = static_cast<double>(i) - delay;
            if (from < 0) continue;
            const auto whole = static_cast<std::size_t>(from);
            const auto part = static_cast<float>(from - static_cast<double>(whole));
            sound[i] += level * (dry[whole] + (dry[whole + 1] - dry[whole]) * part);
        }
    }
}

void duck(Bus& bus, const std::vector<double>& times_s, double depth, double recover_s) {
    StereoSamples& both = bus.samples();
    const std::size_t length = samples_of(recover_s);
    for (const double time : times_s) {
        const std::size_t begin = samples_of(time);
        for (std::size_t i = 0; i < length && begin + i < both.left.size(); ++i) {
            const double back = static_cast<double>(i) / static_cast<double>(length);
            const auto gain = static_cast<float>(1 - depth * (1 - back) * (1 - back));
            both.left[begin + i] *= gain;
            both.right[begin + i] *= gain;
        }
    }
}

StereoSamples master(const Bus& bus, double rms, double fade_out_s, Random& random) {
    const double level_db = random.uniform(-3, 3);
    const double bass_db = random.uniform(-4, 4);
    const double treble_db = random.uniform(-6, 5);
    const double band_hz = 400 * std::exp2(random.uniform(0, 3));
    const double band_db = random.uniform(-4, 4);
    StereoSamples out = bus.samples();
    for (Samples* channel : {&out.left, &out.right}) {
        high_pass(*channel, 25);
        shelf(*channel, 180, bass_db, true);
        shelf(*channel, 2800, treble_db, false);
        peak(*channel, band_hz, 0.9, band_db);
    }
    double power = 0;
    for (std::size_t i = 0; i < out.left.size(); ++i)
        power += out.left[i] * out.left[i] + out.right[i] * out.right[i];
    power /= static_cast<double>(out.left.size()) * 2;
    const auto gain = static_cast<float>(rms * std::pow(10, level_db / 20) / std::sqrt(std::max(power, 1e-12)));
    for (Samples* channel : {&out.left, &out.right}) {
        for (float& sample : *channel)
            sample = rounded_off(sample * gain);
        fade_out(*channel, fade_out_s);
    }
    return out;
}

}  // namespace audiomuse::demo
