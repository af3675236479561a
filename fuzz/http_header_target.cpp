// Bytes as a whole HTTP request, as the server reads it from a connection: the head is parsed, refused or taken, then
// what its headers say is asked for.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstdlib>

#include "auth/origin.h"
#include "http_message.h"
#include "http_range.h"
#include "target.h"

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace audiomuse::api;
    static const AddressList proxies = AddressList::parse("127.0.0.1, 10.0.0.0/8, fd00::/8");
    static const MessageLimits limits{.header_bytes = 4096, .target_bytes = 1024, .body_bytes = 4096};
    MessageParser parser;
    set_limits(parser, limits);
    parser.eager(true);
    boost::system::error_code error;
    for (std::size_t at = 0; at < size && !error && !parser.is_done();) {
        const std::size_t taken = parser.put(boost::asio::buffer(data + at, size - at), error);
        if (taken == 0) break;
        at += taken;
    }
    if (error) {
        if (is_message_error(error) && message_error_response(error).status < 400) std::abort();
        return 0;
    }
    if (!parser.is_done() || refuse_head(parser, limits)) return 0;
    Request request = take_request(parser);
    request.peer = "127.0.0.1";
    if (request.path.empty() || request.body.size() > limits.body_bytes) std::abort();
    for (const auto& [name, value] : request.headers) {
        const bool upper = std::any_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
        // a value of two lines would be a header that nobody has checked
        if (upper || value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
    }
    const Origin origin = origin_of(request, proxies);
    if (origin.address.empty()) std::abort();
    take_prefix(request, proxies, "");
    if (!request.prefix.empty() && (request.prefix.front() != '/' || request.prefix.back() == '/')) std::abort();
    if (request.cookie("a").find(';') != std::string::npos) std::abort();
    accepts_token(request.header("accept-encoding"), "gzip");
    etag_matches(request.header("if-none-match"), "\"0123456789abcdef\"");
    return 0;
}
