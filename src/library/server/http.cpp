#include "server/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>
#include <charconv>
#include <optional>
#include <thread>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "server/file_writer.h"

namespace audiomuse::library {

namespace fs = std::filesystem;
namespace json = boost::json;
namespace curl = wrap::curl;
using namespace std::chrono_literals;

namespace {

constexpr int kMostRedirects = 5;
constexpr std::uint64_t kLargestAnswer = 256ull << 20;
constexpr std::uint64_t kLargestFile = 16ull << 30;
constexpr std::size_t kShownOfAnswer = 200;
constexpr std::size_t kKeptOfRefusal = 64 * 1024;
constexpr std::chrono::milliseconds kFirstPause = 250ms;

bool unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

bool is_html(std::string_view text) {
    return trim(text).starts_with('<');
}

/// "http", "host:port" and the rest of an address; empty where a part is missing.
struct AddressParts {
    std::string_view scheme, authority, rest;
};
AddressParts parts_of(std::string_view url) {
    const auto colon = url.find("://");
    if (colon == std::string_view::npos) return {};
    const std::string_view after = url.substr(colon + 3);
    const auto slash = std::min(after.size(), after.find_first_of("/?#"));
    return {url.substr(0, colon), after.substr(0, slash), after.substr(slash)};
}

/// `url` without user and password.
std::string without_login(std::string_view url) {
    const AddressParts parts = parts_of(url);
    const auto at = parts.authority.rfind('@');
    const std::string_view host = at == std::string_view::npos ? parts.authority : parts.authority.substr(at + 1);
    return fmt::format("{}://{}{}", parts.scheme, host, parts.rest);
}

/// Why a request failed, without the address, which may hold a login.
std::string_view reason_of(const Error& error) {
    constexpr std::string_view kBefore = "cannot be fetched: ";
    const std::string_view text = error.what();
    const auto at = text.find(kBefore);
    return at == std::string_view::npos ? text : text.substr(at + kBefore.size());
}

/// Whether that type can be music. Nothing said can.
bool may_be_audio(std::string_view type) {
    const std::string_view kind = trim(type.substr(0, type.find(';')));
    return kind.empty() || kind.starts_with("audio/") || kind.starts_with("video/") ||
           kind == "application/octet-stream" || kind == "application/ogg" || kind == "binary/octet-stream";
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

/// The size of the whole file, from Content-Length or, of a part that begins at `from`, Content-Range.
std::optional<std::uint64_t> whole_size(const curl::Answer& head, std::uint64_t from) {
    if (head.status != 206) return parse_number(head.header("content-length"));
    const std::string_view range = head.header("content-range");
    if (!range.starts_with(fmt::format("bytes {}-", from))) return std::nullopt;
    return parse_number(range.substr(range.find('/') + 1));
}

}  // namespace

std::string encode_segment(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        if (unreserved(c)) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

std::string encode_query(const Pairs& query) {
    std::string encoded;
    for (const auto& [name, value] : query) {
        if (!encoded.empty()) encoded += '&';
        encoded += encode_segment(name) + '=' + encode_segment(value);
    }
    return encoded;
}

std::string clean_address(std::string_view url, std::string_view name) {
    std::string_view address = trim(url);
    const AddressParts parts = parts_of(address);
    if ((parts.scheme != "http" && parts.scheme != "https") || parts.authority.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("The address of {} must begin with http:// or https:// and name a host, e.g. "
                                "http://nas:4533.",
                                name));
    }
    address = address.substr(0, address.find_first_of("?#"));
    const auto cut = [&](std::string_view end) {
        if (!address.ends_with(end)) return false;
        address.remove_suffix(end.size());
        return true;
    };
    // What the address bar of a browser shows is the page, not the program behind it.
    while (cut("/") || cut("/index.html") || cut("/web") || cut("/app") || cut("/rest")) {
    }
    return std::string(address);
}

/// A client that belongs to one request; goes back afterwards, with its connection.
class ServerHttp::Borrowed {
public:
    Borrowed(const ServerHttp& http, const CancelToken& cancel) : http_(http) {
        std::unique_lock lock(http_.mutex_);
        while (http_.busy_ >= http_.limits_.connections) {
            cancel.check();
            http_.free_.wait_for(lock, 100ms);
        }
        ++http_.busy_;
        if (!http_.idle_.empty()) {
            client_ = std::move(http_.idle_.back());
            http_.idle_.pop_back();
        } else {
            client_ = std::make_unique<curl::HttpClient>();
        }
    }
    ~Borrowed() {
        {
            std::lock_guard lock(http_.mutex_);
            --http_.busy_;
            http_.idle_.push_back(std::move(client_));
        }
        http_.free_.notify_one();
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    curl::HttpClient& operator*() { return *client_; }

private:
    const ServerHttp& http_;
    std::unique_ptr<curl::HttpClient> client_;
};

ServerHttp::ServerHttp(std::string name, std::string_view url, ServerLimits limits, Pairs headers)
    : name_(std::move(name)),
      base_(clean_address(url, name_)),
      shown_(fmt::format("{} at {}", name_, without_login(base_))),
      limits_(limits),
      headers_(std::move(headers)) {}

ServerHttp::~ServerHttp() = default;

curl::Request ServerHttp::request_of(const Call& call, bool streams, std::uint64_t from) const {
    curl::Request request{.method = call.method,
                          .url = base_ + call.path,
                          .headers = headers_,
                          .body = call.body,
                          .follow_redirects = false,
                          .silence_is_answer = call.silence_is_answer,
                          .from = from};
    request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
    if (!call.content_type.empty()) request.headers.emplace_back("Content-Type", call.content_type);
    request.headers.emplace_back("Expect", "");  // some servers never answer that question
    if (!call.query.empty())
        request.url += (call.path.find('?') == std::string::npos ? "?" : "&") + encode_query(call.query);
    request.limits.connect = limits_.connect;
    request.limits.stall = streams ? limits_.stall : limits_.answer;
    if (!streams) request.limits.total = limits_.answer;
    request.limits.bytes = streams ? kLargestFile : kLargestAnswer;
    return request;
}

ServerHttp::Answer ServerHttp::attempt(const Call& call, const curl::Sink& sink, std::uint64_t from,
                                       const CancelToken& cancel) const {
    curl::Request request = request_of(call, static_cast<bool>(sink), from);
    Borrowed client(*this, cancel);
    for (int redirects = 0;; ++redirects) {
        Answer answer;
        try {
            answer = (*client).send(request, sink, cancel);
        } catch (const Error& error) {
            if (error.code() == ErrorCode::unavailable) {
                throw Error(error.code(), fmt::format("{} can't be reached: {} Is it running, and are host and port "
                                                      "right?",
                                                      shown_, reason_of(error)));
            }
            if (error.code() == ErrorCode::timeout) {
                throw Error(error.code(), fmt::format("{} does not answer in time.", shown_));
            }
            throw;
        }
        if (answer.status < 300 || answer.status > 399 || answer.status == 304) return answer;
        // The login goes to the host that was named, and to no other.
        const std::string target(answer.header("location"));
        const bool here = target.starts_with('/') && !target.starts_with("//");
        const AddressParts old = parts_of(request.url);
        const AddressParts parts = parts_of(target);
        const bool same = here || (parts.scheme == old.scheme && parts.authority == old.authority);
        if (call.method != "GET" || !same || redirects >= kMostRedirects) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("{} sends on to {}. If that is right, set it as the address.", shown_,
                                    here || target.empty() ? "another page"
                                                           : without_login(target.substr(0, target.find('?')))));
        }
        request.url = here ? fmt::format("{}://{}{}", old.scheme, old.authority, target) : target;
    }
}

ServerHttp::Answer ServerHttp::send(const Call& call, const CancelToken& cancel,
                                    std::initializer_list<int> also_accepts) const {
    auto pause = kFirstPause;
    for (int tries = 0;; ++tries, pause *= 2) {
        try {
            Answer answer = attempt(call, {}, 0, cancel);
            const bool success = answer.status >= 200 && answer.status <= 299;
            if (success || std::ranges::find(also_accepts, answer.status) != also_accepts.end()) return answer;
            fail(answer);
        } catch (const Error& error) {
            // A change may have been made although its answer was lost.
            const bool repeatable = call.method == "GET" || call.reads;
            if (error.code() != ErrorCode::unavailable || !repeatable || tries >= limits_.retries) throw;
        }
        cancel.check();
        std::this_thread::sleep_for(pause);
    }
}

json::value ServerHttp::parse(const Answer& answer) const {
    if (trim(answer.body).empty()) return nullptr;
    boost::system::error_code error;
    json::parse_options options;
    options.allow_invalid_utf8 = true;  // texts are mended where they are read
    json::value value = json::parse(answer.body, error, {}, options);
    if (!error) return value;
    log::warn("{} sent what is no JSON: {}", shown_, to_valid_utf8(answer.body.substr(0, kShownOfAnswer)));
    if (is_html(answer.body)) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} answers with a web page. Is the path of the address right, and is it a {}?", shown_,
                                name_));
    }
    fail_reading("no valid JSON");
}

