#include "guards.h"

#include <fmt/format.h>

#include "audiomuse/base/log.h"

namespace audiomuse::jobs {

namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

}  // namespace

std::string waiting_for_hours(const settings::HoursOfDay& hours) {
    return fmt::format("Waiting until {}:00: files are analysed from {}:00 to {}:00 only.", hours.from, hours.from,
                       hours.to);
}

std::string Guards::reason(const JobContext& context, const settings::Settings& settings) const {
    if (!settings.analysis_hours.contains(context.clock.local_hour()))
        return waiting_for_hours(settings.analysis_hours);
    const auto least = static_cast<std::uint64_t>(settings.min_free_disk);
    if (least > 0 && context.room.disk && context.room.disk() < least * kMebibyte) {
        return fmt::format(
            "Waiting for room on the disk of the data folder: {} MiB are to stay free there (AUDIOMUSE_MIN_FREE_DISK).",
            least);
    }
    // One track goes on whatever there is left: with none the analysis would never end.
    if (in_hand_ > 0 && context.room.memory && context.room.memory() < track_bytes_)
        return "Waiting for memory: other tracks are listened to first.";
    return {};
}

bool Guards::hold_back(const JobContext& context, std::string& why) {
    const auto settings = context.settings.get();
    const std::lock_guard lock(mutex_);
    why = reason(context, *settings);
    if (why != told_) {
        if (why.empty()) {
            log::info("The analysis goes on");
        } else {
            log::warn("{}", why);
        }
        told_ = why;
    }
    if (!why.empty() || !pace_.take(context.clock.steady(), settings->tracks_per_hour)) return true;
    ++in_hand_;
    return false;
}

}  // namespace audiomuse::jobs
