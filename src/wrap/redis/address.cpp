#include "audiomuse/wrap/redis/address.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::redis {
namespace {

[[noreturn]] void refuse(std::string_view what) {
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("The Redis URL {}. It has the form redis://:password@host:port/number; special characters of the "
                    "password are written as %40 for @, %2F for / and so on.",
                    what));
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) refuse("has a % that no two hexadecimal digits follow");
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

std::optional<int> number(std::string_view text, int low, int high) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
    return value;
}

void read_user(std::string_view text, Address& address) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) refuse("has a user without a password");
    address.user = percent_decode(text.substr(0, colon));
    address.password = percent_decode(text.substr(colon + 1));
}

void read_host(std::string_view text, Address& address) {
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) refuse("has a [ without its ]");
        address.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        address.host = percent_decode(text.substr(0, colon));
        rest = text.substr(colon);
    }
    if (address.host.empty()) refuse("has no host");
    if (rest.empty()) return;
    const auto port = rest.starts_with(':') ? number(rest.substr(1), 1, 65535) : std::nullopt;
    if (!port) refuse("has a port that is no number from 1 to 65535");
    address.port = *port;
}

}  // namespace

std::string Address::name() const {
    const bool ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}/{}", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port, database);
}

Address parse_url(std::string_view url) {
    constexpr std::string_view kScheme = "redis://";
    if (url.starts_with("rediss://")) {
        refuse(
            "asks for TLS (rediss://), which is not supported: use redis:// in a network you trust, or through a "
            "tunnel");
    }
    if (!url.starts_with(kScheme)) refuse("does not begin with redis://");
    std::string_view rest = url.substr(kScheme.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash);
    std::string_view database = rest.substr(std::min(slash + 1, rest.size()));

    Address address;
    // A password with a bare @ is a common slip, and harmless: a host has none.
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        read_user(authority.substr(0, at), address);
        authority = authority.substr(at + 1);
    }
    read_host(authority, address);
    if (!database.empty()) {
        const auto value = number(database, 0, 1 << 20);
        if (!value) refuse("ends in something that is no number of a database");
        address.database = *value;
    }
    return address;
}

}  // namespace audiomuse::wrap::redis