json::value ServerHttp::json(const Call& call, const CancelToken& cancel) const {
    return parse(send(call, cancel));
}

void ServerHttp::fail(const Answer& answer) const {
    const auto error = [&](ErrorCode code, std::string_view what) {
        return Error(code, fmt::format("{} {} (status {}).", shown_, what, answer.status));
    };
    log::debug("{} answered {}: {}", shown_, answer.status, to_valid_utf8(answer.body.substr(0, kShownOfAnswer)));
    switch (answer.status) {
        case 401:
        case 407:
            throw error(ErrorCode::login_refused, "refuses the login. Check user, password and key");
        case 403:
            throw error(ErrorCode::permission_denied, "does not let this user do that");
        case 404:
            throw error(ErrorCode::not_found, "does not know what was asked for");
        case 405:
        case 410:
        case 501:
            throw error(ErrorCode::unsupported, "can't do that");
        case 429:
        case 502:
        case 503:
        case 504:
            throw error(ErrorCode::unavailable, "is too busy, or is just starting");
        default:
            throw error(ErrorCode::server_failed, "failed to answer; its own log may tell why");
    }
}

void ServerHttp::fail_reading(std::string_view what) const {
    throw Error(ErrorCode::server_failed, fmt::format("{} sent what can't be understood ({}).", shown_, what));
}

