#include "session.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/http/read.hpp>
#include <ctime>
#include <optional>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "errors.h"

namespace audiomuse::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadAhead = 1024;
constexpr std::size_t kFileBlock = 256 * 1024;
constexpr std::size_t kDrained = 1 << 20;  // bytes of a refused body that are still read
constexpr double kDrainSeconds = 2;

asio::steady_timer::duration seconds(double value) {
    return std::chrono::duration_cast<asio::steady_timer::duration>(std::chrono::duration<double>(value));
}

/// Runs `work` on the handlers' threads; the caller goes on on its own strand. Not by co_spawn: what that returns
/// passes through the queue of the pool, where an answer that is done would wait behind the requests that came
/// meanwhile.
template <class Work>
asio::awaitable<std::invoke_result_t<Work>> run_on(asio::thread_pool& pool, Work work) {
    using Result = std::invoke_result_t<Work>;
    const auto start = [&pool](auto done, Work job) {
        const auto strand = asio::get_associated_executor(done);
        asio::post(
            pool, [done = std::move(done), job = std::move(job), guard = asio::make_work_guard(strand)]() mutable {
                std::exception_ptr error;
                Result result{};
                try {
                    result = job();
                } catch (...) {
                    error = std::current_exception();
                }
                asio::post(guard.get_executor(), [done = std::move(done), error, result = std::move(result)]() mutable {
                    done(error, std::move(result));
                });
            });
    };
    asio::use_awaitable_t<> token;
    return asio::async_initiate<asio::use_awaitable_t<>, void(std::exception_ptr, Result)>(start, token,
                                                                                           std::move(work));
}

std::string http_date() {
    // Formatted by hand: strftime would follow the locale.
    static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::tm now = fmt::gmtime(static_cast<std::time_t>(unix_now()));
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[now.tm_wday], now.tm_mday, kMonths[now.tm_mon],
                       now.tm_year + 1900, now.tm_hour, now.tm_min, now.tm_sec);
}

/// A header value on one line, so that no value can smuggle in a header of its own.
bool has_length(const Response& response) {
    return response.status != 204 && !std::holds_alternative<EventStream>(response.body);
}

std::string head_text(const Response& response, bool keep_alive) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: AudioMuse\r\n", response.status,
                                   reason_phrase(response.status), http_date());
    for (const auto& [name, value] : response.headers)
        head += fmt::format("{}: {}\r\n", name, one_line(value));
    if (has_length(response) && response.status != 304)
        head += fmt::format("Content-Length: {}\r\n", response.length());
    head += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return head;
}

}  // namespace

struct Session::Incoming {
    std::optional<Request> request;
    std::optional<Response> refusal;  // the connection ends after it; neither: the client is gone
    bool keep_alive = false;
};

Session::Session(beast::tcp_stream stream, Service& service, Handlers& handlers, const SessionLimits& limits)
    : stream_(std::move(stream)), service_(service), handlers_(handlers), limits_(limits) {}

void Session::stop() {
    stopping_ = true;
    ending_.cancel();
    asio::post(stream_.get_executor(), [self = shared_from_this()] {
        if (self->idle_) self->stream_.cancel();
    });
}

void Session::abort() {
    stopping_ = true;
    ending_.cancel();
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

void Session::expire_after(double value) {
    stream_.expires_after(seconds(value));
}

asio::awaitable<void> Session::serve() {
    try {
        error_code ignored;
        stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
        while (!stopping_ && co_await wait_for_request()) {
            Incoming incoming = co_await read_request();
            if (incoming.refusal) {
                add_common_headers(*incoming.refusal);
                service_.backend().metrics.observe("none", incoming.refusal->status, 0);
                co_await write(std::move(*incoming.refusal), false);
                co_await close_gently();
                break;
            }
            if (!incoming.request) break;
            Request request = std::move(*incoming.request);
            service_.receive(request);
            Response response = co_await run_on(Service::may_wait(request) ? handlers_.waiting : handlers_.prompt,
                                                [&] { return service_.handle(request); });
            const bool stream = std::holds_alternative<EventStream>(response.body) && !response.head_only;
            const bool keep_alive = incoming.keep_alive && !stopping_ && !stream;
            co_await write(std::move(response), keep_alive);
            if (!keep_alive) {
                co_await close_gently();
                break;
            }
        }
    } catch (const std::exception& error) {
        // A client that goes away or is too slow ends here; nothing else may.
        log::debug("connection ended: {}", error.what());
    }
    stream_.close();
}

asio::awaitable<void> Session::refuse() {
    try {
        Response response = error_response(503, "unavailable", "The server has too many connections; try again soon.");
        response.set_header("Retry-After", "5");
        add_common_headers(response);
        co_await write(std::move(response), false);
        co_await close_gently();
    } catch (const std::exception&) {  // it would have been refused anyway
    }
    stream_.close();
}

asio::awaitable<bool> Session::wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    // A large request must not leave its buffer behind: thousands of idle connections should cost next to nothing.
    buffer_.shrink_to_fit();
    error_code error;
    expire_after(limits_.idle_s);
    idle_ = true;
    buffer_.commit(co_await stream_.async_read_some(buffer_.prepare(kReadAhead),
                                                    asio::redirect_error(asio::use_awaitable, error)));
    idle_ = false;
    co_return !error;
}

