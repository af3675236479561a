// From a request to an answer, without sockets.
#pragma once

#include "backend.h"
#include "request.h"
#include "response.h"

namespace audiomuse::api {

class Service {
public:
    Service(Context context, const std::vector<StaticFile>& files) : backend_(std::move(context), files) {}
    /// Routes, answers, and dresses the answer: error bodies, compression, security headers, counters. Never throws.
    /// Blocks on the store. Thread-safe.
    Response handle(const Request& request);
    /// Takes off the path that a proxy puts in front; before anything else is asked about a request.
    void receive(Request& request) const;
    /// Whether handling it may mean waiting, for a media server or for its turn.
    static bool may_wait(const Request& request);
    Backend& backend() { return backend_; }

private:
    /// Whether who sent a request that a stream answers may still read it: their session may have ended meanwhile. True
    /// while that cannot be told.
    bool may_still_read(const Request& request);
    void note_list(const Request& request, Response& response, std::string_view route, UserId listener, double seconds);

    Backend backend_;
};

/// Adds the headers that every answer carries.
void add_common_headers(Response& response);

}  // namespace audiomuse::api
