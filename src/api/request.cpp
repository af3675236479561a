#include "request.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "audiomuse/base/text.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMaxQueryValues = 100;
constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods = {{{Method::get, "GET"},
                                                                          {Method::head, "HEAD"},
                                                                          {Method::post, "POST"},
                                                                          {Method::put, "PUT"},
                                                                          {Method::patch, "PATCH"},
                                                                          {Method::del, "DELETE"},
                                                                          {Method::options, "OPTIONS"}}};

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool same_token(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string_view method_name(Method method) {
    for (const auto& [value, name] : kMethods) {
        if (value == method) return name;
    }
    return "";
}

Method parse_method(std::string_view name) {
    for (const auto& [value, text] : kMethods) {
        if (text == name) return value;
    }
    return Method::other;
}

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return "";
}

bool Request::has_header(std::string_view name) const {
    return std::any_of(headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
}

std::string Request::cookie(std::string_view name) const {
    for (const auto& [header, value] : headers) {
        if (header != "cookie") continue;
        for (const std::string& part : split(value, ';')) {
            const std::string_view pair = trim(part);
            const std::size_t equals = pair.find('=');
            if (equals != std::string_view::npos && pair.substr(0, equals) == name)
                return std::string(pair.substr(equals + 1));
        }
    }
    return "";
}

Request make_request(Method method, std::string_view target, std::vector<std::pair<std::string, std::string>> headers,
                     std::string body) {
    Request request;
    request.method = method;
    for (const std::string_view scheme :
         {"http://", "https://"}) {  // the form for proxies; the host is ours in any case
        if (target.starts_with(scheme)) target.remove_prefix(std::min(target.find('/', scheme.size()), target.size()));
    }
    const std::size_t mark = target.find('?');
    std::string_view path = target.substr(0, mark);
    if (path.starts_with("//")) path.remove_prefix(1);
    request.path = path.empty() ? "/" : path;
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.headers = std::move(headers);
    request.body = std::move(body);
    return request;
}

std::string percent_decode(std::string_view text, bool plus_is_blank) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_blank) {
            bytes += ' ';
        } else if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                   hex_digit(text[i + 2]) >= 0) {
            bytes += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            bytes += text[i];
        }
    }
    return to_valid_utf8(bytes);
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += '%';
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        }
    }
    return out;
}

QueryValues parse_query(std::string_view query) {
    QueryValues values;
    while (!query.empty() && values.size() < kMaxQueryValues) {
        const std::size_t end = query.find('&');
        const std::string_view part = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (part.empty()) continue;
        const std::size_t equals = part.find('=');
        values.emplace_back(
            percent_decode(part.substr(0, equals), true),
            equals == std::string_view::npos ? std::string() : percent_decode(part.substr(equals + 1), true));
    }
    return values;
}

bool accepts_token(std::string_view header, std::string_view token) {
    for (const std::string& item : split(header, ',')) {
        const std::vector<std::string> parts = split(item, ';');
        if (!same_token(trim(parts[0]), token)) continue;
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const std::string_view parameter = trim(parts[i]);
            if (parameter.starts_with("q=0") && parameter.find_first_not_of("0.", 2) == std::string_view::npos) {
                return false;
            }
        }
        return true;
    }
    return false;
}

}  // namespace audiomuse::api
