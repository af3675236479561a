#include "mpd/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"

namespace audiomuse::library::mpd {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t kLargestAnswer = 256u << 20;
constexpr std::size_t kLargestList = 256 * 1024;  // bytes; MPD's max_command_list_size is 2 MiB where nobody changed it
constexpr std::size_t kShownOfLine = 200;
constexpr auto kFirstPause = 250ms;

}  // namespace

Client::Client(Address address, std::string password, ServerLimits limits)
    : address_(std::move(address)), password_(std::move(password)), limits_(limits) {}

Session Client::open(const CancelToken& cancel) {
    return {*this, cancel};
}

std::unique_ptr<LineSocket> Client::connect(const CancelToken& cancel) const {
    auto pause = kFirstPause;
    for (int tries = 0;; ++tries, pause *= 2) {
        try {
            return std::make_unique<LineSocket>(address_, Clock::now() + limits_.connect, cancel);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::unavailable || tries >= limits_.retries) throw;
        }
        cancel.check();
        std::this_thread::sleep_for(pause);
    }
}

void Client::fail(const Ack& ack) const {
    const auto error = [&](ErrorCode code, std::string_view what) {
        return Error(code, fmt::format("{} {}.", shown(), what));
    };
    const std::string words = fmt::format("refuses {} ({})", ack.command.empty() ? "a command" : ack.command,
                                          ack.text.substr(0, kShownOfLine));
    switch (ack.code) {
        case Ack::password:
            throw error(ErrorCode::login_refused, "refuses the password. Check it against the mpd.conf of the server");
        case Ack::permission:
            // Without one, nothing else can be wrong about the login.
            if (password_.empty())
                throw error(ErrorCode::login_refused,
                            "does not let clients without a password do that. Set its password");
            throw error(ErrorCode::permission_denied,
                        fmt::format("does not let this password do that ({}). Its mpd.conf "
                                    "says what each password may do",
                                    ack.command));
        case Ack::argument:
            throw error(ErrorCode::invalid_argument, words);
        case Ack::unknown_command:
            throw error(ErrorCode::unsupported, words);
        case Ack::no_exist:
            throw error(ErrorCode::not_found, words);
        case Ack::playlist_max:
            throw error(ErrorCode::unsupported,
                        "takes no playlist of that many tracks. Raise max_playlist_length in its mpd.conf");
        case Ack::exist:
            throw error(ErrorCode::conflict, words);
        default:
            throw error(ErrorCode::server_failed, fmt::format("{}; its own log may tell why", words));
    }
}

void Client::fail_reading(std::string_view what) const {
    throw Error(ErrorCode::server_failed, fmt::format("{} sent what can't be understood ({}).", shown(), what));
}

Session::Slot::Slot(Client& client, const CancelToken& cancel) : client_(client) {
    std::unique_lock lock(client_.mutex_);
    while (client_.busy_ >= client_.limits_.connections) {
        cancel.check();
        client_.free_.wait_for(lock, 100ms);
    }
    ++client_.busy_;
}

Session::Slot::~Slot() {
    {
        const std::lock_guard lock(client_.mutex_);
        --client_.busy_;
    }
    client_.free_.notify_one();
}

Session::Session(Client& client, const CancelToken& cancel)
    : client_(client), cancel_(cancel), slot_(client, cancel), socket_(client.connect(cancel)) {
    greet();
    log_in();
}

Session::~Session() = default;

void Session::greet() {
    std::string_view line;
    try {
        line = socket_->read_line(Clock::now() + client_.limits_.connect, cancel_);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::timeout) throw;
        throw Error(
            ErrorCode::timeout,
            fmt::format("{} takes connections, but does not greet as MPD does. Check the port.", client_.shown()));
    }
    const auto version = parse_greeting(line);
    if (!version) {
        log::debug("{} greets with: {}", client_.shown(), to_valid_utf8(line.substr(0, kShownOfLine)));
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} is no MPD: it does not greet as one. Check the port.", client_.shown()));
    }
    version_ = *version;
    if (!is_at_least(version_, 0, 21)) {  // the first with filters
        throw Error(ErrorCode::unsupported,
                    fmt::format("{} speaks version {} of its protocol, which is too old; 0.21 is needed at least.",
                                client_.shown(), version_));
    }
}

void Session::log_in() {
    if (!client_.password_.empty()) ask(command("password", {client_.password_}));
}

std::optional<Ack> Session::exchange(std::string_view bytes, const Lines& lines, std::size_t first_command) {
    const Deadline deadline = Clock::now() + client_.limits_.answer;
    socket_->send(bytes, deadline, cancel_);
    std::size_t command = first_command;
    std::size_t size = 0;
    for (;;) {
        const std::string_view line = socket_->read_line(deadline, cancel_);
        if (line == "OK") return std::nullopt;
        if (line == "list_OK") {
            ++command;
            continue;
        }
        if (auto ack = parse_ack(line)) {
            log::debug("{}: {}", client_.shown(), to_valid_utf8(line.substr(0, kShownOfLine)));
            return ack;
        }
        size += line.size();
        if (size > kLargestAnswer) client_.fail_reading("an answer without an end");
        const auto pair = parse_pair(line);
        if (!pair) client_.fail_reading(fmt::format("\"{}\"", to_valid_utf8(line.substr(0, kShownOfLine))));
        if (lines) lines(command, pair->first, pair->second);
    }
}

std::optional<Ack> Session::exchange_list(std::string_view commands, const Lines& lines, std::size_t first_command) {
    return exchange(fmt::format("command_list_ok_begin\n{}command_list_end\n", commands), lines, first_command);
}

void Session::ask(const std::string& command, const Lines& lines) {
    if (const auto ack = exchange(command + '\n', lines, 0)) client_.fail(*ack);
}

void Session::ask_all(const std::vector<std::string>& commands, const Lines& lines, const Forgives& forgives) {
    for (std::size_t first = 0; first < commands.size();) {
        std::string list;
        std::size_t end = first;
        while (end < commands.size() && list.size() < kLargestList)
            list += commands[end++] + '\n';
        const auto ack = exchange_list(list, lines, first);
        if (!ack) {
            first = end;
            continue;
        }
        if (!forgives || !forgives(*ack)) client_.fail(*ack);
        if (ack->index >= end - first) client_.fail_reading("a refusal of no command");
        first += ack->index + 1;
    }
}

void Session::ask_together(const std::vector<std::string>& commands) {
    if (const auto ack = exchange_list(join(commands, "\n") + '\n', {}, 0)) client_.fail(*ack);
}

std::string Session::value_of(const std::string& command, std::string_view wanted) {
    std::string found;
    ask(command, [&](std::size_t, std::string_view key, std::string_view value) {
        if (found.empty() && key == wanted) found = value;
    });
    return found;
}

}  // namespace audiomuse::library::mpd
