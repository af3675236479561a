#include "mpd/playlists.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/text.h"

namespace audiomuse::library::mpd {

namespace {

// Nobody calls a playlist so. One that was left behind by a lost connection is emptied by the next that is written.
constexpr std::string_view kUnfinished = " (AudioMuse is writing)";
constexpr std::size_t kLongestName = 255 - kUnfinished.size() - std::string_view(".m3u").size();  // bytes, of a file

std::string unfinished(const std::string& name) {
    return name + std::string(kUnfinished);
}

void check_name(const std::string& name) {
    const auto refuse = [&](std::string_view why) {
        throw Error(ErrorCode::invalid_argument, fmt::format("MPD takes no playlist called \"{}\": {}.",
                                                             to_valid_utf8(name.substr(0, kLongestName)), why));
    };
    if (name.empty()) refuse("a name has at least one letter");
    if (name.size() > kLongestName) refuse(fmt::format("a name has at most {} bytes", kLongestName));
    if (name.find_first_of(std::string_view("/\n\r\0", 4)) != std::string::npos)
        refuse("a name has neither slashes nor line ends");
}

void remove(Session& session, const std::string& name) {
    try {
        session.ask(command("rm", {name}));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
    }
}

/// What else is wrong is known better than that this fails.
void try_to_remove(Session& session, const std::string& name) {
    try {
        remove(session, name);
    } catch (const Error&) {
        return;
    }
}

/// Whether the session still knows where one answer ends and the next begins.
bool is_in_step(const Error& error) {
    return error.code() != ErrorCode::unavailable && error.code() != ErrorCode::timeout &&
           error.code() != ErrorCode::cancelled;
}

void check_entries(const Client& client, Session& session, const std::string& name,
                   std::span<const std::string> wanted) {
    const std::vector<std::string> there = playlist_entries(session, name);
    if (std::ranges::equal(there, wanted)) return;
    throw Error(
        ErrorCode::server_failed,
        there.size() == wanted.size()
            ? fmt::format("{} put other tracks into a playlist than it was told to.", client.shown())
            : fmt::format("{} put {} tracks into a playlist of {}.", client.shown(), there.size(), wanted.size()));
}

void write_unfinished(const Client& client, Session& session, const std::string& name,
                      std::span<const std::string> tracks) {
    const std::string beside = unfinished(name);
    std::vector<std::string> commands;
    for (const std::string& track : tracks)
        commands.push_back(command("playlistadd", {beside, track}));
    try {
        remove(session, beside);
        session.ask_all(commands, {});
        check_entries(client, session, beside, tracks);
    } catch (const Error& error) {
        if (is_in_step(error)) try_to_remove(session, beside);
        throw;
    }
}

void finish(Session& session, const std::string& name, const std::vector<std::string>& commands) {
    try {
        session.ask_together(commands);
    } catch (const Error& error) {
        // The name is taken, or what should be replaced has gone: nothing was changed. After anything else the tracks
        // may be in this playlist only.
        if (error.code() == ErrorCode::conflict || error.code() == ErrorCode::not_found)
            try_to_remove(session, unfinished(name));
        throw;
    }
}

}  // namespace

std::vector<std::string> playlist_names(Session& session) {
    std::vector<std::string> names;
    session.ask(command("listplaylists"), [&](std::size_t, std::string_view key, std::string_view value) {
        if (key == "playlist" && !value.ends_with(kUnfinished)) names.push_back(to_valid_utf8(value));
    });
    return names;
}

std::vector<std::string> playlist_entries(Session& session, const std::string& name) {
    std::vector<std::string> entries;
    session.ask(command("listplaylist", {name}), [&](std::size_t, std::string_view key, std::string_view value) {
        if (key == "file") entries.push_back(to_valid_utf8(value));
    });
    return entries;
}

void write_new_playlist(Client& client, Session& session, const std::string& name,
                        std::span<const std::string> tracks) {
    check_name(name);
    if (tracks.empty()) throw Error(ErrorCode::invalid_argument, "A playlist needs at least one track.");
    const auto names = playlist_names(session);
    if (std::ranges::find(names, name) != names.end()) {
        throw Error(ErrorCode::conflict, fmt::format("{} has a playlist called \"{}\" already, and no two of one name.",
                                                     client.shown(), name));
    }
    write_unfinished(client, session, name, tracks);
    finish(session, name, {command("rename", {unfinished(name), name})});
}

void write_over_playlist(Client& client, Session& session, const std::string& name,
                         std::span<const std::string> tracks) {
    check_name(name);
    if (tracks.empty()) return session.ask(command("playlistclear", {name}));
    write_unfinished(client, session, name, tracks);
    finish(session, name, {command("rm", {name}), command("rename", {unfinished(name), name})});
}

}  // namespace audiomuse::library::mpd
