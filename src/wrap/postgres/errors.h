// What PostgreSQL says went wrong, as Error.
#pragma once

#include <string>
#include <string_view>

#include "address.h"
#include "audiomuse/base/error.h"

namespace audiomuse::wrap::postgres {

/// Why a connection could not be made. `message` is libpq's, written verbosely, so that it holds the SQLSTATE.
Error connect_error(const Address& address, std::string_view message);

/// A statement that failed with an SQLSTATE; "" for a lost connection.
Error statement_error(std::string_view address, std::string_view sqlstate, std::string_view message);

/// The SQLSTATE in a verbose message ("FATAL:  28P01: password ..."); "" without. Words may be in any language.
std::string_view sqlstate_of(std::string_view verbose_message);

}  // namespace audiomuse::wrap::postgres