asio::awaitable<Session::Incoming> Session::read_request() {
    Incoming incoming;
    MessageParser parser;
    set_limits(parser, limits_.message);
    error_code error;
    expire_after(limits_.request_s);
    co_await http::async_read_header(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error == http::error::end_of_stream) co_return incoming;
    if (error) {
        if (is_message_error(error)) incoming.refusal = message_error_response(error);
        co_return incoming;
    }
    incoming.refusal = refuse_head(parser, limits_.message);
    if (incoming.refusal) co_return incoming;
    if (beast::iequals(parser.get()[http::field::expect], "100-continue") && !parser.is_done()) {
        co_await write_text("HTTP/1.1 100 Continue\r\n\r\n", "");
    }
    expire_after(limits_.request_s);
    co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        if (is_message_error(error)) incoming.refusal = message_error_response(error);
        co_return incoming;
    }
    incoming.keep_alive = parser.get().keep_alive();
    incoming.request = take_request(parser);
    error_code gone;
    const auto peer = stream_.socket().remote_endpoint(gone);
    if (!gone) incoming.request->peer = peer.address().to_string();
    co_return incoming;
}

asio::awaitable<void> Session::write_text(std::string_view first, std::string_view second) {
    const std::array<asio::const_buffer, 2> parts = {asio::buffer(first), asio::buffer(second)};
    // In blocks, so that the time limit is one of progress, not of the whole.
    std::size_t done = 0;
    const std::size_t total = first.size() + second.size();
    while (done < total) {
        beast::buffers_suffix<std::array<asio::const_buffer, 2>> rest(parts);
        rest.consume(done);
        const auto block = beast::buffers_prefix(kFileBlock, rest);
        expire_after(limits_.write_s);
        done += co_await asio::async_write(stream_, block, asio::use_awaitable);
    }
}

asio::awaitable<void> Session::write(Response response, bool keep_alive) {
    const std::string head = head_text(response, keep_alive);
    if (response.head_only || response.status == 204) {
        co_await write_text(head, "");
    } else if (const auto* text = std::get_if<std::string>(&response.body)) {
        co_await write_text(head, *text);
    } else if (const auto* fixed = std::get_if<StaticBytes>(&response.body)) {
        co_await write_text(head, {fixed->bytes.data(), fixed->bytes.size()});
    } else if (const auto* range = std::get_if<FileRange>(&response.body)) {
        co_await write_text(head, "");
        co_await write_file(*range);
    } else {
        co_await write_text(head, "");
        co_await write_events(std::move(std::get<EventStream>(response.body)));
    }
}

asio::awaitable<void> Session::write_file(const FileRange& range) {
    std::string block;
    for (std::uint64_t done = 0; done < range.length;) {
        const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kFileBlock, range.length - done));
        block.resize(wanted);
        const std::size_t got = co_await run_on(handlers_.prompt, [&] {
            return range.file->read(range.offset + done, {block.data(), block.size()});
        });
        // The promised length can't be kept any more; ending the connection is the only way to say so.
        if (got < wanted) throw Error(ErrorCode::io, "an audio file became shorter while it was sent");
        co_await write_text(block, "");
        done += got;
    }
}

asio::awaitable<void> Session::write_events(EventStream stream) {
    const std::shared_ptr<EventClient> client = stream.client;
    // Shared with handlers that may run after this coroutine has ended.
    struct Wake {
        explicit Wake(const asio::any_io_executor& executor) : timer(executor) {}
        asio::steady_timer timer;
        bool called = false;  // there may be something to take
        bool gone = false;
        char byte = 0;
    };
    auto wake = std::make_shared<Wake>(stream_.get_executor());
    client->on_ready([wake, executor = stream_.get_executor()] {
        asio::post(executor, [wake] {
            wake->called = true;
            wake->timer.cancel();
        });
    });
    // Nothing more is expected from the client: whatever comes, even the end of the connection, ends the stream.
    stream_.socket().async_read_some(asio::buffer(&wake->byte, 1), [wake](const error_code&, std::size_t) {
        wake->gone = true;
        wake->timer.cancel();
    });
    struct Unset {
        EventClient& client;
        const CancelSource& ending;
        ~Unset() {
            client.on_ready({});
            ending.cancel();
        }
    } const unset{*client, ending_};
    if (stream.work)
        asio::post(handlers_.waiting, [work = std::move(stream.work), token = ending_.token()] { work(token); });

    double last_sign = steady_now();
    double last_check = last_sign;
    for (bool first = true; !wake->gone; first = false) {
        wake->called = false;
        EventClient::Batch batch = co_await run_on(handlers_.prompt, [&] { return client->take(steady_now()); });
        const double now = steady_now();
        // The comment at the start lets the client see at once that the stream is open.
        if (batch.text.empty() && (first || now - last_sign >= limits_.comment_s)) batch.text = ": still here\n\n";
        if (!batch.text.empty()) {
            co_await write_text(batch.text, "");
            last_sign = now;
        }
        if (batch.too_slow) log::info("A browser was too slow for the events and was disconnected");
        if (batch.ended || stopping_) co_return;
        if (now - last_check >= limits_.check_s) {
            if (stream.still_allowed && !co_await run_on(handlers_.prompt, stream.still_allowed)) co_return;
            last_check = now;
        }
        const double next = std::max(0.0, std::min(last_sign + limits_.comment_s, last_check + limits_.check_s) - now);
        wake->timer.expires_after(seconds(batch.wait_s > 0 ? std::min(batch.wait_s, next) : next));
        error_code ignored;
        if (!wake->gone && !wake->called)
            co_await wake->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

asio::awaitable<void> Session::close_gently() {
    error_code error;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    // Closing with unread input would reset the connection, and the client might never see the answer.
    expire_after(kDrainSeconds);
    std::array<char, kReadAhead> waste;
    for (std::size_t drained = 0; !error && drained < kDrained;) {
        drained +=
            co_await stream_.async_read_some(asio::buffer(waste), asio::redirect_error(asio::use_awaitable, error));
    }
}

}  // namespace audiomuse::api
