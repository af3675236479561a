// Where a request comes from, seen through the proxies that are trusted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "request.h"

namespace audiomuse::api {

/// Addresses and ranges ("192.168.1.5, 172.16.0.0/12, ::1").
class AddressList {
public:
    /// Throws Error(invalid_argument) naming what is no address.
    static AddressList parse(std::string_view text);
    /// Also for an IPv4 address that is written as one of IPv6. False for what is no address.
    bool holds(std::string_view address) const;
    bool empty() const { return ranges_.empty(); }

private:
    struct Range {
        std::string bytes;  // 16, as of IPv6
        int bits = 128;
    };
    std::vector<Range> ranges_;
};

struct Origin {
    std::string address;  ///< of the client
    bool secure = false;  ///< the client speaks TLS, to the proxy
};

/// X-Forwarded-For and -Proto count where the request comes from one of `proxies` directly; of a chain
/// of proxies the last address that is none of them is the client's.
Origin origin_of(const Request& request, const AddressList& proxies);

/// Takes the path that the program is served under off the request's own path, and keeps it as its prefix: what a
/// trusted proxy says (X-Forwarded-Prefix), else `base_path`. Proxies that take it off themselves and those that do not
/// are both served.
void take_prefix(Request& request, const AddressList& proxies, std::string_view base_path);

/// Of this machine or a private network (RFC 1918, RFC 4193, link-local).
bool is_nearby(std::string_view address);

}  // namespace audiomuse::api
