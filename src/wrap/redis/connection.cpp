#include "audiomuse/wrap/redis/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::redis {

std::string library_version() {
    return fmt::format("{}.{}.{}", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}

namespace {

timeval as_timeval(std::chrono::milliseconds time) {
    return {static_cast<time_t>(time.count() / 1000), static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

std::string_view text_of(const redisReply& reply) {
    return {reply.str, reply.len};
}

/// The word an error begins with, e.g. "NOAUTH". Redis 6 wraps the errors of commands in scripts.
std::string_view error_word(std::string_view text) {
    if (text.starts_with("ERR Error running script")) {
        if (const auto inner = text.rfind(": -"); inner != std::string_view::npos) text = text.substr(inner + 3);
    }
    return text.substr(0, text.find(' '));
}

ErrorCode code_of(std::string_view text) {
    struct Known {
        std::string_view word;
        ErrorCode code;
    };
    static constexpr std::array kKnown = {
        Known{"NOAUTH", ErrorCode::permission_denied},
        Known{"WRONGPASS", ErrorCode::permission_denied},
        Known{"NOPERM", ErrorCode::permission_denied},
        Known{"LOADING", ErrorCode::unavailable},
        Known{"BUSY", ErrorCode::unavailable},
        Known{"READONLY", ErrorCode::unavailable},
        Known{"MASTERDOWN", ErrorCode::unavailable},
        Known{"CLUSTERDOWN", ErrorCode::unavailable},
        Known{"NOREPLICAS", ErrorCode::unavailable},
        Known{"OOM", ErrorCode::limit_exceeded},
        Known{"MISCONF", ErrorCode::io},
    };
    const std::string_view word = error_word(text);
    for (const Known& known : kKnown) {
        if (known.word == word) return known.code;
    }
    return text.find("max number of clients") == std::string_view::npos ? ErrorCode::internal : ErrorCode::unavailable;
}

std::string_view way_out(ErrorCode code) {
    switch (code) {
        case ErrorCode::permission_denied:
            return " Check user and password in the Redis URL, and the user's rights.";
        case ErrorCode::limit_exceeded:
            return " Give Redis more memory (maxmemory).";
        default:
            return "";
    }
}

Error error_of(const std::string& server, std::string_view text) {
    const ErrorCode code = code_of(text);
    return {code, fmt::format("Redis at {} refused a command: {}.{}", server, text, way_out(code))};
}

}  // namespace

void Connection::Closer::operator()(redisContext* context) const noexcept {
    redisFree(context);
}

void Connection::Freer::operator()(redisReply* reply) const noexcept {
    freeReplyObject(reply);
}

Connection::Connection(const Address& address, const Limits& limits)
    : name_(address.name()),
      context_(redisConnectWithTimeout(address.host.c_str(), address.port, as_timeval(limits.connect))),
      command_limit_(limits.command) {
    if (!context_ || context_->err != 0) {
        const char* why = context_ ? context_->errstr : "there is no memory";
        throw Error(
            ErrorCode::unavailable,
            fmt::format("Redis at {} cannot be reached: {}. Check that it runs, and the Redis URL.", name_, why));
    }
    ::fcntl(context_->fd, F_SETFD, FD_CLOEXEC);
    redisSetTimeout(context_.get(), as_timeval(limits.command));
    redisEnableKeepAlive(context_.get());
    sign_in(address);
}

void Connection::sign_in(const Address& address) {
    if (!address.password.empty()) {
        std::vector<std::string_view> words = {"AUTH", address.password};
        if (!address.user.empty()) words.insert(words.begin() + 1, address.user);
        const RawReply reply = ask(words);
        // The server's own words are left out: they may repeat what was sent.
        if (reply->type == REDIS_REPLY_ERROR) {
            const ErrorCode code = code_of(text_of(*reply));
            if (code == ErrorCode::unavailable) throw Error(code, fmt::format("Redis at {} is not ready.", name_));
            throw Error(
                ErrorCode::permission_denied,
                fmt::format("Redis at {} refused the sign-in. Check user and password in the Redis URL.", name_));
        }
    }
    if (address.database != 0) run({"SELECT", std::to_string(address.database)});
}

void Connection::lost(std::string_view why) {
    connected_ = false;
    throw Error(ErrorCode::unavailable, fmt::format("The connection to Redis at {} is lost: {}.", name_, why));
}

// hiredis would write() and so raise SIGPIPE when the server is gone.
void Connection::send(std::span<const std::string_view> words) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* command = nullptr;
    const int length = redisFormatCommandArgv(&command, static_cast<int>(texts.size()), texts.data(), sizes.data());
    if (length < 0) throw Error(ErrorCode::internal, "A command for Redis could not be put together.");
    const std::unique_ptr<char, decltype(&redisFreeCommand)> owner(command, redisFreeCommand);
    for (std::string_view rest(command, static_cast<std::size_t>(length)); !rest.empty();) {
        const ssize_t sent = ::send(context_->fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) lost(std::strerror(errno));
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
}

Connection::RawReply Connection::receive() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) == REDIS_OK) return RawReply(static_cast<redisReply*>(reply));
    if (context_->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
        lost(fmt::format("there is no answer for {} s", static_cast<double>(command_limit_.count()) / 1000));
    lost(context_->errstr);
}

Connection::RawReply Connection::ask(std::span<const std::string_view> words) {
    if (!connected_) lost("an earlier command failed");
    send(words);
    return receive();
}

Reply Connection::value(const redisReply& reply) const {
    Reply value;
    switch (reply.type) {
        case REDIS_REPLY_ERROR:
            throw error_of(name_, text_of(reply));
        case REDIS_REPLY_INTEGER:
            value.kind = Reply::Kind::integer;
            value.integer = reply.integer;
            break;
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            value.kind = Reply::Kind::text;
            value.text = text_of(reply);
            break;
        case REDIS_REPLY_ARRAY:
            value.kind = Reply::Kind::list;
            for (const redisReply* element : std::span(reply.element, reply.elements))
                value.list.push_back(this->value(*element));
            break;
        default:
            break;
    }
    return value;
}

Reply Connection::run(std::span<const std::string_view> words) {
    return value(*ask(words));
}

Reply Connection::run(const Script& script, std::span<const std::string> keys, std::span<const std::string> arguments) {
    std::string& digest = digests_[script.text.data()];
    if (digest.empty()) digest = run({"SCRIPT", "LOAD", script.text}).text;
    const std::string count = std::to_string(keys.size());
    std::vector<std::string_view> words = {"EVALSHA", digest, count};
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    RawReply reply = ask(words);
    if (reply->type == REDIS_REPLY_ERROR && text_of(*reply).starts_with("NOSCRIPT")) {
        words[0] = "EVAL";
        words[1] = script.text;
        reply = ask(words);
    }
    return value(*reply);
}

}  // namespace audiomuse::wrap::redis
