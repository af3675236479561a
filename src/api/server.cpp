// Lifecycle: listen, accept, count connections, stop.
#include "audiomuse/api/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "audiomuse/base/log.h"
#include "service.h"
#include "session.h"

namespace audiomuse::api {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class BeastServer final : public Server {
public:
    BeastServer(Context context, ServerOptions options)
        : options_(std::move(options)),
          service_(std::move(context), options_.files),
          // One more than may wait at a time says so to those that are too many.
          handlers_{.prompt{std::max(1U, options_.handler_threads)},
                    .waiting{MediaServerSlots::max() + ModelSlots::max() + 1}} {}

    ~BeastServer() override {
        stop();
        wait();
    }

    void start() override {
        listen();
        asio::co_spawn(control_, accept_all(), asio::detached);
        for (unsigned i = 0; i < std::max(1U, options_.io_threads); ++i)
            threads_.emplace_back([this] { io_.run(); });
        log::info("Listening on {} port {}", options_.host, port());
    }

    std::uint16_t port() const override { return port_; }

    void stop() override {
        if (stopping_.exchange(true)) return;
        service_.backend().events.close();
        service_.backend().stopping.cancel();
        asio::post(control_, [this] {
            error_code ignored;
            acceptor_.close(ignored);
            for (const auto& session : sessions())
                session->stop();
            deadline_.expires_after(std::chrono::milliseconds(static_cast<int>(options_.stop_timeout_s * 1000)));
            deadline_.async_wait([this](const error_code& error) {
                if (error) return;
                log::warn("Ending connections whose requests are not done");
                for (const auto& session : sessions())
                    session->abort();
            });
            end_if_done();
        });
    }

    void wait() override {
        std::lock_guard lock(wait_mutex_);
        for (std::thread& thread : threads_)
            thread.join();
        threads_.clear();
        handlers_.prompt.join();
        handlers_.waiting.join();
    }

private:
    void listen() {
        try {
            error_code error;
            asio::ip::address address = asio::ip::make_address(options_.host, error);
            if (error) address = tcp::resolver(io_).resolve(options_.host, "")->endpoint().address();
            const tcp::endpoint endpoint(address, options_.port);
            acceptor_.open(endpoint.protocol());
            acceptor_.set_option(tcp::acceptor::reuse_address(true));
            acceptor_.bind(endpoint);
            acceptor_.listen();
            port_ = acceptor_.local_endpoint().port();
        } catch (const boost::system::system_error& error) {
            throw Error(
                ErrorCode::unavailable,
                fmt::format("Cannot listen on {} port {}: {}. End the program that uses the port, or choose another "
                            "address with --host or --port.",
                            options_.host, options_.port, error.code().message()));
        }
    }

    asio::awaitable<void> accept_all() {
        while (!stopping_) {
            error_code error;
            tcp::socket socket(asio::make_strand(io_));
            co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
            if (stopping_ || error == asio::error::operation_aborted) co_return;
            if (error) {
                // Out of descriptors, mostly: wait until connections end instead of spinning.
                log::warn("Cannot accept a connection: {}", error.message());
                asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(100));
                co_await pause.async_wait(asio::use_awaitable);
                continue;
            }
            begin(std::move(socket));
        }
    }

    void begin(tcp::socket socket) {
        const auto settings = service_.backend().context.settings.get();
        const std::size_t most =
            std::min(static_cast<std::size_t>(settings->max_connections), options_.most_connections);
        const auto executor = socket.get_executor();
        const auto session = std::make_shared<Session>(
            boost::beast::tcp_stream(std::move(socket)), service_, handlers_,
            SessionLimits{.message = {.body_bytes = static_cast<std::uint64_t>(settings->max_body_bytes)},
                          .idle_s = options_.idle_timeout_s,
                          .request_s = static_cast<double>(settings->request_timeout_s),
                          .check_s = options_.events_check_s});
        bool too_many = false;
        {
            std::lock_guard lock(sessions_mutex_);
            too_many = sessions_.size() >= most;
            sessions_.insert(session);
        }
        Metrics& metrics = service_.backend().metrics;
        ++metrics.connections;
        if (too_many) ++metrics.connections_refused;
        asio::co_spawn(executor, too_many ? session->refuse() : session->serve(),
                       [this, session](const std::exception_ptr&) { end(session); });
    }

    void end(const std::shared_ptr<Session>& session) {
        --service_.backend().metrics.connections;
        {
            std::lock_guard lock(sessions_mutex_);
            sessions_.erase(session);
        }
        if (stopping_) asio::post(control_, [this] { end_if_done(); });
    }

    /// With the timer gone there is nothing left to do, and the threads return.
    void end_if_done() {
        if (sessions().empty()) deadline_.cancel();
    }

    std::vector<std::shared_ptr<Session>> sessions() {
        std::lock_guard lock(sessions_mutex_);
        return {sessions_.begin(), sessions_.end()};
    }

    const ServerOptions options_;
    Service service_;
    asio::io_context io_;
    asio::strand<asio::io_context::executor_type> control_ = asio::make_strand(io_);  // runs acceptor_ and deadline_
    tcp::acceptor acceptor_{control_};
    asio::steady_timer deadline_{control_};
    std::atomic<std::uint16_t> port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::mutex sessions_mutex_;  // guards sessions_
    std::set<std::shared_ptr<Session>> sessions_;
    std::mutex wait_mutex_;  // guards threads_
    std::vector<std::thread> threads_;
    Handlers handlers_;  // last: its work uses all of the above, so it ends first
};

}  // namespace

std::unique_ptr<Server> create_server(Context context, ServerOptions options) {
    return std::make_unique<BeastServer>(std::move(context), std::move(options));
}

}  // namespace audiomuse::api
