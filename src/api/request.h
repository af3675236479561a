// An HTTP request as handlers see it, free of any socket.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audiomuse::api {

enum class Method { get, head, post, put, patch, del, options, other };
std::string_view method_name(Method method);  ///< "GET"; "" for other
Method parse_method(std::string_view name);

struct Request {
    Method method = Method::get;
    std::string path = "/";  ///< still percent-encoded; a doubled slash at the start is made one
    std::string query;       ///< still percent-encoded, without "?"
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
    std::string prefix;  ///< that was in front of the path: "" or "/music", where a proxy serves the program under it
    std::string peer;    ///< address of who holds the connection: the client, or a proxy

    /// The first header of this (lower-case) name; "" when there is none.
    std::string_view header(std::string_view name) const;
    bool has_header(std::string_view name) const;
    std::string cookie(std::string_view name) const;  ///< its value; "" when there is none
};

/// Splits `target` ("/api/track?item_id=7", or with "http://host" in front) into path and query.
Request make_request(Method method, std::string_view target,
                     std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = {});

/// "%C3%A9" becomes "é" as valid UTF-8; `plus_is_blank` for query strings. A "%" without two hex digits stays as it is.
std::string percent_decode(std::string_view text, bool plus_is_blank);
/// Everything but letters, digits and "-._~" as %XX.
std::string percent_encode(std::string_view text);

using QueryValues = std::vector<std::pair<std::string, std::string>>;
/// Decoded name and value pairs in order; at most 100.
QueryValues parse_query(std::string_view query);

/// True when a list header such as Accept-Encoding names `token` without "q=0".
bool accepts_token(std::string_view header, std::string_view token);

}  // namespace audiomuse::api
