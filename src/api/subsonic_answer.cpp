#include "subsonic_answer.h"

#include <boost/json/array.hpp>

#include "audiomuse/base/text.h"

namespace audiomuse::api {
namespace {

constexpr std::string_view kRoot = "subsonic-response";
constexpr std::string_view kNamespace = "http://subsonic.org/restapi";

/// Of the Subsonic API that is spoken.
constexpr std::string_view kApiVersion = "1.16.1";

void escape(std::string_view text, std::string& out) {
    for (const char c : to_valid_utf8(text)) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\t':
            case '\n':
            case '\r':  // as they are they would be read as blanks
                out += c == '\t' ? "&#9;" : c == '\n' ? "&#10;" : "&#13;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= ' ') out += c;
        }
    }
}

void write_plain(const json::value& value, std::string& out) {
    escape(value.is_string() ? std::string(std::string_view(value.get_string())) : to_text(value), out);
}

bool is_attribute(const json::value& value) {
    return !value.is_object() && !value.is_array() && !value.is_null();
}

void write_element(std::string_view name, const json::value& value, std::string& out) {
    if (const json::array* items = value.if_array()) {
        for (const json::value& item : *items)
            write_element(name, item, out);
        return;
    }
    const json::object* object = value.if_object();
    if (!object && value.is_null()) return;
    out += '<';
    out += name;
    std::string inner;
    if (object) {
        for (const auto& [key, item] : *object) {
            if (!is_attribute(item)) {
                write_element(key, item, inner);
                continue;
            }
            out += ' ';
            out += key;
            out += "=\"";
            write_plain(item, out);
            out += '"';
        }
    } else {
        write_plain(value, inner);
    }
    if (inner.empty()) {
        out += "/>";
        return;
    }
    out += '>';
    out += inner;
    out += "</";
    out += name;
    out += '>';
}

Response envelope(SubsonicFormat format, std::string_view status, std::string_view server_version,
                  const json::object& content) {
    const json::value* matches = content.if_contains("sonicMatch");
    const std::size_t items = matches ? matches->as_array().size() : 0;
    json::object answer = {{"status", status},
                           {"version", kApiVersion},
                           {"type", "audiomuse"},
                           {"serverVersion", server_version},
                           {"openSubsonic", true}};
    for (const auto& [key, value] : content)
        answer[key] = value;
    Response response;
    if (format == SubsonicFormat::json) {
        response = json_response(200, {{kRoot, std::move(answer)}});
    } else {
        json::object root = {{"xmlns", kNamespace}};
        for (const auto& [key, value] : answer)
            root[key] = value;
        response.headers = {{"Content-Type", "application/xml; charset=utf-8"}};
        response.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + to_xml(kRoot, root) + "\n";
    }
    // Players in a browser come from elsewhere. Nothing here depends on cookies, so a foreign page learns nothing that
    // its player's own login does not open.
    response.items = items;
    response.set_header("Access-Control-Allow-Origin", "*");
    return response;
}

}  // namespace

Response subsonic_answer(SubsonicFormat format, std::string_view server_version, const json::object& content) {
    return envelope(format, "ok", server_version, content);
}

Response subsonic_failure(SubsonicFormat format, std::string_view server_version, SubsonicError code,
                          std::string_view message) {
    return envelope(format, "failed", server_version,
                    {{"error", {{"code", static_cast<int>(code)}, {"message", message}}}});
}

std::string to_xml(std::string_view name, const json::object& object) {
    std::string out;
    write_element(name, json::value(object), out);
    return out;
}

}  // namespace audiomuse::api
