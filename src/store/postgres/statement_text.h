// The repositories' SQL in PostgreSQL's words.
#pragma once

#include <string>
#include <string_view>

namespace audiomuse::store::postgres {

/// `sql` with $1, $2, ... for its `?`s; those in quotes and comments stay.
std::string number_parameters(std::string_view sql);

}  // namespace audiomuse::store::postgres
