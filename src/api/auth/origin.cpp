#include "auth/origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::api {

namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address_v6> parse_address(std::string_view text) {
    boost::system::error_code error;
    const ip::address address = ip::make_address(std::string(trim(text)), error);
    if (error) return std::nullopt;
    if (address.is_v6()) return address.to_v6();
    return ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

std::string bytes_of(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    return std::string(bytes.begin(), bytes.end());
}

bool same_bits(std::string_view a, std::string_view b, int bits) {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (a.substr(0, whole) != b.substr(0, whole)) return false;
    const int rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned char>(0xFF << (8 - rest));
    return ((static_cast<unsigned char>(a[whole]) ^ static_cast<unsigned char>(b[whole])) & mask) == 0;
}

/// "/music" of "music/" and the like; "" for what is no path of plain characters.
std::string clean_prefix(std::string_view text) {
    std::string prefix(trim(text));
    while (prefix.ends_with('/'))
        prefix.pop_back();
    if (prefix.empty()) return "";
    if (!prefix.starts_with('/')) prefix.insert(prefix.begin(), '/');
    const auto allowed = [](unsigned char c) {
        return std::isalnum(c) || std::string_view("/-._~").find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (prefix.starts_with("//") || prefix.find("..") != std::string::npos || prefix.size() > 200 ||
        !std::all_of(prefix.begin(), prefix.end(), allowed))
        return "";
    return prefix;
}

}  // namespace

AddressList AddressList::parse(std::string_view text) {
    AddressList list;
    for (const std::string& part : split(text, ',')) {
        const std::string_view entry = trim(part);
        if (entry.empty()) continue;
        const std::size_t slash = entry.find('/');
        const auto address = parse_address(entry.substr(0, slash));
        Range range;
        bool good = address.has_value();
        if (good) {
            range.bytes = bytes_of(*address);
            const int most = address->is_v4_mapped() ? 32 : 128;
            int bits = most;
            if (slash != std::string_view::npos) {
                const std::string_view number = entry.substr(slash + 1);
                const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
                good = error == std::errc() && end == number.data() + number.size() && bits >= 0 && bits <= most;
            }
            range.bits = bits + 128 - most;
        }
        if (!good) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("'{}' is no address; use 192.168.1.5, 172.16.0.0/12 or ::1, separated by commas.",
                                    to_valid_utf8(entry)));
        }
        list.ranges_.push_back(std::move(range));
    }
    return list;
}

bool AddressList::holds(std::string_view text) const {
    const auto address = parse_address(text);
    if (!address) return false;
    const std::string bytes = bytes_of(*address);
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const Range& range) { return same_bits(range.bytes, bytes, range.bits); });
}

Origin origin_of(const Request& request, const AddressList& proxies) {
    Origin origin{.address = request.peer};
    if (proxies.empty() || !proxies.holds(request.peer)) return origin;
    const std::vector<std::string> chain = split(request.header("x-forwarded-for"), ',');
    for (auto hop = chain.rbegin(); hop != chain.rend(); ++hop) {
        const std::string address(trim(*hop));
        if (!parse_address(address)) break;
        origin.address = address;
        if (!proxies.holds(address)) break;
    }
    origin.secure = fold(request.header("x-forwarded-proto")) == "https";
    return origin;
}

void take_prefix(Request& request, const AddressList& proxies, std::string_view base_path) {
    request.prefix = proxies.holds(request.peer) ? clean_prefix(request.header("x-forwarded-prefix")) : "";
    if (request.prefix.empty()) request.prefix = clean_prefix(base_path);
    if (request.prefix.empty() || !request.path.starts_with(request.prefix)) return;
    const std::string rest = request.path.substr(request.prefix.size());
    if (rest.empty() || rest.front() == '/') request.path = rest.empty() ? "/" : rest;
}

bool is_nearby(std::string_view address) {
    static const AddressList kNearby = AddressList::parse(
        "127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, fc00::/7, "
        "fe80::/10");
    return kNearby.holds(address.substr(0, address.find('%')));
}

}  // namespace audiomuse::api
