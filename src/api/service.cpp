#include "service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/wrap/zlib/gzip.h"
#include "errors.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

bool changes_state(Method method) {
    return method == Method::post || method == Method::put || method == Method::patch || method == Method::del;
}

/// Host and port of "http://host:port"; "" for "null" and anything odd.
std::string_view authority(std::string_view origin) {
    const std::size_t mark = origin.find("://");
    return mark == std::string_view::npos ? std::string_view() : origin.substr(mark + 3);
}

/// A browser says where the page that sends a request comes from; a page of another origin must not change anything
/// here. Programs send neither header. Sec-Fetch-Site can't be forged by a page, but is only sent over TLS and to
/// localhost.
bool from_foreign_page(const Request& request) {
    const std::string_view site = request.header("sec-fetch-site");
    if (!site.empty()) return site != "same-origin" && site != "none";
    if (!request.has_header("origin")) return false;
    const std::string origin = fold(authority(request.header("origin")));
    return origin.empty() ||
           (origin != fold(request.header("host")) && origin != fold(request.header("x-forwarded-host")));
}

std::string allow_list(std::vector<Method> methods) {
    if (std::find(methods.begin(), methods.end(), Method::get) != methods.end()) methods.push_back(Method::head);
    methods.push_back(Method::options);
    std::vector<std::string> names;
    for (const Method method : methods)
        names.emplace_back(method_name(method));
    return join(names, ", ");
}

Response foreign_page() {
    return error_response(403, "permission_denied",
                          "Requests that change something are not taken from pages of another origin.");
}

/// A browser sends its cookie, and a proxy the user's name, with whatever a page asks for: where the browser does not
/// say which page that was, a header has to that no page of another origin can set.
bool may_be_forged(const Request& request, const Identity& identity) {
    if (!changes_state(request.method)) return false;
    if (identity.by != SignIn::session && identity.by != SignIn::proxy) return false;
    return !request.has_header("origin") && !request.has_header("sec-fetch-site") &&
           !request.has_header("x-requested-with");
}

/// The answer to who may not do what they ask for.
std::optional<Response> refuse(Backend& backend, const Request& request, Right right, const Identity& identity) {
    if (right == Right::open) return std::nullopt;
    if (identity.rights.may(right)) {
        if (may_be_forged(request, identity)) return foreign_page();
        return std::nullopt;
    }
    if (identity.by != SignIn::none)
        return error_response(403, "permission_denied",
                              fmt::format("Forbidden: this needs the right '{}'.", right_name(right)));
    if (needs_setup(backend)) return error_response(403, "setup_required", "Setup required");
    Response response = error_response(401, "unauthorized", "Unauthorized");
    response.set_header("WWW-Authenticate", "Bearer");
    return response;
}

/// Throws HttpError(429) where this client has sent too many of such requests.
void check_rate(Backend& backend, const Route& route, const Identity& identity, const Origin& origin) {
    if (route.per_minute == 0) return;
    const std::string client = identity.user ? fmt::format("user {}", identity.user->id.value) : origin.address;
    const double wait =
        backend.requests_taken.take(fmt::format("{} {}", route.name, client), route.per_minute, steady_now());
    if (wait > 0) {
        throw HttpError(429, ErrorCode::limit_exceeded,
                        fmt::format("At most {} of such requests are taken in a minute. Try again in {:.0f} seconds.",
                                    route.per_minute, std::ceil(wait)),
                        wait);
    }
}

struct Routed {
    Response response;
    std::string_view label = "none";  ///< for the counters
};

