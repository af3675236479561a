#include "redis/deliveries.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audiomuse/base/error.h"
#include "embedded_lua.h"

namespace audiomuse::queue {

namespace redis = wrap::redis;

namespace {

constexpr std::size_t kMostIdle = 16;
constexpr int kForgetAfterLeases = 10;

constexpr std::array<const char*, kLanes> kLaneNames = {"high", "default", "library", "aside", "backup"};  // by Lane

Lane lane_of(std::int64_t number) {
    return static_cast<Lane>(number - 1);
}

std::string lane_number(Lane lane) {
    return std::to_string(static_cast<std::size_t>(lane) + 1);
}

std::vector<std::string> key_names(const std::string& prefix) {
    std::vector<std::string> names = {prefix + ":held", prefix + ":epoch"};
    for (const char* lane : kLaneNames)
        names.insert(names.end(), {fmt::format("{}:{}", prefix, lane), fmt::format("{}:waiting:{}", prefix, lane)});
    return names;
}

std::string file_text(std::string_view path) {
    const auto bytes = embedded::lua::find(path)->bytes;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string script(const std::string& name) {
    return file_text("shared.lua") + file_text(name + ".lua");
}

}  // namespace

Deliveries::Scripts::Scripts()
    : enqueue(script("enqueue")),
      claim(script("claim")),
      end(script("end")),
      cancel(script("cancel")),
      renew(script("renew")),
      take_over(script("take_over")) {}

Deliveries::Deliveries(redis::Address address, const redis::Limits& limits, const std::string& prefix)
    : address_(std::move(address)),
      limits_(limits),
      keys_(key_names(prefix)),
      channels_{prefix + ":work", prefix + ":ended", prefix + ":event"} {}

std::unique_ptr<redis::Connection> Deliveries::idle_connection() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

template <class Work>
redis::Reply Deliveries::use(Work work) {
    auto connection = idle_connection();
    std::optional<redis::Reply> reply;
    if (connection) {
        try {
            reply = work(*connection);
        } catch (const Error&) {
            if (connection->connected()) throw;
            // The others that wait were cut together with it.
            std::lock_guard lock(mutex_);
            idle_.clear();
        }
    }
    if (!reply) {
        connection = std::make_unique<redis::Connection>(address_, limits_);
        reply = work(*connection);
    }
    std::lock_guard lock(mutex_);
    if (idle_.size() < kMostIdle) idle_.push_back(std::move(connection));
    return *std::move(reply);
}

redis::Reply Deliveries::run(const std::string& script, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {channels_.work, channels_.ended});
    return use([&](redis::Connection& connection) { return connection.run(redis::Script{script}, keys_, arguments); });
}

void Deliveries::check() {
    const redis::Reply known = use([](redis::Connection& connection) {
        return connection.run({"COMMAND", "INFO", "XAUTOCLAIM"});
    });
    if (known.list.empty() || known.list.front().empty()) {
        throw Error(ErrorCode::conflict,
                    fmt::format("Redis at {} is too old for the queue: install Redis 6.2 or newer.", address_.name()));
    }
}

void Deliveries::enqueue(const JobId& job, Lane lane) {
    run(scripts_.enqueue, {job.value, lane_number(lane)});
}

std::optional<Holding> Deliveries::claim(const std::string& token, const std::vector<Lane>& lanes) {
    std::vector<std::string> arguments = {token};
    for (std::size_t i = 0; i < kLaneNames.size(); ++i) {
        const Lane lane = lane_of(static_cast<std::int64_t>(i) + 1);
        if (std::ranges::find(lanes, lane) != lanes.end()) arguments.push_back(lane_number(lane));
    }
    redis::Reply reply = run(scripts_.claim, std::move(arguments));
    if (reply.list.size() != 3) return std::nullopt;
    const Lane lane = lane_of(reply.list[1].integer);
    return Holding{JobId{std::move(reply.list[0].text)}, lane, token, std::move(reply.list[2].text)};
}

void Deliveries::end(const Holding& holding, bool again) {
    run(scripts_.end, {holding.job.value, holding.token, again ? "1" : "0"});
}

void Deliveries::cancel(const JobId& job) {
    run(scripts_.cancel, {job.value});
}

std::vector<Deliveries::Standing> Deliveries::renew(std::span<const Holding> holdings) {
    std::vector<std::string> arguments;
    for (const Holding& holding : holdings)
        arguments.insert(arguments.end(), {holding.job.value, holding.token, lane_number(holding.lane), holding.epoch});
    std::vector<Standing> standing;
    for (const redis::Reply& each : run(scripts_.renew, std::move(arguments)).list)
        standing.push_back(static_cast<Standing>(each.integer));
    return standing;
}

std::int64_t Deliveries::take_over(std::chrono::milliseconds lease) {
    const auto forget = lease * kForgetAfterLeases;
    return run(scripts_.take_over, {std::to_string(lease.count()), std::to_string(forget.count())}).integer;
}

std::size_t Deliveries::waiting(Lane lane) {
    const std::string& key = keys_[3 + 2 * static_cast<std::size_t>(lane)];
    const redis::Reply count = use([&](redis::Connection& connection) { return connection.run({"HLEN", key}); });
    return static_cast<std::size_t>(count.integer);
}

void Deliveries::publish_event(const std::string& payload) {
    use([&](redis::Connection& connection) { return connection.run({"PUBLISH", channels_.event, payload}); });
}

}  // namespace audiomuse::queue
