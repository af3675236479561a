// Runs the program as its users do.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/temp_folder.h"

namespace audiomuse::testing_support {

/// The program built beside the tests.
std::filesystem::path audiomuse_program();

struct Finished {
    int status = -1;  ///< exit status; -1 when a signal ended it
    std::string output;
    std::string errors;
};

/// Runs `arguments` to the end. Standard input is empty.
Finished run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment = {});

/// A running program, killed at the latest when this is destroyed or when the thread that made it ends.
class Process {
public:
    Process(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
            const std::filesystem::path& log);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    void kill();      ///< SIGKILL, and waits for the end
    int terminate();  ///< SIGTERM, and waits for the end; its exit status
    void signal(int number);
    bool running();
    pid_t id() const { return pid_; }  ///< -1 when it has ended
    /// Processor time it has used until now, in seconds; 0 when it has ended.
    double cpu_seconds() const;
    /// The most memory it has had resident until now, in bytes; 0 when it has ended.
    double peak_memory() const;

private:
    pid_t pid_ = -1;
};

/// A TCP port of 127.0.0.1 that nobody listens on now.
int free_port();

}  // namespace audiomuse::testing_support