/// `listener`: who asks, once that is known, whatever becomes of it.
Routed route_request(Backend& backend, const Request& request, UserId& listener) {
    if (request.path.size() > 1 && request.path.front() != '/') {
        return {error_response(400, "invalid_argument", "The address must begin with '/'.")};
    }
    RouteMatch match = match_route(route_table(), request.method, request.path);
    if (match.route) {
        const std::string_view name = match.route->name;
        if (changes_state(request.method) && from_foreign_page(request)) return {foreign_page(), name};
        const Origin origin = origin_of(request, backend.proxies());
        // Open routes answer whoever asks, also while the store is away.
        const Right right = match.route->right;
        const Identity identity = right == Right::open ? Identity() : identify(backend, request, origin);
        if (identity.user) listener = identity.user->id;
        if (std::optional<Response> refusal = refuse(backend, request, right, identity))
            return {std::move(*refusal), name};
        check_rate(backend, *match.route, identity, origin);
        const Call call(request, *match.route, std::move(match.values), identity, origin);
        return {match.route->handler(backend, call), name};
    }
    const bool reads = request.method == Method::get || request.method == Method::head;
    if (match.allowed.empty() && (reads || request.method == Method::options)) {
        if (std::optional<Response> file = backend.site.find(request)) {
            if (reads) return {std::move(*file), "page"};
            match.allowed.push_back(Method::get);
        }
    }
    if (match.allowed.empty()) {
        return {error_response(404, "not_found", fmt::format("There is nothing at {}.", to_valid_utf8(request.path)))};
    }
    Routed routed;
    if (request.method != Method::options) {
        routed.response = error_response(405, "invalid_argument", "This address does not take this method.");
    }
    routed.response.set_header("Allow", allow_list(match.allowed));
    return routed;
}

void compress(const Request& request, Response& response) {
    auto* text = std::get_if<std::string>(&response.body);
    if (!response.header("Content-Encoding").empty()) return;  // by the handler
    if (!text || !is_compressible(response.header("Content-Type"), text->size())) return;
    response.set_header("Vary", "Accept-Encoding");
    if (!accepts_token(request.header("accept-encoding"), "gzip")) return;
    // Level 1: on a slow machine the time to compress is felt more than the last tenth of the size.
    *text = wrap::zlib::gzip(*text, 1);
    response.set_header("Content-Encoding", "gzip");
}

}  // namespace

void add_common_headers(Response& response) {
    response.set_header(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
        "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "same-origin");
    if (response.header("Cache-Control").empty()) response.set_header("Cache-Control", "no-store");
}

void Service::note_list(const Request& request, Response& response, std::string_view route, UserId listener,
                        double seconds) {
    RecentRequest kept = recent_request(request, response, route, unix_now(), seconds);
    kept.owner = listener;
    backend_.requests.add(std::move(kept));
    try {
        const Engine engine = engine_of(backend_);
        response.set_header("X-AudioMuse-Engine", engine.name);
        response.set_header("X-AudioMuse-Index", std::to_string(engine.index_version));
    } catch (const std::exception& error) {  // the answer stands without them
        log::warn("The version of the index cannot be read: {}", error.what());
    }
}

void Service::receive(Request& request) const {
    take_prefix(request, backend_.proxies(), backend_.context.settings->base_path);
}

bool Service::may_wait(const Request& request) {
    const RouteMatch match = match_route(route_table(), request.method, request.path);
    return match.route && match.route->waits;
}

bool Service::may_still_read(const Request& request) {
    const RouteMatch match = match_route(route_table(), request.method, request.path);
    if (!match.route || match.route->right == Right::open) return true;
    try {
        const Identity identity = identify(backend_, request, origin_of(request, backend_.proxies()));
        return identity.rights.may(match.route->right);
    } catch (const std::exception& error) {
        log::warn("Whether a reader of events may go on cannot be told: {}", error.what());
        return true;
    }
}

Response Service::handle(const Request& request) {
    const double start = steady_now();
    Routed routed;
    UserId listener;
    try {
        routed = route_request(backend_, request, listener);
    } catch (...) {
        const RouteMatch match = match_route(route_table(), request.method, request.path);
        routed.label = match.route ? match.route->name : "none";
        routed.response = exception_response(std::current_exception(),
                                             fmt::format("{} {}", method_name(request.method), request.path));
    }
    Response& response = routed.response;
    try {
        compress(request, response);
    } catch (...) {
        response = exception_response(std::current_exception(), "compressing an answer");
    }
    if (request.method == Method::head || response.status == 304) response.head_only = true;
    if (auto* events = std::get_if<EventStream>(&response.body))
        events->still_allowed = [this, request] { return may_still_read(request); };
    add_common_headers(response);
    const double seconds = steady_now() - start;
    if (makes_lists(routed.label)) note_list(request, response, routed.label, listener, seconds);
    backend_.metrics.observe(routed.label, response.status, seconds);
    log::debug("{} {} {} {:.1f} ms", method_name(request.method), request.path, response.status, seconds * 1000);
    return std::move(routed.response);
}

}  // namespace audiomuse::api
