#include "audiomuse/base/error.h"

namespace audiomuse {

std::string_view code_name(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument:
            return "invalid_argument";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::io:
            return "io";
        case ErrorCode::permission_denied:
            return "permission_denied";
        case ErrorCode::limit_exceeded:
            return "limit_exceeded";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::unsupported_format:
            return "unsupported_format";
        case ErrorCode::damaged:
            return "damaged";
        case ErrorCode::empty:
            return "empty";
        case ErrorCode::too_short:
            return "too_short";
        case ErrorCode::silent:
            return "silent";
        case ErrorCode::timeout:
            return "timeout";
        case ErrorCode::login_refused:
            return "login_refused";
        case ErrorCode::server_failed:
            return "server_failed";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::model_missing:
            return "model_missing";
        case ErrorCode::model_failed:
            return "model_failed";
        case ErrorCode::internal:
            return "internal";
    }
    return "internal";
}

}  // namespace audiomuse
