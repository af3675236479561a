#include "audiomuse/wrap/curl/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::curl {

std::string library_version() {
    const curl_version_info_data* info = curl_version_info(CURLVERSION_NOW);
    return fmt::format("{} ({})", info->version, info->ssl_version ? info->ssl_version : "without TLS");
}

namespace {

constexpr long kMostRedirects = 5;
constexpr std::size_t kMostHeaders = 200;
constexpr std::size_t kLongestRefusal = 64 * 1024;

/// libcurl's process-wide state; never given back, because threads may still use it at the end of the program.
void start_library() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (started != CURLE_OK) throw Error(ErrorCode::internal, "libcurl cannot start.");
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return lower;
}

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List header_list(const std::vector<std::pair<std::string, std::string>>& headers) {
    List list;
    for (const auto& [name, value] : headers) {
        curl_slist* longer = curl_slist_append(list.get(), fmt::format("{}: {}", name, value).c_str());
        if (longer == nullptr) throw Error(ErrorCode::internal, "There is no memory for a request.");
        (void)list.release();
        list.reset(longer);
    }
    return list;
}

bool is_forbidden(const in_addr& address) {
    const std::uint32_t ip = ntohl(address.s_addr);
    constexpr std::uint32_t kLinkLocal = 0xA9FE0000;  // 169.254.0.0/16, where most clouds tell secrets
    constexpr std::uint32_t kLinkMask = 0xFFFF0000;
    constexpr std::uint32_t kAlibaba = 0x646464C8;  // 100.100.100.200
    constexpr std::uint32_t kOracle = 0xC00000C0;   // 192.0.0.192
    return (ip & kLinkMask) == kLinkLocal || ip == kAlibaba || ip == kOracle;
}

/// Addresses of the link, and where clouds tell their machines secrets.
bool is_forbidden(const sockaddr& address) {
    if (address.sa_family == AF_INET) {
        sockaddr_in four{};
        std::memcpy(&four, &address, sizeof four);
        return is_forbidden(four.sin_addr);
    }
    if (address.sa_family != AF_INET6) return true;
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    in6_addr amazon{};
    inet_pton(AF_INET6, "fd00:ec2::254", &amazon);
    in6_addr nat64{};  // 64:ff9b::/96 holds an IPv4 address, too
    inet_pton(AF_INET6, "64:ff9b::", &nat64);
    constexpr std::size_t kPrefix = 12;
    const bool holds_four = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) || std::memcmp(&six.sin6_addr, &nat64, kPrefix) == 0;
    if (holds_four) {
        in_addr four{};
        std::memcpy(&four, &six.sin6_addr.s6_addr[kPrefix], sizeof four);
        return is_forbidden(four);
    }
    return IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr) || std::memcmp(&six.sin6_addr, &amazon, sizeof amazon) == 0;
}

ErrorCode code_of(CURLcode code) {
    switch (code) {
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_URL_MALFORMAT:
            return ErrorCode::invalid_argument;
        case CURLE_OPERATION_TIMEDOUT:
            return ErrorCode::timeout;
        case CURLE_FILESIZE_EXCEEDED:
            return ErrorCode::limit_exceeded;
        default:
            return ErrorCode::unavailable;
    }
}

/// One send() while it runs.
struct Transfer {
    const Request& request;
    const Sink& sink;
    const CancelToken& cancel;
    CURL* handle;
    Answer answer;
    std::uint64_t received = 0;
    std::exception_ptr thrown;
    bool refused_address = false;
    std::chrono::steady_clock::time_point heard_at = std::chrono::steady_clock::now();

    bool goes_to_sink() const { return sink && (answer.status == 200 || answer.status == 206); }

    void take_header(std::string_view line) {
        heard_at = std::chrono::steady_clock::now();
        if (line.starts_with("HTTP/")) {  // of a redirect's target: what came before does not count
            answer.headers.clear();
            return;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || answer.headers.size() >= kMostHeaders) return;
        answer.headers[lower_case(trim(line.substr(0, colon)))] = trim(line.substr(colon + 1));
    }

