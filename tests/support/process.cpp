#include "process.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace audiomuse::testing_support {

namespace fs = std::filesystem;

namespace {

pid_t spawn(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
            const fs::path& output, const fs::path& errors) {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw std::runtime_error("fork failed");
    if (pid > 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that dies leaves nothing running
    if (::getppid() != parent) ::_exit(127);
    ::setenv("AUTH_ENABLED", "false", 0);  // tests of signing in turn it on
    for (const auto& [name, value] : environment)
        ::setenv(name.c_str(), value.c_str(), 1);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644), STDOUT_FILENO);
    ::dup2(::open(errors.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644), STDERR_FILENO);
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string read_all(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

Finished run(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment) {
    const TempFolder folder;
    Finished finished;
    finished.status = wait_for(spawn(arguments, environment, folder.path() / "output", folder.path() / "errors"));
    finished.output = read_all(folder.path() / "output");
    finished.errors = read_all(folder.path() / "errors");
    return finished;
}

Process::Process(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& environment,
                 const fs::path& log)
    : pid_(spawn(arguments, environment, log, log)) {}

Process::~Process() {
    kill();
}

void Process::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    wait_for(pid_);
    pid_ = -1;
}

int Process::terminate() {
    ::kill(pid_, SIGTERM);
    const int status = wait_for(pid_);
    pid_ = -1;
    return status;
}

void Process::signal(int number) {
    if (pid_ > 0) ::kill(pid_, number);
}

double Process::cpu_seconds() const {
    if (pid_ < 0) return 0;
    const std::string stat = read_all("/proc/" + std::to_string(pid_) + "/stat");
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));  // the name may hold anything
    std::string field;
    for (int i = 3; i < 14; ++i)
        fields >> field;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double Process::peak_memory() const {
    if (pid_ < 0) return 0;
    const std::string status = read_all("/proc/" + std::to_string(pid_) + "/status");
    const std::size_t at = status.find("VmHWM:");
    return at == std::string::npos ? 0 : 1024 * std::strtod(status.c_str() + at + 6, nullptr);
}

bool Process::running() {
    if (pid_ < 0) return false;
    if (::waitpid(pid_, nullptr, WNOHANG) == 0) return true;
    pid_ = -1;
    return false;
}

int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    const bool bound = ::bind(socket, reinterpret_cast<const sockaddr*>(&address), length) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    ::close(socket);
    if (!bound) throw std::runtime_error("There is no free port.");
    return ntohs(address.sin_port);
}

}  // namespace audiomuse::testing_support
