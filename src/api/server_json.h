// Media servers as the API shows and takes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audiomuse/base/error.h"
#include "audiomuse/library/media_server.h"
#include "audiomuse/store/servers.h"
#include "json.h"

namespace audiomuse::api {

/// Stands for a password or token that is set: shown instead of it, and taken for "as it is".
constexpr std::string_view kUnchanged = "__unchanged__";

/// An error about one field of a form: "name", "url", "user", "password", "token", "libraries", "path_map" or
/// "music_folder".
class FieldError : public Error {
public:
    FieldError(ErrorCode code, std::string field, const std::string& message)
        : Error(code, message), field_(std::move(field)) {}
    const std::string& field() const { return field_; }

private:
    std::string field_;
};

/// Without secrets. `tracks`: how many it has in the store.
json::object server_json(const store::ServerRow& server, std::int64_t tracks);
json::array libraries_json(const std::vector<library::MusicLibrary>& libraries);

/// Takes name, creds and music_libraries over from a body; what it leaves out stays. Names of creds: url, user,
/// password, token, libraries, path_map, music_folder, allow_plain_password, and AudioMuse-AI's user_id, username and
/// api_key. Throws FieldError for a value that can't be right, and when a kept secret would go to another host.
void apply_fields(const json::object& body, store::ServerRow& server);

/// Throws FieldError unless `url` is an address for a server of this kind that holds no login.
void check_address(library::ServerKind kind, std::string_view url);

/// The field that an error of library::MediaServer is about.
std::string field_of(const Error& error, const library::ServerAccount& account);

}  // namespace audiomuse::api
