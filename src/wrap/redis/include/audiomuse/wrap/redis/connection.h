// A connection to a Redis server, and replies as values.
//
// Errors: every function may throw Error with the server's address and its own words: unavailable (cannot connect,
// lost, no answer in time, still loading, only a replica), permission_denied (NOAUTH, WRONGPASS, NOPERM),
// limit_exceeded (its memory is full), io (it cannot write to its disk), internal (all else). Passwords are never in a
// message.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/wrap/redis/address.h"

struct redisContext;
struct redisReply;

namespace audiomuse::wrap::redis {

/// Of hiredis: "0.14.1".
std::string library_version();

struct Limits {
    std::chrono::milliseconds connect{2000};
    std::chrono::milliseconds command{5000};  ///< without any byte from the server
    std::chrono::milliseconds silence{
        5000};  ///< a Subscriber asks a server that is quiet for so long, and waits as long
};

/// What a command answered. Arrays nest.
struct Reply {
    enum class Kind { nothing, integer, text, list };
    Kind kind = Kind::nothing;
    std::int64_t integer = 0;
    std::string text;  ///< bulk and status replies; any bytes
    std::vector<Reply> list;

    bool empty() const { return kind == Kind::nothing; }
};

/// A Lua script. Its text is sent to a server once; it is called by its digest.
struct Script {
    std::string_view text;  ///< must outlive the connections that run it
};

/// Used by one thread at a time. After Error(unavailable) it is of no more use: connected() is false.
class Connection {
public:
    /// Connects, signs in and selects the database.
    explicit Connection(const Address& address, const Limits& limits = {});

    Reply run(std::span<const std::string_view> words);
    Reply run(std::initializer_list<std::string_view> words) {
        return run(std::span<const std::string_view>(words.begin(), words.size()));
    }
    /// EVALSHA; EVAL where the server does not know the script (any more).
    Reply run(const Script& script, std::span<const std::string> keys, std::span<const std::string> arguments);

    bool connected() const { return connected_; }

private:
    friend class Subscriber;
    struct Closer {
        void operator()(redisContext* context) const noexcept;
    };
    struct Freer {
        void operator()(redisReply* reply) const noexcept;
    };
    using RawReply = std::unique_ptr<redisReply, Freer>;

    void sign_in(const Address& address);
    void send(std::span<const std::string_view> words);
    RawReply receive();
    RawReply ask(std::span<const std::string_view> words);
    [[noreturn]] void lost(std::string_view why);
    Reply value(const redisReply& reply) const;

    std::string name_;
    std::unique_ptr<redisContext, Closer> context_;
    std::map<const char*, std::string> digests_;  // of the scripts sent, by the address of their text
    std::chrono::milliseconds command_limit_;
    bool connected_ = true;
};

}  // namespace audiomuse::wrap::redis
