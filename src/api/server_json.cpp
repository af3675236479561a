#include "server_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>
#include <filesystem>
#include <optional>

#include "audiomuse/base/text.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestText = 4000;
constexpr std::size_t kMostItems = 200;

[[noreturn]] void refuse(std::string field, const std::string& message) {
    throw FieldError(ErrorCode::invalid_argument, std::move(field), message);
}

/// Scheme and host of an address, in lower case.
struct Place {
    std::string scheme, host;
};
/// Of ":8096", or of nothing.
bool is_port(std::string_view text) {
    if (text.empty()) return true;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), port);
    return text.front() == ':' && error == std::errc() && end == text.data() + text.size() && port > 0;
}

/// Empty for what is no address.
Place place_of(std::string_view url) {
    const auto mark = url.find("://");
    if (mark == std::string_view::npos) return {};
    std::string_view host = url.substr(mark + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    host = host.substr(host.rfind('@') + 1);  // npos + 1 is 0
    const auto end = host.starts_with('[') ? host.find(']') : host.find(':');
    if (host.starts_with('[') && end == std::string_view::npos) return {};
    if (!is_port(host.substr(std::min(host.size(), host.starts_with('[') ? end + 1 : end)))) return {};
    return {fold(url.substr(0, mark)), fold(host.substr(0, end))};
}

/// `url` without user and password, which settings may have brought in.
std::string without_login(const std::string& url) {
    const auto mark = url.find("://");
    if (mark == std::string::npos) return url;
    const auto end = std::min(url.size(), url.find_first_of("/?#", mark + 3));
    const auto at = url.rfind('@', end);
    if (at == std::string::npos || at < mark) return url;
    return url.substr(0, mark + 3) + url.substr(at + 1);
}

/// Whether what is secret for `before` may be sent to `after`: the same host, and not from now on readable.
bool may_keep_secrets(std::string_view before, std::string_view after) {
    const Place old_place = place_of(before);
    const Place new_place = place_of(after);
    return old_place.host == new_place.host && (old_place.scheme == new_place.scheme || new_place.scheme == "https");
}

std::string checked_text(const json::value& value, std::string_view field) {
    if (value.is_null()) return "";
    std::string text;
    if (value.is_string()) {
        text = trim(value.get_string());
    } else if (value.is_int64()) {
        text = std::to_string(value.get_int64());
    } else {
        refuse(std::string(field), fmt::format("'{}' must be a text.", field));
    }
    if (text.size() > kLongestText) {
        refuse(std::string(field), fmt::format("'{}' is longer than {} bytes.", field, kLongestText));
    }
    if (std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 127; })) {
        refuse(std::string(field), fmt::format("'{}' has a line end or another character in it that is not printed. "
                                               "Type it instead of pasting it.",
                                               field));
    }
    return text;
}

const json::array& checked_list(const json::value& value, std::string_view field) {
    if (!value.is_array()) refuse(std::string(field), fmt::format("'{}' must be a list.", field));
    if (value.get_array().size() > kMostItems) {
        refuse(std::string(field), fmt::format("'{}' has more than {} entries.", field, kMostItems));
    }
    return value.get_array();
}

std::vector<std::string> read_libraries(const json::value& value) {
    std::vector<std::string> libraries;
    if (value.is_null()) return libraries;
    for (const json::value& item : checked_list(value, "libraries")) {
        const json::value* id = item.is_object() ? item.get_object().if_contains("id") : &item;
        std::string text = id ? checked_text(*id, "libraries") : "";
        if (!text.empty()) libraries.push_back(std::move(text));
    }
    return libraries;
}

using PathMap = std::vector<std::pair<std::string, std::string>>;

PathMap read_path_map(const json::value& value) {
    PathMap map;
    if (value.is_null()) return map;
    for (const json::value& item : checked_list(value, "path_map")) {
        if (!item.is_object()) refuse("path_map", "Each entry of 'path_map' must have 'server' and 'local'.");
        const auto part = [&](std::string_view name) {
            const json::value* found = item.get_object().if_contains(name);
            return found ? checked_text(*found, "path_map") : std::string();
        };
        std::string server = part("server");
        std::string local = part("local");
        if (server.empty() && local.empty()) continue;
        if (server.empty()) {
            refuse("path_map", fmt::format("Say which path of the server {} is on this machine.", local));
        }
        if (!local.starts_with('/')) {
            refuse("path_map", fmt::format("The folder for {} on this machine must be a whole path that begins with "
                                           "\"/\".",
                                           server));
        }
        map.emplace_back(std::move(server), std::move(local));
    }
    return map;
}

/// The value of the first of `names` that is there.
const json::value* find_any(const json::object& object, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (const json::value* value = object.if_contains(name)) return value;
    }
    return nullptr;
}

std::string read_address(const json::value& value, const std::string& before) {
    std::string url = checked_text(value, "url");
    if (url == without_login(before)) return before;
    url.resize(std::min(url.size(), url.find_first_of("?#")));
    while (url.size() > 1 && url.ends_with('/'))
        url.pop_back();
    return url;
}

/// Whether the secret stays what it is.
bool apply_secret(const json::value* value, std::string_view field, std::string& secret) {
    if (!value) return true;
    std::string text = checked_text(*value, field);
    if (text == kUnchanged) return true;
    secret = std::move(text);
    return false;
}

