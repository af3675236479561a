#include "cover_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/wrap/ffmpeg/encoder.h"

namespace audiomuse::demo {

namespace {

constexpr int kSize = 400;

using Colour = std::array<double, 3>;

Colour from_hue(double hue, double saturation, double lightness) {
    Colour colour{};
    for (std::size_t i = 0; i < 3; ++i) {
        // The usual formula of HSL.
        const double k = std::fmod(static_cast<double>(std::array{0, 8, 4}[i]) + hue * 12, 12);
        const double a = saturation * std::min(lightness, 1 - lightness);
        colour[i] = lightness - a * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
    }
    return colour;
}

/// How much of the figure covers a point, -1..1 on both axes; 0 or 1, soft at the edge.
double figure_at(int kind, double x, double y, double turn, double count) {
    const double radius = std::hypot(x, y);
    const double angle = std::atan2(y, x) + turn;
    double inside = 0;
    switch (kind) {
        case 0:
            inside = 0.62 - radius;
            break;  // disc
        case 1:
            inside = 0.09 - std::abs(std::fmod(radius * count, 1.0) - 0.5) * 0.35;
            break;  // rings
        case 2:
            inside = std::cos(angle * count) * 0.3;
            break;  // rays
        case 3:
            inside = 0.6 - std::abs(x * std::cos(turn) - y * std::sin(turn)) -
                     std::abs(x * std::sin(turn) + y * std::cos(turn));
            break;
        default:
            inside = std::sin((x + 0.3 * std::sin(y * 4 + turn)) * count * 2) * 0.3;
            break;  // waves
    }
    return std::clamp(inside * 90 + 0.5, 0.0, 1.0);
}

}  // namespace

std::string cover_picture(std::size_t style, std::size_t album) {
    Random random = Random::for_task(style, album);
    const double hue = static_cast<double>(style % 12) / 12 + random.uniform(-0.02, 0.02) + 1;
    const Colour top = from_hue(hue, 0.55, random.uniform(0.2, 0.3));
    const Colour bottom = from_hue(hue + 0.06, 0.6, random.uniform(0.42, 0.55));
    const Colour ink = from_hue(hue + random.uniform(0.4, 0.6), 0.7, random.uniform(0.62, 0.78));
    const auto kind = static_cast<int>(random.integer(0, 4));
    const double turn = random.uniform(0, std::numbers::pi);
    const auto count = static_cast<double>(random.integer(3, 7));

    std::vector<std::uint8_t> rgb;
    rgb.reserve(kSize * kSize * 3);
    for (int row = 0; row < kSize; ++row) {
        for (int column = 0; column < kSize; ++column) {
            const double x = (column + 0.5) / kSize * 2 - 1;
            const double y = (row + 0.5) / kSize * 2 - 1;
            const double down = (y + 1) / 2;
            const double figure = figure_at(kind, x, y, turn, count) * 0.9;
            for (std::size_t i = 0; i < 3; ++i) {
                const double ground = top[i] + (bottom[i] - top[i]) * down;
                rgb.push_back(static_cast<std::uint8_t>(std::lround((ground + (ink[i] - ground) * figure) * 255)));
            }
        }
    }
    return wrap::ffmpeg::encode_png(kSize, kSize, rgb);
}

}  // namespace audiomuse::demo
