#include "errors.h"

#include <fmt/format.h>

#include <cmath>

#include "audiomuse/base/ids.h"
#include "audiomuse/base/log.h"
#include "json.h"

namespace audiomuse::api {

int http_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument:
            return 400;
        case ErrorCode::permission_denied:
            return 403;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::conflict:
            return 409;
        case ErrorCode::limit_exceeded:
            return 413;
        case ErrorCode::unsupported_format:
        case ErrorCode::damaged:
        case ErrorCode::empty:
        case ErrorCode::too_short:
        case ErrorCode::silent:
            return 422;
        case ErrorCode::login_refused:
        case ErrorCode::server_failed:
        case ErrorCode::unsupported:
            return 502;
        case ErrorCode::unavailable:
        case ErrorCode::cancelled:
        case ErrorCode::model_missing:
            return 503;
        case ErrorCode::timeout:
            return 504;
        case ErrorCode::io:
        case ErrorCode::model_failed:
        case ErrorCode::internal:
            return 500;
    }
    return 500;
}

Response error_response(int status, std::string_view code, std::string_view message) {
    return json_response(status, {{"error", message}, {"error_code", code}});
}

Response exception_response(const std::exception_ptr& exception, std::string_view what) {
    ErrorCode code = ErrorCode::internal;
    std::string message = "unknown exception";
    int status = 500;
    double retry_after = 0;
    try {
        std::rethrow_exception(exception);
    } catch (const HttpError& error) {
        code = error.code();
        message = error.what();
        status = error.status();
        retry_after = error.retry_after();
    } catch (const Error& error) {
        code = error.code();
        message = error.what();
        status = http_status(code);
    } catch (const std::exception& error) {
        message = error.what();
    } catch (...) {  // the message above stands
    }
    if (status == 500) {
        const std::string id = new_job_id().value.substr(0, 8);
        log::error("request {}: {} failed: {}", id, what, message);
        message = fmt::format("An unexpected error occurred. The server's log tells more under {}.", id);
    }
    Response response = error_response(status, code_name(code), message);
    if (retry_after > 0) response.set_header("Retry-After", fmt::format("{:.0f}", std::ceil(retry_after)));
    return response;
}

}  // namespace audiomuse::api
