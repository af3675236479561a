// A Music Player Daemon for tests: Debian's program on a free port, without sound.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace audiomuse::testing_support {

/// Runs until it is destroyed, or the thread that started it ends. Throws std::runtime_error when it does not come up.
class MpdServer {
public:
    struct Options {
        std::string password;      ///< with all rights; nobody may do anything without it then
        bool stickers = true;      ///< whether it keeps what clients write down about tracks
        std::string more_of_conf;  ///< lines for mpd.conf
    };
    /// `folders`: top folders of its library by name, and where they are; linked, and read before this returns.
    MpdServer(const std::map<std::string, std::filesystem::path>& folders, Options options);

    static bool installed();
    /// mpd://127.0.0.1:port
    std::string url() const;
    std::filesystem::path socket() const { return folder_ / "sock"; }
    std::filesystem::path music_folder() const { return folder_ / "music"; }

    /// Another client: sends a command as it is, through the socket, and returns the lines of the answer, the last one
    /// ("OK", "ACK ...") included.
    std::vector<std::string> ask(const std::string& command) const;
    /// Reads its folders again, to the end.
    void update() const;

private:
    void write_conf() const;
    void start();

    TempFolder folder_;
    Options options_;
    int port_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace audiomuse::testing_support
