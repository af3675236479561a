// The words of MPD's protocol: https://mpd.readthedocs.io/en/stable/protocol.html. Pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library::mpd {

/// A command line without its end: `name "argument" ...`. Throws Error(invalid_argument) for an argument with the end
/// of a line in it, which the protocol has no words for.
std::string command(std::string_view name, const std::vector<std::string>& arguments = {});

/// Filters, to be arguments of commands.
std::string everything();
std::string below(std::string_view folder);
std::string equals(std::string_view tag, std::string_view value);
std::string all_of(const std::vector<std::string>& filters);

/// "first:end" of a listing's rows.
std::string window(std::int64_t first, std::int64_t count);

/// A refusal: "ACK [50@1] {rm} No such playlist".
struct Ack {
    enum Code {
        argument = 2,
        password = 3,
        permission = 4,
        unknown_command = 5,
        no_exist = 50,
        playlist_max = 51,
        exist = 56,
    };
    int code = 0;
    std::size_t index = 0;  ///< of the command in its list
    std::string command;
    std::string text;
};
/// Nothing for a line that is no refusal.
std::optional<Ack> parse_ack(std::string_view line);

/// The protocol's version, of "OK MPD 0.23.5"; nothing for another line.
std::optional<std::string> parse_greeting(std::string_view line);
/// Whether such a version is at least `major`.`minor`.
bool is_at_least(std::string_view version, int major, int minor);

/// "key: value"; nothing for another line.
std::optional<std::pair<std::string_view, std::string_view>> parse_pair(std::string_view line);
/// The whole number that `text` begins with, e.g. of "3/12"; nothing where there is none.
std::optional<std::int64_t> leading_number(std::string_view text);

/// What tells an album apart: its name alone does not ("Greatest Hits"). `id` is made of the other three.
struct AlbumKey {
    std::string artist;
    std::string name;
    std::string date;
    std::string id() const;
};

struct Song {
    ServerTrack track;
    AlbumKey album;
    bool is_part = false;  ///< of a file: a track of a cue sheet, which has no file of its own
};

/// Makes songs of lines. A song begins with its `file`; tags may come several times; what is no song is passed over.
class SongReader {
public:
    using Found = std::function<void(Song)>;
    explicit SongReader(Found found) : found_(std::move(found)) {}

    void line(std::string_view key, std::string_view value);
    /// Hands out the last one.
    void end();

private:
    void tag(std::string_view key, std::string_view value);

    Found found_;
    std::optional<Song> song_;
};

}  // namespace audiomuse::library::mpd
