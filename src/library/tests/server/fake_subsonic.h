// Subsonic servers for tests, as strict as the real ones.
#pragma once

#include <atomic>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/fake_media_server.h"
#include "server/fake_web.h"

namespace audiomuse::library::testing {

enum class SubsonicKind {
    navidrome,  ///< 0.60: logins by token, paths made up from tags, paged by library
    supysonic,  ///< 0.7.2: the password only, no play counts, libraries only as folders, playlists made without an id
    with_keys,  ///< an OpenSubsonic server of today that takes API keys
};

class FakeSubsonic final : public FakeMediaServer {
public:
    explicit FakeSubsonic(SubsonicKind kind);

    ServerAccount account() const override;
    ServerAccount wrong_login() const override;
    std::vector<std::string> secrets() const override;
    std::string track_id(std::int64_t number) const override;
    void set_fault(Fault fault) override { web_.set_fault(fault); }
    std::vector<std::string> complaints() const override;
    std::size_t largest_page() const override { return 500; }
    bool has_play_counts() const override { return kind_ != SubsonicKind::supysonic; }
    bool has_last_played() const override { return kind_ != SubsonicKind::supysonic; }

    /// What some servers do besides; set before the first request.
    struct Habits {
        bool downloads_off = false;        ///< error 50, as Navidrome with EnableDownloads=false
        bool no_forms = false;             ///< 405 to every POST
        bool finds_nothing = false;        ///< an empty query finds nothing, as in the first Subsonic
        bool wants_query = false;          ///< an empty query is none, as in gonic
        bool refuses_new_clients = false;  ///< error 30 to a later API version, as the first Subsonic
        bool scan_is_secret = false;       ///< getScanStatus is for administrators
        bool deletes_only_once = false;    ///< error 70 for a playlist that is gone, as Navidrome 0.61
    };
    Habits habits;
    std::vector<WebRequest> requests() const { return web_.requests(); }
    void forget_requests() { web_.forget_requests(); }
    std::string album_id(std::int64_t number) const;
    std::string playlist_id(std::int64_t number) const;

private:
    static constexpr const char* kUser = "alice";
    static std::optional<std::int64_t> parse(std::string_view digits, int base = 10);
    using Object = boost::json::object;

    WebAnswer answer(const WebRequest& request);
    WebAnswer dispatch(const WebRequest& request, const std::string& method);
    std::optional<WebAnswer> refused_login(const WebRequest& request);
    void check(const WebRequest& request, const std::string& method);
    void complain(const std::string& what);

    WebAnswer ok(std::string_view element = {}, boost::json::value content = nullptr) const;
    WebAnswer failed(int code, std::string_view message, int status = 200) const;
    WebAnswer missing_parameter(const std::string& name) const;
    WebAnswer unknown_method() const;
    Object envelope(std::string_view status) const;

    WebAnswer folders() const;
    WebAnswer albums(const WebRequest& request) const;
    WebAnswer starred() const;
    WebAnswer album(const WebRequest& request) const;
    WebAnswer search(const WebRequest& request);
    WebAnswer song(const WebRequest& request) const;
    WebAnswer audio(const WebRequest& request) const;
    WebAnswer lyrics_by_id(const WebRequest& request) const;
    WebAnswer lyrics_by_name(const WebRequest& request) const;
    WebAnswer scan_status() const;
    WebAnswer indexes(const WebRequest& request) const;
    WebAnswer directory(const WebRequest& request) const;

    WebAnswer playlists() const;
    WebAnswer playlist(const WebRequest& request) const;
    WebAnswer create_playlist(const WebRequest& request);
    WebAnswer update_playlist(const WebRequest& request);
    WebAnswer delete_playlist(const WebRequest& request);
    WebAnswer not_owner() const;
    Object show(std::int64_t number, const FakePlaylist& playlist, bool entries) const;

    bool navidrome() const { return kind_ == SubsonicKind::navidrome; }
    bool supysonic() const { return kind_ == SubsonicKind::supysonic; }
    std::string id_of(char what, std::int64_t number) const;
    std::optional<std::int64_t> number_of(char what, const std::string& id) const;
    std::optional<std::int64_t> track_of(const std::string& id) const;
    bool well_formed(const std::string& id) const;
    std::int64_t library_of(const WebRequest& request) const;  ///< -1: all
    std::int64_t tracks() const { return state_.empty_library ? 0 : state_.tracks; }
    std::int64_t album_count() const { return (tracks() + 9) / 10; }
    Object show_track(std::int64_t number) const;
    Object show_album(std::int64_t number) const;
    std::int64_t plays_of_album(std::int64_t number) const;
    std::string time_of(double seconds) const;

    SubsonicKind kind_;
    mutable std::mutex complaints_mutex_;
    std::vector<std::string> complaints_;
    std::map<std::string, std::string> salts_;  ///< and what each was for
    FakeWeb web_;
};

}  // namespace audiomuse::library::testing
