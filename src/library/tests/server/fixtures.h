// Answers of real servers, recorded or made after their source, in the shared files beside the repository.
#pragma once

#include <boost/json/value.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace audiomuse::library::testing {

std::filesystem::path fixtures_folder();
bool has_fixtures();
/// "lyrion/version.json". Throws std::runtime_error when it is not there.
std::string fixture(const std::string& name);
boost::json::value fixture_json(const std::string& name);

/// A row of manifest.json: what the server had been asked when it answered so.
struct FixtureRow {
    std::string file;  ///< "lyrion/version.json"
    std::string request;
    int status = 200;
    std::string content_type;
};
std::vector<FixtureRow> fixtures_of(const std::string& kind);
FixtureRow fixture_row(const std::string& file);

/// `text` cut off at several places, the first of them before its first byte.
std::vector<std::string> cut_short(const std::string& text);
/// Calls `body` with `whole` once for every leaf and every other kind that could stand there: a number, a text, null, a
/// list, nothing at all. At most `leaves` leaves.
void with_wrong_types(const boost::json::value& whole, std::size_t leaves,
                      const std::function<void(const std::string& what, const boost::json::value& changed)>& body);

}  // namespace audiomuse::library::testing
