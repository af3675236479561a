// Talks to an MPD: connections, login, commands, and refusals turned into the right error.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/library/media_server.h"
#include "mpd/address.h"
#include "mpd/line_socket.h"
#include "mpd/protocol.h"

namespace audiomuse::library::mpd {

class Session;

/// Threads: any number; at most ServerLimits::connections sessions at once, the others wait. Throws as MediaServer
/// does.
class Client {
public:
    Client(Address address, std::string password, ServerLimits limits);

    /// Connects and logs in. A connection of its own for each piece of work, as MPD drops those that rest.
    Session open(const CancelToken& cancel);

    const Address& address() const { return address_; }
    const std::string& shown() const { return address_.shown; }
    [[noreturn]] void fail(const Ack& ack) const;
    [[noreturn]] void fail_reading(std::string_view what) const;

private:
    friend class Session;
    std::unique_ptr<LineSocket> connect(const CancelToken& cancel) const;

    Address address_;
    std::string password_;
    ServerLimits limits_;
    std::mutex mutex_;
    std::condition_variable free_;
    int busy_ = 0;
};

/// One connection. Used by one thread.
class Session {
public:
    /// Takes an answer's lines, with the number of the command that they answer.
    using Lines = std::function<void(std::size_t command, std::string_view key, std::string_view value)>;
    using Forgives = std::function<bool(const Ack&)>;

    Session(Client& client, const CancelToken& cancel);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void ask(const std::string& command, const Lines& lines = {});
    /// Sends commands in lists of a size that MPD takes. One that is refused is left out where `forgives` says so, else
    /// it ends the call, and those behind it are not run.
    void ask_all(const std::vector<std::string>& commands, const Lines& lines, const Forgives& forgives = {});
    /// All or nothing of the server's own working: one list, so that no other client gets in between.
    void ask_together(const std::vector<std::string>& commands);
    /// The first value of that key in the answer; "" when there is none.
    std::string value_of(const std::string& command, std::string_view key);

    const std::string& version() const { return version_; }

private:
    class Slot {
    public:
        Slot(Client& client, const CancelToken& cancel);
        ~Slot();
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;

    private:
        Client& client_;
    };
    /// Sends and reads to the end of the answer; a refusal is returned.
    std::optional<Ack> exchange(std::string_view bytes, const Lines& lines, std::size_t first_command);
    std::optional<Ack> exchange_list(std::string_view commands, const Lines& lines, std::size_t first_command);
    void greet();
    void log_in();

    Client& client_;
    CancelToken cancel_;
    Slot slot_;
    std::unique_ptr<LineSocket> socket_;
    std::string version_;
};

}  // namespace audiomuse::library::mpd
