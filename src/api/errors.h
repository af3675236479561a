// The one place that turns errors into HTTP.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "audiomuse/base/error.h"
#include "response.h"

namespace audiomuse::api {

/// An error whose status is not that of its code, e.g. 415.
class HttpError : public Error {
public:
    /// `retry_after`: seconds until it is worth another try; 0 says nothing of it.
    HttpError(int status, ErrorCode code, const std::string& message, double retry_after = 0)
        : Error(code, message), status_(status), retry_after_(retry_after) {}
    int status() const { return status_; }
    double retry_after() const { return retry_after_; }

private:
    int status_;
    double retry_after_;
};

/// {"error": message, "error_code": code} with this status.
Response error_response(int status, std::string_view code, std::string_view message);

/// HTTP status of a code: 400, 403, 404, 409, 413, 422, 500, 503 or 504.
int http_status(ErrorCode code);

/// The answer to an exception. What the caller can do something about is told as it is; an inner fault is logged
/// together with a new request id, and the answer names only that id. `what` says what was asked, for the log.
Response exception_response(const std::exception_ptr& exception, std::string_view what);

}  // namespace audiomuse::api
