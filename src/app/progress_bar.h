// One line of progress on standard error: redrawn in place on a terminal, a new line now and then elsewhere.
#pragma once

#include <mutex>
#include <string>

namespace audiomuse::app {

/// Thread-safe.
class ProgressBar {
public:
    ProgressBar();
    ~ProgressBar();  ///< leaves the cursor on a fresh line
    /// `fraction` 0..1; `eta_s` < 0: not known.
    void show(double fraction, const std::string& text, double eta_s = -1);
    void finish();

private:
    std::mutex mutex_;  // guards what follows
    const bool terminal_;
    bool open_ = false;
    double last_shown_ = 0;
    std::string last_text_;
};

/// "1:05" or "2:03:07".
std::string format_duration(double seconds);

}  // namespace audiomuse::app
