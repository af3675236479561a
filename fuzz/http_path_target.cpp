// Bytes as the address of a request: split, led to a route, its values taken.
#include <cstdlib>

#include "audiomuse/base/text.h"
#include "http_routes.h"
#include "target.h"

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace audiomuse;
    using namespace audiomuse::api;
    const std::string_view target(reinterpret_cast<const char*>(data), size);
    const Request request = make_request(Method::get, target, {{"accept", "text/html"}});
    if (request.path.empty()) std::abort();
    if (percent_decode(percent_encode(target), false) != to_valid_utf8(target)) std::abort();
    if (parse_query(request.query).size() > 100) std::abort();
    const RouteMatch match = match_route(fuzz::routes(), request.method, request.path);
    if (!match.route) return 0;
    for (const auto& [name, value] : match.values) {
        if (name.empty() || value != to_valid_utf8(value)) std::abort();
    }
    try {
        const Identity nobody;
        const Origin nowhere;
        const Call call(request, *match.route, match.values, nobody, nowhere);
        for (const Param& param : match.route->params) {
            if (param.in == In::body) continue;
            const std::string value = call.text(param.name);
            if (value != to_valid_utf8(value)) std::abort();
            if (param.type == ParamType::integer) {
                const auto number = static_cast<double>(call.integer(param.name));
                if (number < param.minimum.value_or(number) || number > param.maximum.value_or(number)) std::abort();
            }
            if (param.type == ParamType::boolean) call.boolean(param.name);
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_argument) throw;
    }
    return 0;
}
