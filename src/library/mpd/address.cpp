#include "mpd/address.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <charconv>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::library::mpd {

namespace {

constexpr std::string_view kScheme = "mpd://";
constexpr std::string_view kUsualPort = "6600";
constexpr std::size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

[[noreturn]] void fail(std::string_view why) {
    throw Error(ErrorCode::invalid_argument, fmt::format("The address of MPD {}.", why));
}

bool is_port(std::string_view text) {
    int port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
}

}  // namespace

Address parse_address(std::string_view url) {
    std::string_view text = trim(url);
    Address address;
    if (text.starts_with('/')) {
        if (text.size() > kLongestSocketPath)
            fail(fmt::format("is a path of more than {} bytes, which no socket can have", kLongestSocketPath));
        address.socket = text;
        address.shown = fmt::format("MPD at {}", text);
        return address;
    }
    if (!text.starts_with(kScheme))
        fail("must begin with mpd://, e.g. mpd://nas:6600, or be the path of its socket, e.g. /run/mpd/socket");
    text.remove_prefix(kScheme.size());
    while (text.ends_with('/'))
        text.remove_suffix(1);
    if (text.find('@') != std::string_view::npos) fail("must hold no password; set it in its own field");
    if (text.find_first_of("/?# \t") != std::string_view::npos) fail("is a host and a port only, e.g. mpd://nas:6600");
    const bool bracketed = text.starts_with('[');
    const auto host_end = bracketed ? text.find(']') : text.rfind(':');
    if (bracketed && host_end == std::string_view::npos) fail("lacks a \"]\" behind the host");
    address.host = text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
    std::string_view rest = host_end == std::string_view::npos ? "" : text.substr(host_end + (bracketed ? 1 : 0));
    if (address.host.empty()) fail("names no host, e.g. mpd://nas:6600");
    if (!bracketed && address.host.find(':') != std::string::npos)
        fail("needs brackets around a host with colons, e.g. mpd://[::1]:6600");
    if (!rest.empty() && !rest.starts_with(':')) fail("is a host and a port only, e.g. mpd://nas:6600");
    if (!rest.empty()) rest.remove_prefix(1);
    address.port = rest.empty() ? kUsualPort : rest;
    if (!is_port(address.port)) fail("has a port that is no number from 1 to 65535");
    const std::string host = bracketed ? fmt::format("[{}]", address.host) : address.host;
    address.shown = fmt::format("MPD at {}{}:{}", kScheme, host, address.port);
    return address;
}

}  // namespace audiomuse::library::mpd
