// Commands to a Lyrion server, and its way to say no.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <string>

#include "audiomuse/library/media_server.h"
#include "server/http.h"

namespace audiomuse::library::lyrion {

/// Lyrion has no error answers: whatever it will not do, it closes the connection without a byte. A command that ends
/// so is followed by the question for the version, on a connection of its own: answered, the command was refused; else
/// the server is gone. Neither is repeated.
///
/// Threads: any number.
class LyrionClient {
public:
    /// Throws Error(invalid_argument) for an address or a login that can't be.
    explicit LyrionClient(const ServerAccount& account);

    enum class Effect { reads, changes };
    /// What a command without a player results in: an object. Throws as MediaServer does, and `refused` when the
    /// server refuses the command.
    boost::json::value command(Effect effect, boost::json::array terms, const Error& refused,
                               const CancelToken& cancel) const;
    /// "9.0.1". Throws invalid_argument when it is another kind of server that answers.
    std::string version(const CancelToken& cancel) const;
    /// The original file of a track.
    void download(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) const;

    /// Rows of the whole listing that `result` is a page of. Throws server_failed when it does not say.
    std::int64_t count(const boost::json::value& result) const;
    /// An error that begins with the server's name and address.
    Error error(ErrorCode code, std::string_view what) const;
    const ServerHttp& http() const { return http_; }

private:
    boost::json::value result_of(const ServerHttp::Answer& answer) const;
    ServerHttp::Answer post(Effect effect, boost::json::array terms, const CancelToken& cancel) const;

    ServerHttp http_;
};

/// Rows that are asked for at once. More make slow machines work for long before the first byte.
inline constexpr std::int64_t kPage = 1000;

}  // namespace audiomuse::library::lyrion
