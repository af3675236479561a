#include "progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "audiomuse/base/clock.h"

namespace audiomuse::app {

namespace {

constexpr int kWidth = 28;
constexpr double kRedraw = 0.1;
constexpr double kNewLine = 10;  // seconds between lines where nothing can be redrawn

std::string bar(double fraction) {
    const int filled = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * kWidth));
    std::string out;
    for (int i = 0; i < kWidth; ++i)
        out += i < filled ? "█" : "░";
    return out;
}

}  // namespace

std::string format_duration(double seconds) {
    const auto whole = static_cast<long>(std::lround(std::max(0.0, seconds)));
    if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

ProgressBar::ProgressBar() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    finish();
}

void ProgressBar::show(double fraction, const std::string& text, double eta_s) {
    std::lock_guard lock(mutex_);
    const double now = steady_now();
    if (now - last_shown_ < (terminal_ ? kRedraw : kNewLine) || (!terminal_ && text == last_text_)) return;
    last_shown_ = now;
    last_text_ = text;
    const std::string left = eta_s >= 0 ? fmt::format(", {} left", format_duration(eta_s)) : "";
    if (terminal_) {
        fmt::print(stderr, "\r\x1b[K{} {:3.0f} %  {}{}", bar(fraction), 100 * fraction, text, left);
        open_ = true;
    } else {
        fmt::print(stderr, "{:3.0f} %  {}{}\n", 100 * fraction, text, left);
    }
    std::fflush(stderr);
}

void ProgressBar::finish() {
    std::lock_guard lock(mutex_);
    if (open_) fmt::print(stderr, "\r\x1b[K");
    open_ = false;
    std::fflush(stderr);
}

}  // namespace audiomuse::app
