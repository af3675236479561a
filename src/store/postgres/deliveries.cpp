// Each function is one statement, which is a transaction of its own; what other processes have to hear of is notified
// with it. A waiting id is taken by FOR UPDATE SKIP LOCKED, so that takers do not wait for each other.
#include "audiomuse/store/deliveries.h"

#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/wrap/postgres/listener.h"
#include "postgres/engine.h"
#include "postgres/migrations.h"
#include "postgres/text_codec.h"

namespace audiomuse::store::postgres {

namespace {

using namespace std::chrono_literals;

constexpr const char* kChannel = "audiomuse";
/// PostgreSQL's limit is 8,000 bytes.
constexpr std::size_t kLongestPayload = 7900;

// A payload begins with what it is about.
constexpr char kArrival = 'a';    // then the lane
constexpr char kEnded = 'x';      // then the claim
constexpr char kEvent = 'e';      // then the sender and the event
constexpr char kLongEvent = 'l';  // then the sender and the id of a row of delivery_events

/// Names a Deliveries among all processes, always of the same length.
std::string sender_name() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

double seconds(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

std::int64_t number(std::string_view digits) {
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// The thread that hears notifications, and connects again when it was cut off.
class Ears final : public Listening {
public:
    using Take = std::function<void(std::string_view payload)>;
    using Tell = std::function<void(Signal::Kind)>;

    Ears(wrap::postgres::ConnectOptions address, Take take, Tell tell)
        : address_(std::move(address)),
          take_(std::move(take)),
          tell_(std::move(tell)),
          listener_(std::make_unique<wrap::postgres::Listener>(address_, kChannel)),
          thread_([this] { run(); }) {}
    ~Ears() override {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        changed_.notify_all();
        waker_.wake();
        thread_.join();
    }

private:
    void run() {
        while (!stopping_) {
            try {
                if (!listener_) listener_ = std::make_unique<wrap::postgres::Listener>(address_, kChannel);
                tell_(Signal::Kind::connected);
                pause_ = kFirstPause;
                while (!stopping_) {
                    if (const auto payload = listener_->next(1h, waker_)) take_(*payload);
                }
            } catch (const Error& error) {
                log::debug("Notifications are not heard: {}", error.what());
                if (listener_) tell_(Signal::Kind::cut);
                listener_.reset();
                std::unique_lock lock(mutex_);
                changed_.wait_for(lock, pause_, [&] { return stopping_.load(); });
                pause_ = std::min(2 * pause_, kLongestPause);
            }
        }
    }

    static constexpr std::chrono::milliseconds kFirstPause = 20ms;
    static constexpr std::chrono::milliseconds kLongestPause = 1s;

    const wrap::postgres::ConnectOptions address_;
    const Take take_;
    const Tell tell_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stopping_ = false;
    std::chrono::milliseconds pause_ = kFirstPause;
    wrap::postgres::Waker waker_;
    std::unique_ptr<wrap::postgres::Listener> listener_;
    std::thread thread_;  // last: it uses the others
};

class PostgresDeliveries final : public Deliveries {
public:
    explicit PostgresDeliveries(const SessionOptions& session) : session_(session), engine_(session, 4, 0ms) {}

    Engine& engine() { return engine_; }

    void enqueue(const JobId& job, int lane) override {
        run("WITH put AS (INSERT INTO deliveries (job, lane) VALUES (?, ?) ON CONFLICT (job) DO UPDATE SET again_lane "
            "= "
            "excluded.lane, again_position = excluded.position "
            "WHERE deliveries.claim <> 0 AND deliveries.again_lane IS NULL RETURNING claim, lane) "
            "SELECT pg_notify('audiomuse', 'a' || lane) FROM put WHERE claim = 0",
            {job.value, std::int64_t{lane}});
    }

    std::optional<Delivery> take(std::span<const int> lanes, std::chrono::milliseconds lease) override {
        std::optional<Delivery> delivery;
        engine_.run_apart([&](Connection& connection) {
            for (const int lane : lanes) {
                const auto rows = connection.query(
                    fmt::format("WITH next AS (SELECT job FROM deliveries WHERE claim = 0 AND lane = ? "
                                "ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED) "
                                "UPDATE deliveries d SET claim = nextval('delivery_claims'), cancelled = 0, "
                                "lease_until = {} + ? FROM next WHERE d.job = next.job RETURNING d.job, d.claim",
                                connection.now()),
                    {std::int64_t{lane}, seconds(lease)});
                if (!rows->next()) continue;
                delivery = {JobId{rows->text(0)}, lane, rows->integer(1)};
                return;
            }
        });
        return delivery;
    }

    std::vector<Standing> renew(std::span<const Delivery> held, std::chrono::milliseconds lease) override {
        std::vector<Standing> standings;
        engine_.run_apart([&](Connection& connection) {
            standings.clear();
            for (const Delivery& delivery : held) {
                const auto cancelled = connection.find_integer(
                    fmt::format("UPDATE deliveries SET lease_until = {} + ? WHERE job = ? AND claim = ? "
                                "RETURNING cancelled",
                                connection.now()),
                    {seconds(lease), delivery.job.value, delivery.claim});
                standings.push_back(!cancelled        ? Standing::lost
                                    : *cancelled != 0 ? Standing::cancelled
                                                      : Standing::held);
            }
        });
        return standings;
    }

    void finish(const Delivery& held) override {
        engine_.run_apart([&](Connection& connection) {
            const auto ended =
                connection.run("DELETE FROM deliveries WHERE job = ? AND claim = ? AND again_lane IS NULL",
                               {held.job.value, held.claim});
            if (ended > 0) return;
            connection.run(
                "WITH back AS (UPDATE deliveries SET lane = again_lane, position = again_position, again_lane = NULL, "
                "again_position = NULL, claim = 0 WHERE job = ? AND claim = ? AND again_lane IS NOT NULL RETURNING "
                "lane) "
                "SELECT pg_notify('audiomuse', 'a' || lane) FROM back",
                {held.job.value, held.claim});
        });
    }

    void hand_back(const Delivery& held) override {
        run("WITH back AS (UPDATE deliveries SET again_lane = NULL, again_position = NULL, claim = 0 "
            "WHERE job = ? AND claim = ? RETURNING lane) SELECT pg_notify('audiomuse', 'a' || lane) FROM back",
            {held.job.value, held.claim});
    }

    void take_back_overdue() override {
        engine_.run_apart([&](Connection& connection) {
            connection.run(
                fmt::format("WITH late AS (SELECT job, claim FROM deliveries WHERE claim <> 0 AND lease_until < {} "
                            "FOR UPDATE SKIP LOCKED), "
                            "back AS (UPDATE deliveries d SET again_lane = NULL, again_position = NULL, claim = 0 "
                            "FROM late WHERE d.job = late.job RETURNING d.lane, late.claim AS lost) "
                            "SELECT pg_notify('audiomuse', 'x' || lost), pg_notify('audiomuse', 'a' || lane) FROM back",
                            connection.now()));
        });
    }

    void cancel(const JobId& job) override {
        run("WITH gone AS (DELETE FROM deliveries WHERE job = ? AND claim = 0), "
            "held AS (UPDATE deliveries SET cancelled = 1, again_lane = NULL, again_position = NULL "
            "WHERE job = ? AND claim <> 0 RETURNING claim) "
            "SELECT pg_notify('audiomuse', 'x' || claim) FROM held",
            {job.value, job.value});
    }

    std::int64_t waiting(int lane) override {
        std::int64_t count = 0;
        engine_.run_apart([&](Connection& connection) {
            count = *connection.find_integer(
                "SELECT (SELECT COUNT(*) FROM deliveries WHERE claim = 0 AND lane = ?) + "
                "(SELECT COUNT(*) FROM deliveries WHERE claim <> 0 AND again_lane = ?)",
                {std::int64_t{lane}, std::int64_t{lane}});
        });
        return count;
    }

    void publish(const std::string& event) override {
        const std::string whole = kEvent + sender_ + event;
        // The connection encodes it: what counts is its length then.
        if (encode_text(whole).size() <= kLongestPayload) return run("SELECT pg_notify('audiomuse', ?)", {whole});
        const std::string payload = kLongEvent + sender_;
        engine_.run_apart([&](Connection& connection) {
            connection.run(
                fmt::format("WITH old AS (DELETE FROM delivery_events WHERE created_at < {0} - 60), "
                            "put AS (INSERT INTO delivery_events (data, created_at) VALUES (?, {0}) RETURNING id) "
                            "SELECT pg_notify('audiomuse', ? || id) FROM put",
                            connection.now()),
                {event, payload});
        });
    }

    std::unique_ptr<Listening> listen(std::function<void(const Signal&)> hear) override {
        return std::make_unique<Ears>(
            session_.address,
            [this, hear](std::string_view payload) {
                if (const auto signal = read(payload)) hear(*signal);
            },
            [hear](Signal::Kind kind) { hear({.kind = kind}); });
    }

private:
    void run(std::string_view sql, std::initializer_list<sql::Value> values) {
        engine_.run_apart([&](Connection& connection) { connection.run(sql, values); });
    }

    /// Nothing for what this process published itself, and what is not understood.
    std::optional<Signal> read(std::string_view payload) {
        if (payload.empty()) return std::nullopt;
        const std::string_view rest = payload.substr(1);
        switch (payload.front()) {
            case kArrival:
                return Signal{.kind = Signal::Kind::arrival, .lane = static_cast<int>(number(rest))};
            case kEnded:
                return Signal{.kind = Signal::Kind::ended, .claim = number(rest)};
            case kEvent:
                if (rest.starts_with(sender_) || rest.size() < sender_.size()) return std::nullopt;
                return Signal{.kind = Signal::Kind::event, .event = decode_text(rest.substr(sender_.size()))};
            case kLongEvent:
                if (rest.starts_with(sender_) || rest.size() < sender_.size()) return std::nullopt;
                return read_long_event(number(rest.substr(sender_.size())));
            default:
                return std::nullopt;
        }
    }

    std::optional<Signal> read_long_event(std::int64_t id) {
        std::optional<Signal> signal;
        engine_.run_apart([&](Connection& connection) {
            const auto rows = connection.query("SELECT data FROM delivery_events WHERE id = ?", {id});
            if (rows->next()) signal = Signal{.kind = Signal::Kind::event, .event = rows->text(0)};
        });
        return signal;
    }

    const SessionOptions session_;
    const std::string sender_ = sender_name();
    Engine engine_;
};

}  // namespace

}  // namespace audiomuse::store::postgres

namespace audiomuse::store {

std::unique_ptr<Deliveries> open_postgres_deliveries(const PostgresOptions& options) {
    postgres::SessionOptions session = postgres::session_of(options);
    session.wait_for_disk = false;
    auto deliveries = std::make_unique<postgres::PostgresDeliveries>(session);
    postgres::migrate(deliveries->engine(), postgres::migrations());
    return deliveries;
}

}  // namespace audiomuse::store
