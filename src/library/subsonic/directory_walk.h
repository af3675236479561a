// The folders of a Subsonic server, for servers whose lists of songs can't be restricted to one library.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <unordered_set>
#include <vector>

#include "subsonic/session.h"

namespace audiomuse::library::subsonic {

/// Goes through the directories of some libraries, one request each. Memory: one directory, and the ids of all.
class DirectoryWalk {
public:
    DirectoryWalk(const Session& session, const std::vector<MusicLibrary>& libraries);

    /// The songs of the next directory that has any; none at the end.
    std::vector<boost::json::value> next(const CancelToken& cancel);

private:
    void enter_library(const std::string& library, const CancelToken& cancel);
    void enter_directory(const std::string& directory, const CancelToken& cancel);
    void take(const boost::json::value& row);
    void add_directory(const boost::json::value& row);

    const Session& session_;
    std::vector<std::string> libraries_;
    std::vector<std::string> directories_;  ///< that are still to be read
    std::unordered_set<std::string> known_;
    std::vector<boost::json::value> songs_;
};

}  // namespace audiomuse::library::subsonic
