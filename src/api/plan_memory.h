// What language models answered lately.
#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace audiomuse::api {

/// The last answers that could be used, so that a request with another filter, or without one of its conditions, does
/// not wait for its model again. Thread-safe.
class PlanMemory {
public:
    static constexpr std::size_t kMost = 50;
    static constexpr double kSeconds = 3600;

    /// `now` is steady_now().
    std::optional<std::string> find(const std::string& question, double now) const {
        const std::lock_guard lock(mutex_);
        const auto found = std::ranges::find(answers_, question, &Answer::question);
        if (found == answers_.end() || now - found->at > kSeconds) return std::nullopt;
        return found->text;
    }
    void keep(const std::string& question, const std::string& text, double now) {
        const std::lock_guard lock(mutex_);
        std::erase_if(answers_, [&](const Answer& answer) { return answer.question == question; });
        answers_.push_front({question, text, now});
        if (answers_.size() > kMost) answers_.pop_back();
    }

private:
    struct Answer {
        std::string question, text;
        double at;
    };
    mutable std::mutex mutex_;  // guards answers_
    std::deque<Answer> answers_;
};

}  // namespace audiomuse::api
