#include "progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "audiomuse/base/clock.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

constexpr double kWriteInterval = 0.5;
constexpr std::size_t kLogLines = 10;

}  // namespace

Progress::Progress(store::Store& store, queue::Queue& queue, store::Job job, std::string worker)
    : store_(store), queue_(queue), job_(std::move(job)), worker_(std::move(worker)), percent_(job_.progress) {}

void Progress::begin_step(const std::string& name, int from, int to, const std::string& message) {
    {
        std::lock_guard lock(mutex_);
        step_ = name;
        from_ = from;
        to_ = to;
        percent_ = std::max(percent_, from);
        eta_s_ = -1;
        message_ = message;
    }
    log(message);
    write(true);
}

void Progress::report(double fraction, const std::string& message, double eta_s) {
    {
        std::lock_guard lock(mutex_);
        const double inside = std::clamp(fraction, 0.0, 1.0) * (to_ - from_);
        percent_ = std::max(percent_, from_ + static_cast<int>(inside));
        message_ = message;
        eta_s_ = eta_s;
    }
    write(false);
}

void Progress::say(const std::string& message) {
    {
        std::lock_guard lock(mutex_);
        if (message_ == message) return;
        message_ = message;
        eta_s_ = -1;
    }
    log(message);
    write(true);
}

void Progress::set_counts(const Counts& counts) {
    std::lock_guard lock(mutex_);
    counts_ = counts;
}

Counts Progress::counts() const {
    std::lock_guard lock(mutex_);
    return counts_;
}

void Progress::log(const std::string& line) {
    std::lock_guard lock(mutex_);
    log_.push_back(fmt::format("[{}] {}", format_utc(unix_now()), line));
    if (log_.size() > kLogLines) log_.pop_front();
}

void Progress::set_detail(const std::string& name, const std::string& text) {
    std::lock_guard lock(mutex_);
    if (text.empty()) {
        extra_.erase(name);
    } else {
        extra_[name] = text;
    }
}

void Progress::set_outcome(const std::string& message) {
    std::lock_guard lock(mutex_);
    outcome_ = message;
}

std::string Progress::outcome() const {
    std::lock_guard lock(mutex_);
    return outcome_;
}

std::string Progress::details() const {
    json::object out;
    out["status_message"] = message_;
    out["step"] = step_;
    json::array lines;
    for (const std::string& line : log_)
        lines.emplace_back(line);
    out["log"] = std::move(lines);
    if (eta_s_ >= 0) out["eta_s"] = std::round(eta_s_);
    out["counts"] = {{"found", counts_.found},   {"analysed", counts_.analysed}, {"known", counts_.known},
                     {"failed", counts_.failed}, {"heard", counts_.heard},       {"total", counts_.total}};
    for (const auto& [name, text] : extra_)
        out[name] = json::parse(text);
    return json::serialize(out);
}

void Progress::write(bool force) {
    std::string text;
    int percent = 0;
    {
        std::lock_guard lock(mutex_);
        const double now = steady_now();
        if (!force && now - last_write_ < kWriteInterval) return;
        last_write_ = now;
        text = details();
        percent = percent_;
    }
    store_.jobs().update(job_.id, worker_, percent, text);
    publish(store::JobState::progress);
}

void Progress::publish(store::JobState state) {
    if (job_.parent) return;
    json::object event;
    {
        std::lock_guard lock(mutex_);
        event["task_id"] = job_.id.value;
        event["task_type"] = job_.type;
        event["status"] = store::state_name(state);
        event["progress"] = store::is_final(state) ? 100 : percent_;
        event["status_message"] = message_;
        event["step"] = step_;
        event["eta_s"] = eta_s_ >= 0 ? json::value(std::round(eta_s_)) : json::value(nullptr);
        event["counts"] = {{"found", counts_.found},
                           {"analysed", counts_.analysed},
                           {"known", counts_.known},
                           {"failed", counts_.failed},
                           {"total", counts_.total}};
    }
    queue_.publish({"job", json::serialize(event)});
}

void Progress::finish(store::JobState state, const std::string& message) {
    log(message);
    std::string text;
    {
        std::lock_guard lock(mutex_);
        message_ = message;
        eta_s_ = -1;
        text = details();
    }
    if (store_.jobs().finish(job_.id, worker_, state, text)) publish(state);
}

EtaClock::EtaClock(double total) : total_(total), started_(steady_now()) {}

double EtaClock::remaining(double done) const {
    const double elapsed = steady_now() - started_;
    if (done <= 0 || done < 0.01 * total_ || elapsed < 2) return -1;
    return elapsed * (total_ - done) / done;
}

}  // namespace audiomuse::jobs
