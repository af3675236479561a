// A Plex Media Server for tests, over the library that all fakes show.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "server/fake_media_server.h"

namespace audiomuse::library::testing {

class FakePlex : public FakeMediaServer {
public:
    FakePlex();

    ServerAccount account() const override;
    ServerAccount wrong_login() const override;
    std::vector<std::string> secrets() const override;
    std::string track_id(std::int64_t number) const override;
    void set_fault(Fault fault) override {
        fault_ = fault;
        web_.set_fault(fault);
    }
    std::vector<std::string> complaints() const override;
    bool has_favourites() const override { return false; }
    std::size_t largest_page() const override { return 500; }
    bool has_users() const override { return false; }

    std::string playlist_id(std::int64_t number) const;
    std::vector<WebRequest> requests() const { return web_.requests(); }
    /// The next track that is described has its file where it was before it changed.
    void set_stale() { stale_ = true; }
    void set_lyrics_refused(bool refused) { lyrics_refused_ = refused; }

private:
    WebAnswer answer(const WebRequest& request);
    WebAnswer route(const WebRequest& request);
    WebAnswer sections() const;
    WebAnswer section(const WebRequest& request, std::int64_t library);
    WebAnswer metadata(const std::string& id);
    WebAnswer file(const WebRequest& request);
    WebAnswer playlists(const WebRequest& request);
    WebAnswer one_playlist(const WebRequest& request);
    WebAnswer entries(const WebRequest& request, const FakePlaylist& playlist);
    std::vector<std::int64_t> tracks_of(const WebRequest& request);
    WebAnswer page(const WebRequest& request, std::int64_t total, bool listing,
                   const std::function<boost::json::object(std::int64_t)>& row);
    boost::json::object track_row(std::int64_t number) const;
    boost::json::object playlist_row(std::int64_t number, const FakePlaylist& playlist) const;
    std::int64_t tracks() const { return state_.empty_library ? 0 : state_.tracks; }
    void complain(const std::string& what);

    std::vector<std::string> complaints_;
    bool stale_ = false;
    bool lyrics_refused_ = false;
    std::atomic<Fault> fault_{Fault::none};
    FakeWeb web_;
};

}  // namespace audiomuse::library::testing
