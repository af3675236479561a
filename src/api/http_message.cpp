#include "http_message.h"

#include <algorithm>
#include <cctype>

#include "errors.h"

namespace audiomuse::api {

namespace http = boost::beast::http;

void set_limits(MessageParser& parser, const MessageLimits& limits) {
    parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    parser.body_limit(limits.body_bytes);
}

std::optional<Response> refuse_head(const MessageParser& parser, const MessageLimits& limits) {
    const auto& head = parser.get();
    if (head.target().size() > limits.target_bytes)
        return error_response(414, "limit_exceeded", "The address of the request is too long.");
    if (head.version() >= 11 && head.count(http::field::host) != 1)
        return error_response(400, "invalid_argument", "The request needs one Host header.");
    return std::nullopt;
}

bool is_message_error(const boost::system::error_code& error) {
    return error.category() == http::make_error_code(http::error::bad_method).category();
}

Response message_error_response(const boost::system::error_code& error) {
    if (error == http::error::header_limit)
        return error_response(431, "limit_exceeded", "The header of the request is too large.");
    if (error == http::error::body_limit)
        return error_response(413, "limit_exceeded", "The body of the request is too large.");
    return error_response(400, "invalid_argument", "The request is not valid HTTP.");
}

Request take_request(MessageParser& parser) {
    MessageParser::value_type message = parser.release();
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& field : message) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return make_request(parse_method(std::string_view(message.method_string())), std::string_view(message.target()),
                        std::move(headers), std::move(message.body()));
}

}  // namespace audiomuse::api
