// Asks a program under test over HTTP.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/curl/http_client.h"

namespace audiomuse::testing_support {

/// The JSON that the program at `port` of this machine answers; waits up to a minute for one that starts. `body`: JSON
/// too.
inline boost::json::value ask(int port, const std::string& method, const std::string& path,
                              const std::string& body = "") {
    wrap::curl::HttpClient client;
    const wrap::curl::Request request{.method = method,
                                      .url = "http://127.0.0.1:" + std::to_string(port) + path,
                                      .headers = {{"Content-Type", "application/json"}},
                                      .body = body};
    for (int i = 0; i < 600; ++i) {
        try {
            return boost::json::parse(client.send(request).body);
        } catch (const Error&) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
    ADD_FAILURE() << "no answer of " << request.url;
    return {};
}

}  // namespace audiomuse::testing_support
