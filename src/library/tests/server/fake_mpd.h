// A Music Player Daemon that exists only in tests.
#pragma once

#include "server/fake_media_server.h"
#include "server/line_server.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

/// Answers as MPD 0.23 does, with the same words for what it refuses. Its music folder holds the first 25 files.
class FakeMpd final : public FakeMediaServer {
public:
    FakeMpd();

    ServerAccount account() const override;
    ServerAccount wrong_login() const override;
    std::vector<std::string> secrets() const override;
    std::string track_id(std::int64_t number) const override;
    void set_fault(Fault fault) override;
    bool can_have(Fault fault) const override;
    std::vector<std::string> complaints() const override;
    std::size_t largest_page() const override { return 2500; }
    bool has_lyrics() const override { return false; }
    bool has_users() const override { return false; }
    bool downloads() const override { return false; }

    /// The number of commands of that name until now.
    std::int64_t asked(const std::string& command) const;
    /// As in an mpd.conf without sticker_file.
    void drop_stickers() { has_stickers_ = false; }
    const std::filesystem::path& music_folder() const { return folder_.path(); }

private:
    struct Refusal {
        int code;
        std::string text;
    };
    using Words = std::vector<std::string>;
    using Filter = std::function<bool(const FakeTrack&)>;
    using Command = std::string (FakeMpd::*)(const Words&);
    struct Entry {
        std::size_t least, most;  ///< arguments
        Command run;
    };
    static const std::map<std::string, Entry>& table();

    std::string answer(const std::vector<std::string>& lines, LineVisit& visit);
    std::string run(const std::string& line, LineVisit& visit);
    void complain(const std::string& what);
    Filter parse_filter(const std::string& text);
    std::vector<std::int64_t> matching(const Filter& filter) const;
    std::int64_t number_of(const std::string& uri) const;  ///< -1: there is none
    FakePlaylist* playlist_of(const std::string& name);
    std::int64_t tracks() const { return state_.empty_library ? 0 : state_.tracks; }

    std::string stats(const Words& words);
    std::string commands(const Words& words);
    std::string lsinfo(const Words& words);
    std::string count(const Words& words);
    std::string find(const Words& words);
    std::string listallinfo(const Words& words);
    std::string sticker(const Words& words);
    std::string listplaylists(const Words& words);
    std::string listplaylist(const Words& words);
    std::string playlistadd(const Words& words);
    std::string playlistclear(const Words& words);
    std::string rm(const Words& words);
    std::string rename(const Words& words);

    testing_support::TempFolder folder_;
    std::atomic<bool> has_stickers_{true};
    std::atomic<bool> forgets_{false};           // what it is told is never written: it dies before
    std::string grown_;                          // the playlist that the last list of commands added to
    std::vector<std::string> complaints_;        // guarded by state_.mutex
    std::map<std::string, std::int64_t> asked_;  // guarded by state_.mutex
    LineServer server_;
};

}  // namespace audiomuse::library::testing
