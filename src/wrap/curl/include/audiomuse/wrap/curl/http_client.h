// HTTP and HTTPS requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/cancel.h"

namespace audiomuse::wrap::curl {

/// E.g. "7.88.1 (OpenSSL/3.0.17)".
std::string library_version();

struct Limits {
    std::chrono::milliseconds connect{5'000};
    std::chrono::milliseconds stall{30'000};  ///< without a single byte; to a second exactly
    std::chrono::milliseconds total{0};       ///< 0: as long as bytes come
    std::uint64_t bytes = 64 * 1024 * 1024;   ///< of the body
};

struct Request {
    std::string method = "GET";
    std::string url;  ///< http:// or https://
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;                ///< sent as it is; its Content-Type is among the headers
    bool follow_redirects = true;    ///< within http and https, with the headers: never where these hold a secret
    bool silence_is_answer = false;  ///< a connection that is closed without a byte is status 0, not an error
    std::uint64_t from = 0;          ///< asks for the bytes from here on (Range); 0: all
    Limits limits;
};

/// What the server said, and the body as far as no sink took it.
struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case; of the last answer after redirects
    std::string body;

    std::string_view header(const std::string& name) const;  ///< "" when there is none
};

/// Takes the body of a 200 or 206 in pieces; `answer` has status and headers. What it throws ends the transfer and is
/// thrown from send().
using Sink = std::function<void(const Answer& answer, std::string_view bytes)>;

/// Used by one thread at a time; keeps connections for further requests to the same server.
class HttpClient {
public:
    HttpClient();
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    /// Any status is an answer, not an error. Without a sink, and for other statuses than 200 and 206, the body is in
    /// the answer. A range that was asked for may be ignored by the server: then the status is 200. Throws Error:
    /// invalid_argument (not an http URL), permission_denied (its host is at an address of the link or of a cloud's
    /// metadata service, whatever name or redirect led there: machines tell secrets there), unavailable (no such host,
    /// refused, lost in the middle, TLS failed), timeout (a limit of time), limit_exceeded (too large), cancelled.
    Answer send(const Request& request, const Sink& sink = {}, const CancelToken& cancel = {});

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::wrap::curl
