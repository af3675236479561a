// The mixing desk: mono sounds are placed on stereo buses, buses get effects, the sum is mastered.
#pragma once

#include "synth/dsp.h"

namespace audiomuse::demo {

/// Both channels have the same length.
struct StereoSamples {
    Samples left;
    Samples right;
};

class Bus {
public:
    /// Silence of `seconds`; what is added beyond its end is cut.
    explicit Bus(double seconds);
    /// Adds a sound at `at_s` seconds. `pan` from -1 (left) to 1 (right), at equal power.
    void add(const Samples& sound, double at_s, double gain, double pan = 0);
    void add(const Bus& other, double gain);
    StereoSamples& samples() { return samples_; }
    const StereoSamples& samples() const { return samples_; }
    void low_pass(double hz);
    void high_pass(double hz);

private:
    StereoSamples samples_;
};

struct ReverbShape {
    double seconds = 1.5;      ///< until the tail fell by 60 dB
    double damping_hz = 5000;  ///< the tail is duller above
    double mix = 0.2;          ///< level of the reverberation beside the dry sound
    double predelay_s = 0.01;
};
/// Schroeder's reverberator as tuned in Freeverb (public domain): 8 damped combs and 4 all-passes per channel.
void reverb(Bus& bus, const ReverbShape& shape);

struct EchoShape {
    double seconds = 0.4;
    double feedback = 0.4;
    double mix = 0.3;
    double low_pass_hz = 3000;  ///< each repeat is duller
};
/// Repeats that swap sides.
void echo(Bus& bus, const EchoShape& shape);

/// Two slowly moving copies beside the sound.
void chorus(Bus& bus, double rate_hz, double depth_s, double mix);

/// Turns the bus down at each of `times_s` and back up within `recover_s`, as a compressor keyed by the kick does.
void duck(Bus& bus, const std::vector<double>& times_s, double depth, double recover_s);

/// The bus at a root mean square of about `rms`, peaks rounded off below 0.89, faded out at the end. Every record is
/// mastered by other hands: level (3 dB either way), bass, treble and a band between are drawn.
StereoSamples master(const Bus& bus, double rms, double fade_out_s, Random& random);

}  // namespace audiomuse::demo
