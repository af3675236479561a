// Cooperative cancellation: whoever starts the work owns the CancelSource, the work polls a CancelToken.
#pragma once

#include <atomic>
#include <memory>

#include "audiomuse/base/error.h"

namespace audiomuse {

/// A cheap, copyable view of a cancel flag. A default-made token is never cancelled. Thread-safe.
class CancelToken {
public:
    CancelToken() = default;
    bool cancelled() const { return flag_ && flag_->load(std::memory_order_relaxed); }
    /// Throws Error(cancelled) once the source was cancelled. Poll at a rate that keeps the reaction under a second.
    void check() const {
        if (cancelled()) throw Error(ErrorCode::cancelled, "The work was cancelled.");
    }

private:
    friend class CancelSource;
    explicit CancelToken(std::shared_ptr<std::atomic<bool>> flag) : flag_(std::move(flag)) {}
    std::shared_ptr<std::atomic<bool>> flag_;
};

class CancelSource {
public:
    CancelToken token() const { return CancelToken(flag_); }
    void cancel() const { flag_->store(true, std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace audiomuse
