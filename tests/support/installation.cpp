#include "installation.h"

#include <boost/json.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace audiomuse::testing_support {

namespace {

constexpr const char* kCurl = "/usr/bin/curl";

std::string ask(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {kCurl, "-sS", "--max-time", "30"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Finished finished = run(all);
    if (finished.status != 0) throw std::runtime_error("No answer: " + finished.errors);
    return finished.output;
}

}  // namespace

Installation::Installation(Delivery delivery) {
    if (delivery == Delivery::redis) redis_.emplace();
    use_new_database();
}

void Installation::use_new_database() {
    database_ = postgres_.new_database();
}

std::map<std::string, std::string> Installation::environment() const {
    return {{"DATABASE_URL", postgres_.url(database_)}, {"REDIS_URL", redis_ ? redis_->url() : ""}};
}

std::filesystem::path Installation::new_data_folder() {
    return folder_ / ("data " + std::to_string(++folders_));
}

Installation::Web::Web(Installation& installation, const std::filesystem::path& music,
                       const std::vector<std::string>& options) {
    const std::string port = std::to_string(free_port());
    url_ = "http://127.0.0.1:" + port;
    std::vector<std::string> arguments = {
        audiomuse_program(),           "serve", "--no-worker", "--host", "127.0.0.1", "--port", port, "--data",
        installation.new_data_folder()};
    if (!music.empty()) arguments.insert(arguments.end(), {"--music", music});
    arguments.insert(arguments.end(), options.begin(), options.end());
    process_ = std::make_unique<Process>(arguments, installation.environment(), installation.log());
    for (int attempt = 0; attempt < 300; ++attempt) {
        if (!process_->running()) throw std::runtime_error("The web instance ended by itself.");
        if (run({kCurl, "-s", url_ + "/api/ready"}).status == 0) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    throw std::runtime_error("The web instance does not answer.");
}

std::string Installation::Web::get(const std::string& path) const {
    return ask({url_ + path});
}

std::string Installation::Web::post(const std::string& path, const std::string& body) const {
    return ask({"-X", "POST", "-H", "Content-Type: application/json", "-d", body, url_ + path});
}

JobId Installation::Web::start_analysis() const {
    const std::string answer = post("/api/analysis/start");
    const boost::json::value started = boost::json::parse(answer);
    if (started.at("status") != "queued") throw std::runtime_error("No analysis was started: " + answer);
    return JobId{std::string(started.at("task_id").as_string())};
}

std::unique_ptr<Process> Installation::worker(const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {audiomuse_program(), "worker", "--workers", "1",
                                          "--model",           "mini",   "--data",    new_data_folder()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return std::make_unique<Process>(arguments, environment(), log());
}

std::unique_ptr<store::Store> Installation::open_store() const {
    return store::open_postgres({.url = postgres_.url(database_)});
}

}  // namespace audiomuse::testing_support
