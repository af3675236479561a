// A server of a line protocol for tests, which talks as MPD does: a greeting, then answers to commands or lists of
// them.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "server/fake_web.h"

namespace audiomuse::library::testing {

/// What is known of one connection.
struct LineVisit {
    bool logged_in = false;
    bool local = false;     ///< through the socket's path
    bool hangs_up = false;  ///< after the answer
};

/// Listens on a free port of this machine, or at a path. Connections are served side by side.
class LineServer {
public:
    /// Answers one command, or a whole command list with its first and last line.
    using Answer = std::function<std::string(const std::vector<std::string>& lines, LineVisit& visit)>;
    explicit LineServer(Answer answer, std::string greeting = "OK MPD 0.23.5\n", std::filesystem::path path = {});
    ~LineServer();
    LineServer(const LineServer&) = delete;
    LineServer& operator=(const LineServer&) = delete;

    int port() const { return port_; }
    void set_fault(Fault fault) { fault_ = fault; }
    int connections() const { return connections_; }

private:
    void serve();
    void talk(int socket);
    void wait_for_end(int socket) const;
    bool read_line(int socket, std::string& buffer, std::string& line) const;

    Answer answer_;
    std::string greeting_;
    bool local_;
    std::atomic<Fault> fault_{Fault::none};
    std::atomic<bool> ending_{false};
    std::atomic<int> connections_{0};
    int port_ = 0;
    int listener_ = -1;
    std::jthread acceptor_;
};

/// The words of a command, as MPD takes them apart. Throws std::runtime_error for a line that it would refuse.
std::vector<std::string> parse_words(const std::string& line);

}  // namespace audiomuse::library::testing