void ServerHttp::fetch(const Call& call, const fs::path& file, const Refused& refused,
                       const CancelToken& cancel) const {
    FileWriter writer(file);
    std::optional<std::uint64_t> total;
    std::string text;  // of an answer that is no audio
    bool audio = false;
    const auto begin = [&](const Answer& head) {
        const auto size = whole_size(head, writer.size());
        const bool goes_on = head.status == 206 && size && (!total || *size == *total);
        if (!goes_on) writer.begin_again();
        if (head.status == 206 && !goes_on) fail_reading("another part of a file");
        total = size;
        audio = may_be_audio(head.header("content-type"));
    };
    auto pause = kFirstPause;
    for (int idle = 0;;) {
        const std::uint64_t before = writer.size();
        bool begun = false;
        try {
            text.clear();
            Answer answer = attempt(
                call,
                [&](const Answer& head, std::string_view bytes) {
                    if (!std::exchange(begun, true)) begin(head);
                    if (audio && writer.size() == 0) audio = !is_html(bytes) && !trim(bytes).starts_with('{');
                    if (audio) return writer.append(bytes);
                    text.append(bytes.substr(0, kKeptOfRefusal - std::min(kKeptOfRefusal, text.size())));
                },
                before, cancel);
            if (answer.status != 200 && answer.status != 206) fail(answer);
            if (!begun) begin(answer);
            if (!audio) {
                answer.body = text;
                if (refused) refused(answer);
                fail_reading("a text instead of music");
            }
            if (!total || writer.size() == *total) break;
            throw Error(ErrorCode::unavailable,
                        fmt::format("{} sent {} bytes of a file of {}.", shown_, writer.size(), *total));
        } catch (const Error& error) {
            const bool may_pass = error.code() == ErrorCode::unavailable || error.code() == ErrorCode::timeout;
            idle = writer.size() > before ? 0 : idle + 1;
            if (!may_pass || idle > limits_.retries) throw;
        }
        cancel.check();
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::milliseconds>(pause * 2, 5s);
    }
    if (writer.size() == 0) fail_reading("a file of no bytes");
    writer.finish();
}

}  // namespace audiomuse::library
