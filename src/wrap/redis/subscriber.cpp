#include "audiomuse/wrap/redis/subscriber.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::redis {

using Clock = std::chrono::steady_clock;

Waker::Waker() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event_ < 0) throw Error(ErrorCode::limit_exceeded, "No more files can be opened. Raise the limit (ulimit -n).");
}

Waker::~Waker() {
    ::close(event_);
}

void Waker::wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);  // fails only when it is woken already
}

Subscriber::Subscriber(const Address& address, const Limits& limits, const std::vector<std::string>& channels)
    : connection_(address, limits), silence_(limits.silence), heard_at_(Clock::now()) {
    std::vector<std::string_view> words = {"SUBSCRIBE"};
    words.insert(words.end(), channels.begin(), channels.end());
    connection_.send(words);
    for (std::size_t i = 0; i < channels.size(); ++i)
        connection_.value(*connection_.receive());
}

std::optional<Subscriber::Message> Subscriber::take() {
    for (;;) {
        void* raw = nullptr;
        if (redisGetReplyFromReader(connection_.context_.get(), &raw) != REDIS_OK)
            connection_.lost(connection_.context_->errstr);
        if (raw == nullptr) return std::nullopt;
        Reply reply = connection_.value(*Connection::RawReply(static_cast<redisReply*>(raw)));
        if (reply.list.size() == 3 && reply.list[0].text == "message")
            return Message{std::move(reply.list[1].text), std::move(reply.list[2].text)};
    }
}

std::optional<Subscriber::Message> Subscriber::next(std::chrono::milliseconds wait, const Waker& waker) {
    const auto deadline = Clock::now() + wait;
    for (;;) {
        if (auto message = take()) return message;
        const auto now = Clock::now();
        if (now >= heard_at_ + silence_ * (asked_ ? 2 : 1)) {
            if (asked_) connection_.lost("it is silent");
            connection_.send(std::array<std::string_view, 1>{"PING"});
            asked_ = true;
        }
        const auto until = std::min(deadline, heard_at_ + silence_ * (asked_ ? 2 : 1));
        const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
        std::array<pollfd, 2> files = {pollfd{connection_.context_->fd, POLLIN, 0}, pollfd{waker.event_, POLLIN, 0}};
        const int ready = ::poll(files.data(), files.size(), static_cast<int>(std::max<std::int64_t>(0, rest)));
        if (ready < 0 && errno != EINTR) connection_.lost("poll failed");
        if (files[1].revents != 0) return std::nullopt;
        if (files[0].revents != 0) {
            if (redisBufferRead(connection_.context_.get()) != REDIS_OK) connection_.lost(connection_.context_->errstr);
            heard_at_ = Clock::now();
            asked_ = false;
        } else if (Clock::now() >= deadline) {
            return std::nullopt;
        }
    }
}

}  // namespace audiomuse::wrap::redis
