// What a store is, without changing it: for `audiomuse check`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/store/store.h"

namespace audiomuse::store {

struct StoreState {
    std::string engine;         ///< "SQLite 3.40.1"
    std::string place;          ///< the file, or the server's address without a password
    std::optional<int> schema;  ///< 0: nothing there yet; none: it belongs to another program
    int newest_schema = 0;      ///< the one this program makes
    std::int64_t tracks = 0;

    std::map<std::string, std::string> settings;  ///< saved ones, by name

    struct Instance {
        std::string url;
        double seen_s_ago = 0;
    };
    std::vector<ServerRow> servers;   ///< media servers; without those of a schema that has none
    std::vector<Instance> instances;  ///< web instances that have announced themselves
};

/// A file that is missing is a state, not an error. Throws as open_sqlite for what can't be read.
StoreState inspect_sqlite(const std::filesystem::path& file);

/// An empty database is a state, not an error. Throws as open_postgres for what can't be reached, at once.
StoreState inspect_postgres(const PostgresOptions& options);

}  // namespace audiomuse::store
