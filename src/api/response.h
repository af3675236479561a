// An HTTP answer as handlers make it, free of any socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "open_file.h"

namespace audiomuse::api {

class EventClient;

/// Bytes that live as long as the program or the server.
struct StaticBytes {
    std::span<const char> bytes;
};

/// A part of an open file, read in blocks while it is being sent.
struct FileRange {
    std::shared_ptr<const OpenFile> file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// A stream of server-sent events; lasts until the client goes, the server stops, or no more events come.
struct EventStream {
    std::shared_ptr<EventClient> client;
    /// What makes the events, where the queue does not. Runs beside the stream on a thread that may wait, and is
    /// cancelled when the stream ends; must not throw.
    std::function<void(const CancelToken& cancel)> work = {};
    /// Asked now and then: whether who reads may go on. Blocks on the store; must not throw.
    std::function<bool()> still_allowed = {};
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;  ///< without Content-Length, Connection and Date
    std::variant<std::string, StaticBytes, FileRange, EventStream> body;
    /// True for HEAD and 304: the headers, Content-Length included, are those of the body, but no body is sent.
    bool head_only = false;
    /// How many things the answer lists, for the list of recent requests.
    std::size_t items = 0;

    std::string_view header(std::string_view name) const;  ///< exact name; "" when there is none
    void set_header(std::string_view name, std::string value);
    /// Length of a body that has one: not of an event stream.
    std::uint64_t length() const;
};

Response event_stream_response(std::shared_ptr<EventClient> client);

/// "Not Found"
std::string_view reason_phrase(int status);

}  // namespace audiomuse::api