    void take_body(std::string_view bytes) {
        heard_at = std::chrono::steady_clock::now();
        long status = 0;
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
        answer.status = static_cast<int>(status);
        received += bytes.size();
        if (received > request.limits.bytes) {
            throw Error(ErrorCode::limit_exceeded,
                        fmt::format("{} is larger than {} bytes.", name_of(request), request.limits.bytes));
        }
        if (goes_to_sink()) {
            sink(answer, bytes);
        } else {
            // With a sink the limit is that of large files; what a refusal says is short.
            const std::size_t room =
                sink ? kLongestRefusal - std::min(kLongestRefusal, answer.body.size()) : bytes.size();
            answer.body.append(bytes.substr(0, room));
        }
    }

    bool stalled() const { return std::chrono::steady_clock::now() - heard_at > request.limits.stall; }

    static std::string_view name_of(const Request& request) {
        return std::string_view(request.url).substr(0, request.url.find('?'));
    }
};

// Nothing may be thrown through libcurl: kept here, thrown by send().
extern "C" std::size_t on_header(char* data, std::size_t, std::size_t size, void* transfer) {
    static_cast<Transfer*>(transfer)->take_header({data, size});
    return size;
}

extern "C" std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    try {
        transfer.take_body({data, size});
        return size;
    } catch (...) {
        transfer.thrown = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
}

extern "C" curl_socket_t on_open(void* user, curlsocktype, curl_sockaddr* address) {
    if (is_forbidden(address->addr)) {
        static_cast<Transfer*>(user)->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Called once a second at least, also while nothing comes.
extern "C" int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& transfer = *static_cast<Transfer*>(user);
    return transfer.cancel.cancelled() || transfer.stalled() ? 1 : 0;
}

}  // namespace

std::string_view Answer::header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view() : found->second;
}

struct HttpClient::State {
    struct Cleanup {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    std::unique_ptr<CURL, Cleanup> handle;
    std::array<char, CURL_ERROR_SIZE> message{};
};

HttpClient::HttpClient() : state_(std::make_unique<State>()) {
    start_library();
    state_->handle.reset(curl_easy_init());
    if (!state_->handle) throw Error(ErrorCode::internal, "libcurl cannot start.");
}

HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Answer HttpClient::send(const Request& request, const Sink& sink, const CancelToken& cancel) {
    cancel.check();
    CURL* handle = state_->handle.get();
    curl_easy_reset(handle);  // options only: connections stay
    Transfer transfer{request, sink, cancel, handle, {}, 0, nullptr};
    const List headers = header_list(request.headers);
    const std::string range = fmt::format("{}-", request.from);
    state_->message[0] = '\0';

    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, kMostRedirects);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // signals for time limits are not for programs with threads
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, state_->message.data());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "AudioMuse");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.limits.connect.count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limits.total.count()));
    curl_easy_setopt(handle, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.limits.bytes));
    if (request.method != "GET") {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    // Asked of the address itself, as a name may lead anywhere.
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, &transfer);
    if (request.from > 0) curl_easy_setopt(handle, CURLOPT_RANGE, range.c_str());
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);

    const CURLcode code = curl_easy_perform(handle);
    if (transfer.thrown) std::rethrow_exception(transfer.thrown);
    cancel.check();
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        throw Error(ErrorCode::timeout, fmt::format("{} cannot be fetched: nothing came for {} ms.",
                                                    Transfer::name_of(request), request.limits.stall.count()));
    }
    if (code != CURLE_OK && transfer.refused_address) {
        throw Error(ErrorCode::permission_denied,
                    fmt::format("{} is at an address that is not connected to.", Transfer::name_of(request)));
    }
    if (code == CURLE_GOT_NOTHING && request.silence_is_answer) return {};
    if (code != CURLE_OK) {
        const char* why = state_->message[0] != '\0' ? state_->message.data() : curl_easy_strerror(code);
        throw Error(code_of(code), fmt::format("{} cannot be fetched: {}.", Transfer::name_of(request), why));
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    transfer.answer.status = static_cast<int>(status);
    return std::move(transfer.answer);
}

}  // namespace audiomuse::wrap::curl
