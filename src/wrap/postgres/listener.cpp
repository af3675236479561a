#include "audiomuse/wrap/postgres/listener.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::postgres {

Waker::Waker() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Waker::~Waker() {
    ::close(descriptor_);
}

void Waker::wake() {
    // Fails only when it is woken four billion times already.
    [[maybe_unused]] const int result = ::eventfd_write(descriptor_, 1);
}

void Waker::take() {
    eventfd_t ignored = 0;
    [[maybe_unused]] const int result = ::eventfd_read(descriptor_, &ignored);
}

Listener::Listener(const ConnectOptions& options, const std::string& channel) : connection_(options) {
    connection_.execute("LISTEN " + channel);
}

std::optional<std::string> Listener::next(std::chrono::milliseconds wait, const Waker& waker) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + wait;
    PGconn* connection = connection_.connection_.get();
    for (;;) {
        const std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification(PQnotifies(connection), PQfreemem);
        if (notification) return std::string(notification->extra);
        std::array<pollfd, 2> both = {pollfd{PQsocket(connection), POLLIN, 0}, pollfd{waker.descriptor(), POLLIN, 0}};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        ::poll(both.data(), both.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
        if (both[1].revents != 0) return std::nullopt;
        if (both[0].revents == 0 && Clock::now() >= deadline) return std::nullopt;
        if (both[0].revents != 0 && (PQconsumeInput(connection) == 0 || !connection_.usable()))
            connection_.raise(nullptr);
    }
}

}  // namespace audiomuse::wrap::postgres
