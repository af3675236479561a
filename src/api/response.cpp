#include "response.h"

#include <algorithm>
#include <array>

namespace audiomuse::api {

std::string_view Response::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return "";
}

void Response::set_header(std::string_view name, std::string value) {
    for (auto& header : headers) {
        if (header.first == name) {
            header.second = std::move(value);
            return;
        }
    }
    headers.emplace_back(name, std::move(value));
}

std::uint64_t Response::length() const {
    if (const auto* text = std::get_if<std::string>(&body)) return text->size();
    if (const auto* fixed = std::get_if<StaticBytes>(&body)) return fixed->bytes.size();
    if (const auto* range = std::get_if<FileRange>(&body)) return range->length;
    return 0;
}

Response event_stream_response(std::shared_ptr<EventClient> client) {
    Response response;
    response.headers = {{"Content-Type", "text/event-stream"},
                        {"Cache-Control", "no-cache"},
                        {"X-Accel-Buffering", "no"}};  // nginx would hold events back
    response.body = EventStream{.client = std::move(client)};
    return response;
}

std::string_view reason_phrase(int status) {
    static constexpr std::array<std::pair<int, std::string_view>, 27> kPhrases = {{
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    }};
    const auto* found =
        std::find_if(kPhrases.begin(), kPhrases.end(), [&](const auto& p) { return p.first == status; });
    return found == kPhrases.end() ? "Unknown" : found->second;
}

}  // namespace audiomuse::api
