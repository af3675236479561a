// One connection: reads requests, has them handled, writes answers. Only session, server
// and http_message know Asio and Beast.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http_message.h"
#include "service.h"

namespace audiomuse::api {

struct SessionLimits {
    MessageLimits message;
    double idle_s = 75;     ///< between requests
    double request_s = 30;  ///< for a whole header, and again for a whole body
    double write_s = 60;    ///< for one block of an answer to be taken
    double comment_s = 15;  ///< between signs of life on an event stream
    double check_s = 15;    ///< between two looks whether its reader may still see it
};

/// The threads that run handlers.
struct Handlers {
    boost::asio::thread_pool prompt;   ///< wait for store and disk only
    boost::asio::thread_pool waiting;  ///< may wait for a media server, or for their turn
};

/// A connection and what the server may ask of it. Everything but `stop` runs on the connection's own strand.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(boost::beast::tcp_stream stream, Service& service, Handlers& handlers, const SessionLimits& limits);

    /// Serves until the client goes, is too slow, or the session is stopped. Never throws.
    boost::asio::awaitable<void> serve();
    /// Says 503 and ends.
    boost::asio::awaitable<void> refuse();
    /// Ends when no request is being answered; at once when the connection is idle. From any thread.
    void stop();
    /// Ends now. From any thread.
    void abort();

private:
    struct Incoming;  // a parsed request, or what to answer instead

    boost::asio::awaitable<bool> wait_for_request();
    boost::asio::awaitable<Incoming> read_request();
    boost::asio::awaitable<void> write(Response response, bool keep_alive);
    boost::asio::awaitable<void> write_file(const FileRange& range);
    boost::asio::awaitable<void> write_events(EventStream stream);
    boost::asio::awaitable<void> write_text(std::string_view first, std::string_view second);
    boost::asio::awaitable<void> close_gently();
    void expire_after(double seconds);

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    Service& service_;
    Handlers& handlers_;
    const SessionLimits limits_;
    bool idle_ = false;  // waits for the first byte of a request
    std::atomic<bool> stopping_ = false;
    const CancelSource ending_;  // of the stream that it may end with
};

}  // namespace audiomuse::api