void apply_creds(const json::object& creds, store::ServerRow& server) {
    const std::string before = server.url;
    if (const json::value* url = creds.if_contains("url")) server.url = read_address(*url, before);
    if (const json::value* user = find_any(creds, {"user", "user_id", "username"})) {
        server.user = checked_text(*user, "user");
    }
    const bool same_password = apply_secret(creds.if_contains("password"), "password", server.password);
    const bool same_token = apply_secret(find_any(creds, {"token", "api_key"}), "token", server.token);
    if (!may_keep_secrets(before, server.url)) {
        // Else whoever may change the address could have the secrets sent to a machine of his.
        for (const auto& [field, kept] : {std::pair("password", same_password && !server.password.empty()),
                                          std::pair("token", same_token && !server.token.empty())}) {
            if (kept) refuse(field, fmt::format("The address names another host now: enter the {} again.", field));
        }
    }
    if (const json::value* libraries = creds.if_contains("libraries")) server.libraries = read_libraries(*libraries);
    if (const json::value* map = creds.if_contains("path_map")) server.path_map = read_path_map(*map);
    if (const json::value* folder = creds.if_contains("music_folder")) {
        server.music_folder = checked_text(*folder, "music_folder");
        if (!server.music_folder.empty() && !server.music_folder.starts_with('/')) {
            refuse("music_folder", "The music folder must be a whole path that begins with \"/\".");
        }
    }
    if (const json::value* plain = creds.if_contains("allow_plain_password")) {
        if (!plain->is_bool()) refuse("password", "'allow_plain_password' must be true or false.");
        server.allow_plain_password = plain->get_bool();
    }
}

json::value secret_json(const std::string& secret) {
    return json::string(secret.empty() ? std::string_view() : kUnchanged);
}

json::array texts_json(const std::vector<std::string>& texts) {
    json::array list;
    for (const std::string& text : texts)
        list.emplace_back(text);
    return list;
}

}  // namespace

json::object server_json(const store::ServerRow& server, std::int64_t tracks) {
    json::array map;
    for (const auto& [from, to] : server.path_map)
        map.push_back({{"server", from}, {"local", to}});
    return {{"server_id", std::to_string(server.id.value)},
            {"name", server.name},
            {"server_type", server.type},
            {"creds",
             {{"url", without_login(server.url)},
              {"user", server.user},
              {"password", secret_json(server.password)},
              {"token", secret_json(server.token)},
              {"libraries", texts_json(server.libraries)},
              {"path_map", std::move(map)},
              {"music_folder", server.music_folder},
              {"allow_plain_password", server.allow_plain_password}}},
            {"music_libraries", texts_json(server.libraries)},
            {"is_default", server.is_default},
            {"tracks", tracks}};
}

json::array libraries_json(const std::vector<library::MusicLibrary>& libraries) {
    json::array list;
    for (const library::MusicLibrary& each : libraries) {
        list.push_back({{"id", each.id},
                        {"name", each.name},
                        {"tracks", each.tracks ? json::value(*each.tracks) : json::value(nullptr)}});
    }
    return list;
}

void apply_fields(const json::object& body, store::ServerRow& server) {
    if (const json::value* name = body.if_contains("name")) {
        server.name = checked_text(*name, "name");
        if (server.name.empty()) refuse("name", "Give the server a name.");
        if (server.name.size() > kLongestName) {
            refuse("name", fmt::format("The name is longer than {} bytes. Choose a shorter one.", kLongestName));
        }
    }
    if (const json::value* creds = body.if_contains("creds")) apply_creds(creds->get_object(), server);
    if (const json::value* libraries = body.if_contains("music_libraries")) {
        server.libraries = read_libraries(*libraries);
    }
}

void check_address(library::ServerKind kind, std::string_view url) {
    using library::ServerKind;
    const bool mpd = kind == ServerKind::mpd;
    const std::string_view title = library::kind_title(kind);
    if (mpd && url.starts_with('/')) return;
    const Place place = place_of(url);
    const bool known = mpd ? place.scheme == "mpd" : place.scheme == "http" || place.scheme == "https";
    if (url.empty()) {
        refuse("url", fmt::format("The address of {} is missing, e.g. {}.", title,
                                  mpd ? "mpd://nas:6600" : "http://nas:8096"));
    }
    if (!known || place.host.empty()) {
        refuse("url", mpd ? "The address of MPD must begin with mpd://, e.g. mpd://nas:6600, or be the path of its "
                            "socket, e.g. /run/mpd/socket."
                          : fmt::format("The address of {} must begin with http:// or https:// and name a host, e.g. "
                                        "http://nas:8096.",
                                        title));
    }
    if (std::ranges::find(url, ' ') != url.end()) refuse("url", "The address has a blank in it. Take it out.");
    if (without_login(std::string(url)) != url) {
        refuse("url", "The address must not hold user and password. Enter them in their own fields.");
    }
}

std::string field_of(const Error& error, const library::ServerAccount& account) {
    if (const auto* known = dynamic_cast<const FieldError*>(&error)) return known->field();
    std::string secret = account.token.empty() ? "password" : "token";
    const std::string_view text = error.what();
    switch (error.code()) {
        case ErrorCode::login_refused:
            return secret;
        case ErrorCode::permission_denied:
            return account.user.empty() ? secret : "user";
        case ErrorCode::invalid_argument:
            // The address is right once a server speaks of its users, or MPD of its files.
            if (account.kind == library::ServerKind::mpd) {
                return text.find("music_directory") == std::string_view::npos ? "url" : "music_folder";
            }
            return text.find(" user ") == std::string_view::npos ? "url" : "user";
        default:
            return "url";
    }
}

}  // namespace audiomuse::api
