// What `audiomuse check` looks at. Every check names the address or path it tried, says what it found there, and, where
// something is wrong, the way out. None of them changes anything, and none throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/library/media_server.h"
#include "audiomuse/settings/settings.h"
#include "audiomuse/store/inspect.h"

namespace audiomuse::app {

struct Check {
    enum class State {
        ok,
        warning,  ///< works, though perhaps not as meant
        problem,  ///< what this configuration needs is missing
    };
    std::string name;
    State state = State::ok;
    std::string found;
    std::string fix;  ///< empty when ok
};

/// Runs `look`; an exception becomes a problem with its message.
Check guarded(const std::string& name, const std::string& fix, const std::function<Check()>& look);

// Folders
Check check_data_folder(const std::filesystem::path& folder);
/// One per folder; a warning when there is none.
std::vector<Check> check_music_folders(const std::vector<std::filesystem::path>& folders);

// Listening: decoder, ONNX Runtime, model, workers
Check check_decoder();
/// Who made the code that bytes of strangers go through, and which of it: for reports of faults.
Check check_libraries();
std::vector<Check> check_analysis(const settings::Settings& settings);

// Media servers
/// Who answers there, as whom, and what is there; or what is wrong with address, login or libraries.
Check check_media_server(const store::ServerRow& server, const std::function<library::ServerInfo()>& probe);

// Store and queue
Check check_store(const std::function<store::StoreState()>& inspect);
/// What a Redis server says of itself.
struct RedisState {
    std::string address;  ///< without a password
    std::string version;  ///< "7.0.15"
};
Check check_redis(const std::function<RedisState()>& inspect);
/// Without REDIS_URL: who delivers jobs then.
Check check_queue(const settings::Settings& settings);
/// Web instances that serve files to workers on other machines; `instances` of the store.
Check check_instances(const std::vector<store::StoreState::Instance>& instances);
/// "localhost" in a container is the container: `host` of a service named by `setting`. Nothing when all is well.
std::optional<Check> check_loopback(const std::string& setting, const std::string& host, bool in_container);
bool in_container();

// The web server
/// Who answers at the port: nobody (fine, unless it must be `running`), AudioMuse, or another program.
Check check_web(const std::string& host, int port, bool running);

/// 6 and 2 of "6.2.14"; nothing when the text does not begin with two numbers.
std::optional<std::pair<int, int>> parse_version(std::string_view text);

/// One line per check, and the way out below it.
std::string report_text(const std::vector<Check>& checks);
std::string report_json(const std::vector<Check>& checks);
bool has_problem(const std::vector<Check>& checks);

}  // namespace audiomuse::app
