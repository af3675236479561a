// supysonic, a Subsonic server, for tests: Debian's program on a free port.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace audiomuse::testing_support {

/// Has two users, of whom the first is administrator. Runs until it is destroyed, or the thread that started it ends.
/// Throws std::runtime_error when it does not come up.
class SupysonicServer {
public:
    struct User {
        std::string name;
        std::string password;
    };

    /// `folders`: its libraries by name; read before this returns.
    explicit SupysonicServer(const std::map<std::string, std::filesystem::path>& folders);
    ~SupysonicServer();

    /// The server and the web server that runs it.
    static bool installed();
    static User admin() { return {"alice", "secret1"}; }
    static User listener() { return {"bob", "pä ss&=+%"}; }
    /// http://127.0.0.1:port
    std::string url() const;
    /// Reads its folders again, to the end.
    void scan() const;

private:
    void command(std::vector<std::string> arguments) const;
    void start();
    bool answers() const;

    TempFolder folder_;
    int port_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace audiomuse::testing_support
