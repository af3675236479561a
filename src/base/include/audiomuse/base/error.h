// The one exception type, and the codes that everything which can go wrong is told apart by.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace audiomuse {

/// What went wrong, in kinds that a caller can act on. `code_name` gives the stable text used in JSON and the store.
enum class ErrorCode {
    // what a caller did
    invalid_argument,
    not_found,
    conflict,
    // what the surroundings did
    unavailable,
    io,
    permission_denied,
    limit_exceeded,
    cancelled,
    // what a file is
    unsupported_format,
    damaged,
    empty,
    too_short,
    silent,
    timeout,
    // what a media server answered
    login_refused,  ///< user, password or key; what it forbids a known user is permission_denied
    server_failed,  ///< it broke down, or what it said makes no sense
    unsupported,    ///< it can't do this
    // a model or the runtime that should run it
    model_missing,
    model_failed,
    // our own fault
    internal,
};

/// Stable snake_case text of a code, e.g. "too_short".
std::string_view code_name(ErrorCode code);

/// An operation cannot go on. The message is one sentence for the user: what happened to which file, field or setting,
/// and the way out. Problems of one item in a batch are data, not exceptions that end the batch.
class Error : public std::runtime_error {
public:
    Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ErrorCode code() const { return code_; }

private:
    ErrorCode code_;
};

}  // namespace audiomuse
