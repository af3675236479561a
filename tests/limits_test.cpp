// The program where it may use little of the machine: it takes fewer workers, says why, and does its work all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/store/store.h"
#include "support/process.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing_support::audiomuse_program;
using testing_support::Finished;
using testing_support::run;
using testing_support::TempFolder;

constexpr int kTracks = 6;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// A few tracks of the demo library, and a data folder.
class Limits : public testing::Test {
protected:
    Limits() {
        std::vector<fs::path> files;
        for (const auto& entry : fs::recursive_directory_iterator(AUDIOMUSE_DEMO_LIBRARY)) {
            // Hidden files are not music.
            if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.'))
                files.push_back(entry.path());
        }
        std::sort(files.begin(), files.end());
        fs::create_directories(music());
        for (std::size_t i = 0; i < std::min<std::size_t>(files.size(), kTracks); ++i)
            fs::copy(files[i], music() / (std::to_string(i) + files[i].extension().string()));
    }

    fs::path music() const { return folder_.path() / "music"; }
    fs::path data() const { return folder_.path() / "data"; }

    /// `audiomuse scan` of those tracks, started by the words of `prefix`.
    Finished scan(std::vector<std::string> prefix, const std::map<std::string, std::string>& environment = {}) {
        std::vector<std::string> words = {"/usr/bin/env"};
        words.insert(words.end(), prefix.begin(), prefix.end());
        fs::remove_all(data());
        for (const std::string& word :
             {audiomuse_program().string(), std::string("scan"), std::string("--json"), std::string("--model"),
              std::string("mini"), std::string("--music"), music().string(), std::string("--data"), data().string()})
            words.push_back(word);
        return run(words, environment);
    }

    static void expect_done(const Finished& finished) {
        ASSERT_EQ(finished.status, 0) << finished.errors;
        EXPECT_EQ(boost::json::parse(finished.output).at("analysed").to_number<int>(), kTracks) << finished.errors;
    }

    /// What the log says about the number of workers.
    static void print_plan(std::uint64_t mib, const std::string& log) {
        const std::size_t begin = log.find("Analysing with");
        const std::size_t end = log.find('\n', std::min(begin, log.size()));
        if (begin == std::string::npos) return;
        std::printf("%llu MiB: %s\n", static_cast<unsigned long long>(mib), log.substr(begin, end - begin).c_str());
    }

    /// Whether memory was what left one worker, and the log says so.
    static bool one_worker_of_less_room(const std::string& log, const std::string& why) {
        return log.find("Analysing with 1 worker (") != std::string::npos &&
               log.find(why + " has room for") != std::string::npos;
    }

    TempFolder folder_;
};

bool is_installed(const std::string& tool) {
    return run({"/usr/bin/env", tool, "--version"}).status == 0;
}

TEST_F(Limits, OneCoreByAffinityIsOneWorker) {
    if (!is_installed("taskset")) GTEST_SKIP() << "taskset is not installed";
    cpu_set_t set;
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set))
        ++first;
    const Finished finished = scan({"taskset", "-c", std::to_string(first)});
    expect_done(finished);
    EXPECT_THAT(finished.errors, HasSubstr("Analysing with 1 worker (1 core by CPU affinity"));
}

TEST_F(Limits, LittleAddressSpaceIsFewerWorkers) {
    if (!is_installed("prlimit")) GTEST_SKIP() << "prlimit is not installed";
    if (kSanitized) GTEST_SKIP() << "a sanitizer needs terabytes of addresses";
    // What the program maps depends on its libraries: the limit is lowered until it has room for one worker only.
    bool lowered = false;
    for (std::uint64_t mib = 1024; mib >= 256 && !lowered; mib -= 64) {
        const Finished finished = scan({"prlimit", "--as=" + std::to_string(mib * kMiB)});
        ASSERT_NO_FATAL_FAILURE(expect_done(finished)) << mib << " MiB";
        print_plan(mib, finished.errors);
        lowered = one_worker_of_less_room(finished.errors, "address space limit (ulimit -v)");
    }
    EXPECT_TRUE(lowered || allowed_cores() == 1);
}

