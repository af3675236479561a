// What a client sends, through Beast's parser: the limits, what is refused, and the request it becomes. Free of any
// socket.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "request.h"
#include "response.h"

namespace audiomuse::api {

struct MessageLimits {
    std::size_t header_bytes = 16 * 1024;
    std::size_t target_bytes = 8 * 1024;
    std::uint64_t body_bytes = 1 << 20;
};

using MessageParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

void set_limits(MessageParser& parser, const MessageLimits& limits);
/// The answer to a request whose head says enough to refuse it; nothing for one whose body may be read.
std::optional<Response> refuse_head(const MessageParser& parser, const MessageLimits& limits);
/// Whether an error is about the request, as opposed to its connection.
bool is_message_error(const boost::system::error_code& error);
/// The answer to a request that such an error is about.
Response message_error_response(const boost::system::error_code& error);
/// The request that a parser has read whole; the parser is left empty.
Request take_request(MessageParser& parser);

}  // namespace audiomuse::api
