// Requests to a media server over HTTP, with every answer that is none turned into the right error.
#pragma once

#include <boost/json/value.hpp>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/library/media_server.h"
#include "audiomuse/wrap/curl/http_client.h"

namespace audiomuse::library {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// "a=1&b=%26": names and values percent-encoded (RFC 3986, everything but unreserved characters).
std::string encode_query(const Pairs& query);
/// One segment of a path.
std::string encode_segment(std::string_view text);

/// An address as users paste it, made usable: no slash at the end, no "/web/index.html" or "/app". Throws
/// Error(invalid_argument) with the way out for one without scheme or host. `name`: of the server, for the message.
std::string clean_address(std::string_view url, std::string_view name);

struct Call {
    std::string method = "GET";
    std::string path;  ///< below the address, encoded, e.g. "/Items/1"
    Pairs query;
    Pairs headers;
    std::string body;
    std::string content_type;  ///< of the body
    bool reads = false;        ///< changes nothing, so it may be repeated although it is no GET
    /// For servers that refuse by closing the connection without a byte: an answer of status 0 (which send() must be
    /// told to accept), not an error.
    bool silence_is_answer = false;
};

/// Threads: any number; at most ServerLimits::connections requests run at once, the others wait.
class ServerHttp {
public:
    /// `name` is what messages call the server ("Jellyfin"), `headers` go with every request (Accept, a token).
    ServerHttp(std::string name, std::string_view url, ServerLimits limits, Pairs headers);
    ~ServerHttp();

    using Answer = wrap::curl::Answer;
    /// Any answer of 2xx, or of a status that `also_accepts` names. Throws as MediaServer does.
    Answer send(const Call& call, const CancelToken& cancel, std::initializer_list<int> also_accepts = {}) const;
    /// The answer's body as JSON. Null for an empty one.
    boost::json::value json(const Call& call, const CancelToken& cancel) const;
    /// Writes the body to `file`: audio only (a text, a page or JSON is an error answer, which `refused` may turn into
    /// an error of its own), of the length that was announced; begins again where a connection broke, as often as
    /// something came.
    using Refused = std::function<void(const Answer& answer)>;
    void fetch(const Call& call, const std::filesystem::path& file, const Refused& refused,
               const CancelToken& cancel) const;

    /// "Jellyfin at http://nas:8096", without user, password and query.
    const std::string& shown() const { return shown_; }
    const std::string& name() const { return name_; }
    const ServerLimits& limits() const { return limits_; }

    /// Throws for a status that is no success; `body` may help to understand it.
    [[noreturn]] void fail(const Answer& answer) const;
    /// Throws server_failed: "Jellyfin at http://nas:8096 sent what can't be understood (`what`)."
    [[noreturn]] void fail_reading(std::string_view what) const;
    boost::json::value parse(const Answer& answer) const;

private:
    class Borrowed;
    Answer attempt(const Call& call, const wrap::curl::Sink& sink, std::uint64_t from, const CancelToken& cancel) const;
    wrap::curl::Request request_of(const Call& call, bool streams, std::uint64_t from) const;

    std::string name_;
    std::string base_;
    std::string shown_;
    ServerLimits limits_;
    Pairs headers_;
    mutable std::mutex mutex_;
    mutable std::condition_variable free_;
    mutable std::vector<std::unique_ptr<wrap::curl::HttpClient>> idle_;
    mutable int busy_ = 0;
};

}  // namespace audiomuse::library