/// A control group of version 1 or 2 below the one of this process, where that may be made.
class Cgroup {
public:
    Cgroup(const std::string& controller, const std::vector<std::pair<std::string, std::string>>& values) {
        std::ifstream cgroup("/proc/self/cgroup");
        std::ifstream mountinfo("/proc/self/mountinfo");
        const std::string own(std::istreambuf_iterator<char>(cgroup), {});
        const std::string mounts(std::istreambuf_iterator<char>(mountinfo), {});
        for (const fs::path& parent : cgroup_folders(own, mounts, controller)) {
            const fs::path made = parent / ("audiomuse-test-" + std::to_string(::getpid()));
            std::error_code error;
            if (!fs::create_directory(made, error)) continue;
            folder_ = made;
            for (const auto& [file, value] : values) {
                if (fs::exists(made / file) && static_cast<bool>(std::ofstream(made / file) << value << std::flush))
                    return;
            }
            fs::remove(made, error);
            folder_.clear();
        }
    }
    ~Cgroup() {
        // The kernel lets go of a group shortly after its last process is gone.
        std::error_code error;
        for (int i = 0; i < 50 && !folder_.empty() && !fs::remove(folder_, error); ++i)
            ::usleep(20'000);
    }
    Cgroup(const Cgroup&) = delete;
    Cgroup& operator=(const Cgroup&) = delete;

    bool made() const { return !folder_.empty(); }
    /// Words that start a program in the group.
    std::vector<std::string> prefix() const {
        return {"sh", "-c", "echo $$ > '" + (folder_ / "cgroup.procs").string() + "' && exec \"$0\" \"$@\""};
    }

private:
    fs::path folder_;
};

/// A connection to a port of this machine.
class Connection {
public:
    explicit Connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        const timeval patience{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    ~Connection() { ::close(socket_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool connected() const { return connected_; }
    /// The first line of the answer to a request for `path`.
    std::string ask(const std::string& path) {
        const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
        std::string answer(4096, '\0');
        answer.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(socket_, answer.data(), answer.size(), 0))));
        return answer.substr(0, answer.find('\r'));
    }

private:
    int socket_;
    bool connected_ = false;
};

TEST_F(Limits, FewOpenFilesAreFewerConnections) {
    if (!is_installed("prlimit")) GTEST_SKIP() << "prlimit is not installed";
    const int port = testing_support::free_port();
    const fs::path log = data() += ".log";
    // 256 are for the program itself.
    testing_support::Process server({"/usr/bin/env", "prlimit", "--nofile=300:300", audiomuse_program().string(),
                                     "serve", "--no-worker", "--data", data().string(), "--port", std::to_string(port)},
                                    {}, log);
    const double start = steady_now();
    while (!Connection(port).connected()) {
        ASSERT_TRUE(server.running());
        ASSERT_LT(steady_now() - start, 60);
    }
    std::vector<std::unique_ptr<Connection>> connections;
    int answered = 0;
    int refused = 0;
    for (int i = 0; i < 100; ++i) {
        connections.push_back(std::make_unique<Connection>(port));
        const std::string line = connections.back()->ask("/api/ready");
        answered += line == "HTTP/1.1 200 OK";
        refused += line == "HTTP/1.1 503 Service Unavailable";
    }
    EXPECT_EQ(answered + refused, 100);
    EXPECT_GE(answered, 40);
    EXPECT_LE(answered, 44);
    connections.clear();
    EXPECT_EQ(server.terminate(), 0);
    std::ostringstream said;
    said << std::ifstream(log).rdbuf();
    EXPECT_THAT(said.str(), HasSubstr("Only 44 connections are taken instead of 4096"));
}

TEST_F(Limits, AMemoryCgroupIsFewerWorkers) {
    if (kSanitized) GTEST_SKIP() << "a sanitizer needs memory of its own";
    bool lowered = false;
    for (std::uint64_t mib = 160; mib >= 80 && !lowered; mib -= 16) {
        const std::string bytes = std::to_string(mib * kMiB);
        const Cgroup group("memory", {{"memory.max", bytes}, {"memory.limit_in_bytes", bytes}});
        if (!group.made()) GTEST_SKIP() << "no control group for memory may be made here";
        const Finished finished = scan(group.prefix());
        ASSERT_NO_FATAL_FAILURE(expect_done(finished)) << mib << " MiB";
        print_plan(mib, finished.errors);
        lowered = one_worker_of_less_room(finished.errors, "cgroup memory limit");
    }
    EXPECT_TRUE(lowered || allowed_cores() == 1);
}

TEST_F(Limits, ACpuQuotaIsFewerWorkers) {
    const Cgroup group("cpu", {{"cpu.max", "90000 100000"}, {"cpu.cfs_quota_us", "90000"}});
    if (!group.made()) GTEST_SKIP() << "no control group for the processor may be made here";
    const Finished finished = scan(group.prefix());
    expect_done(finished);
    EXPECT_THAT(finished.errors, HasSubstr("Analysing with 1 worker (1 core by "));
    if (allowed_cores() > 1) {
        EXPECT_THAT(finished.errors, HasSubstr("cgroup quota of 0.9 cores"));
    }
}

TEST_F(Limits, WrongHoursAreRefusedAtTheStart) {
    const Finished finished = scan({}, {{"AUDIOMUSE_ANALYSIS_HOURS", "at night"}});
    EXPECT_EQ(finished.status, 2);
    EXPECT_THAT(finished.errors, HasSubstr("AUDIOMUSE_ANALYSIS_HOURS: 'at night' is not allowed"));
}

// `cluster` opens no music folders: it must neither run nor fail an analysis that was interrupted.
TEST_F(Limits, ClusterLeavesAnInterruptedAnalysisToTheNextScan) {
    expect_done(scan({}));
    store::Job job;
    job.id = new_job_id();
    job.type = "main_analysis";
    job.created_at = unix_now();
    {
        const auto store = store::open_sqlite(data() / "audiomuse.db");
        store->jobs().create(job);
        store->jobs().start(job.id, "a worker that died", 20);
    }
    const auto state = [&] { return store::open_sqlite(data() / "audiomuse.db")->jobs().get(job.id)->state; };
    run({audiomuse_program(), "cluster", "--data", data()});
    EXPECT_EQ(state(), store::JobState::started);
    EXPECT_EQ(run({audiomuse_program(), "scan", "--model", "mini", "--data", data()}).status, 0);
    EXPECT_EQ(state(), store::JobState::success);
}

}  // namespace
}  // namespace audiomuse
