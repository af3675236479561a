// A Lyrion Music Server for tests: its JSON-RPC over the library that all fakes show.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "server/fake_media_server.h"

namespace audiomuse::library::testing {

/// As strict as the real one, and stricter: what that silently takes for something else is a complaint.
class FakeLyrion : public FakeMediaServer {
public:
    /// "7.7.1" or "9.0.2", which differ as the real ones do; open: without a password.
    explicit FakeLyrion(std::string version, bool open = false);

    ServerAccount account() const override;
    ServerAccount wrong_login() const override;
    std::vector<std::string> secrets() const override;
    std::string track_id(std::int64_t number) const override;
    void set_fault(Fault fault) override { web_.set_fault(fault); }
    std::vector<std::string> complaints() const override;
    std::size_t largest_page() const override { return 1000; }
    bool has_play_counts() const override { return !old_; }
    bool has_last_played() const override { return false; }
    bool has_favourites() const override { return false; }  // of stations and albums, by address
    bool has_users() const override { return false; }
    bool cleans_names() const override { return true; }

    std::vector<std::string> commands() const;  ///< first word or two of each, in order
    std::vector<WebRequest> requests() const { return web_.requests(); }
    void add_row(boost::json::object row);    ///< one more row of "titles", at the end
    void refuse(const std::string& command);  ///< "playlists edit": closes the connection for it; "": for none
    void set_scanning(bool scanning) { scanning_ = scanning; }

private:
    using Terms = std::vector<std::string>;
    WebAnswer answer(const WebRequest& request);
    std::optional<boost::json::object> run(const Terms& terms);  ///< nothing: refused
    std::optional<boost::json::object> titles(const Terms& terms);
    std::optional<boost::json::object> songinfo(const Terms& terms);
    std::optional<boost::json::object> playlists(const Terms& terms);
    std::optional<boost::json::object> edit(FakePlaylist& playlist, const Terms& terms);
    boost::json::object musicfolder(const Terms& terms);
    boost::json::object list_playlists(const Terms& terms);
    boost::json::object playlist_rows(const FakePlaylist& playlist, const Terms& terms);
    boost::json::object row_of(std::int64_t number, const std::string& tags) const;
    WebAnswer download(const WebRequest& request);
    std::int64_t tracks() const { return state_.empty_library ? 0 : state_.tracks; }
    void complain(const std::string& what);
    void expect_page(const Terms& terms, std::size_t at);

    const std::string version_;
    const bool old_;
    const bool open_;
    std::vector<std::string> complaints_;
    std::vector<std::string> commands_;
    std::vector<boost::json::object> more_rows_;
    std::string refused_;
    std::atomic<bool> scanning_{false};
    FakeWeb web_;
};

}  // namespace audiomuse::library::testing
