// A byte that chooses a route, the rest as the body of a request to it: parsed, checked against what the route takes,
// and written again.
#include <cstdlib>

#include "audiomuse/base/text.h"
#include "errors.h"
#include "http_routes.h"
#include "target.h"

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace audiomuse;
    using namespace audiomuse::api;
    if (size == 0) return 0;
    const Route& route = fuzz::routes()[data[0] % fuzz::routes().size()];
    const std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Request request = make_request(Method::post, "/", {{"content-type", "application/json"}}, body);
    const Identity nobody;
    const Origin nowhere;
    try {
        const std::string text = to_text(parse_json(body));
        if (text != to_valid_utf8(text)) std::abort();
        parse_json(text);  // not the same to the last digit: Boost 1.74 reads numbers with a lot of digits nearly right
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_argument) throw;
        fuzz::note_behaviour(fuzz::kind_of_message(error.what()));
    }
    try {
        const json::object fields = Call(request, route, {}, nobody, nowhere).body();
        for (const auto& [name, value] : fields) {
            bool declared = false;
            for (const Param& param : route.params)
                declared = declared || (param.in == In::body && param.name == std::string_view(name));
            if (!declared || value.is_null()) std::abort();
        }
    } catch (const Error& error) {
        if (exception_response(std::current_exception(), "a body").status >= 500) throw;
        fuzz::note_behaviour(fuzz::kind_of_message(error.what()));
    }
    return 0;
}
