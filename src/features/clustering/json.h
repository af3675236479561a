// What the JSON texts of this module have in common.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/features/clustering/clustering.h"

namespace audiomuse::features {

boost::json::object to_json(const Genes& genes);
boost::json::array to_json(const std::vector<TrackId>& tracks);

// Boost's errors are thrown for members that are missing or of another type.
Genes read_genes(const boost::json::value& from);
std::vector<TrackId> read_tracks(const boost::json::value& from);

/// `reader` of the parsed text. Throws Error(damaged) that names `what` it is not.
template <class Reader>
auto read_json(std::string_view text, const char* what, const Reader& reader) {
    try {
        return reader(boost::json::parse(text));
    } catch (const std::exception& error) {
        throw Error(ErrorCode::damaged, std::string("This is not ") + what + ": " + error.what());
    }
}

}  // namespace audiomuse::features
