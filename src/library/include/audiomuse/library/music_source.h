// Where music comes from. A source lists what is there, reads tags and hands out audio; it knows no database.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/base/track.h"

namespace audiomuse::library {

/// One item of a listing. For local folders `path` is the absolute path; it is the item's identity within the source.
struct SourceItem {
    std::string path;
    FileStamp stamp;
    TrackId track = {};  ///< of the item in the catalogue, where it is known: a remote source is asked by it
};

/// Something that could not be read while listing. The listing goes on.
struct ListProblem {
    std::string path;
    ErrorCode code = ErrorCode::io;
    std::string message;
};

struct Listing {
    std::int64_t folders = 0;
    std::int64_t items = 0;
    std::vector<ListProblem> problems;
    /// False when a part that was readable before may be missing (an unreadable folder, a root that is gone): then
    /// nothing may be taken as deleted.
    bool complete = true;
};

/// An audio file on this machine's disk; a downloaded one is deleted when this is destroyed.
class FetchedAudio {
public:
    virtual ~FetchedAudio() = default;
    virtual const std::filesystem::path& path() const = 0;
};

/// Threads: list from one thread at a time; the other functions from any number.
class MusicSource {
public:
    virtual ~MusicSource() = default;
    /// Calls `found` for every audio file, in a stable order. Opens no file whose name tells its kind.
    virtual Listing list(const std::function<void(SourceItem)>& found, const CancelToken& cancel) = 0;
    /// Tags of one item; missing ones are taken from its path. Never throws for bad tags: what can't be read stays
    /// empty. Throws Error(io) when the file is gone.
    virtual TrackTags read_tags(const SourceItem& item) = 0;
    /// A short text that stays the same when the file is moved, renamed or re-tagged and differs for other audio.
    virtual std::string signature(const SourceItem& item) = 0;
    /// Throws Error(cancelled) soon after `cancel` says so, where it takes a while.
    virtual std::unique_ptr<FetchedAudio> fetch(const SourceItem& item, const CancelToken& cancel) = 0;
    /// The embedded or folder cover as bytes of a JPEG, PNG or WebP picture; empty when there is none.
    struct Cover {
        std::string media_type;
        std::string bytes;
    };
    virtual Cover cover(const SourceItem& item) = 0;
};

/// One or more folders on this machine. Throws Error(not_found) naming the folder when one of them does not exist.
std::unique_ptr<MusicSource> create_local(std::vector<std::filesystem::path> folders);

}  // namespace audiomuse::library
