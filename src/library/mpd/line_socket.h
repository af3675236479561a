// A connection that lines of text come and go over, none of which is waited for longer than allowed.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "audiomuse/base/cancel.h"
#include "mpd/address.h"

namespace audiomuse::library::mpd {

using Deadline = std::chrono::steady_clock::time_point;

/// Throws Error with a sentence: unavailable (no such host, refused, lost), timeout (the deadline passed), cancelled,
/// server_failed (a line without end). Used by one thread.
class LineSocket {
public:
    LineSocket(const Address& address, Deadline deadline, const CancelToken& cancel);
    ~LineSocket();
    LineSocket(const LineSocket&) = delete;
    LineSocket& operator=(const LineSocket&) = delete;

    void send(std::string_view bytes, Deadline deadline, const CancelToken& cancel);
    /// The next line without its end; valid until the next call.
    std::string_view read_line(Deadline deadline, const CancelToken& cancel);

private:
    void connect_to_host(const Address& address, Deadline deadline, const CancelToken& cancel);
    void connect_to_path(const Address& address, Deadline deadline, const CancelToken& cancel);
    void wait(short events, Deadline deadline, const CancelToken& cancel) const;
    void receive(Deadline deadline, const CancelToken& cancel);
    [[noreturn]] void fail_to_reach(std::string_view why) const;
    [[noreturn]] void fail_lost(std::string_view why) const;

    std::string shown_;
    int socket_ = -1;
    std::string buffer_;
    std::size_t begin_ = 0;    // of what was not handed out yet
    std::size_t scanned_ = 0;  // there is no end of a line before
};

}  // namespace audiomuse::library::mpd
