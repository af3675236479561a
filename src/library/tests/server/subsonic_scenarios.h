// What is recorded of Subsonic servers, and what the adapter makes of it.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library::testing {

struct Fixture {
    std::string method;  ///< "getPlaylist"
    std::multimap<std::string, std::string> parameters;
    int status = 200;
    std::string type;
    std::string body;
};

/// A fixture, and in which parameters the adapter's request differs from the recorded one.
struct Step {
    std::string file;
    std::map<std::string, std::string> changed = {};
    std::string method = {};  ///< it answers another method, which sends the same
};

/// What the adapter does, what it is answered, and what comes of it.
struct Scenario {
    std::string name;
    std::vector<Step> steps;
    std::function<std::string(MediaServer&)> run;  ///< shows the result
    std::string result;                            ///< what it shows, or the name of the error's code
    std::vector<std::string> libraries = {};
    bool by_key = false;
};

/// Of Navidrome and supysonic, by file name. Only where has_fixtures().
const std::map<std::string, Fixture>& subsonic_fixtures();
std::vector<Scenario> subsonic_scenarios();

}  // namespace audiomuse::library::testing
