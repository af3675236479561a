// What the fakes of Jellyfin and Emby share: the items of the common library in the words of MediaBrowser.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/fake_media_server.h"

namespace audiomuse::library::testing {

inline const std::string kAliceId = "3f9d2c1b8a7e4f5d9c0b1a2e3d4c5f60";
inline const std::string kBobId = "4e8c1b0a7f6d4e5c8b9a0f1e2d3c4b5a";

class FakeMediaBrowser : public FakeMediaServer {
public:
    std::string track_id(std::int64_t number) const override { return track_ids_ + digits(number); }
    std::string playlist_id(std::int64_t number) const { return playlist_ids_ + digits(number); }
    std::string library_id(std::int64_t number) const { return library_ids_ + digits(number); }
    void set_fault(Fault fault) override { web_->set_fault(fault); }
    std::vector<std::string> complaints() const override;
    std::size_t largest_page() const override { return 500; }  // none, but nobody should ask for more at once
    FakeWeb& web() const { return *web_; }
    WebAnswer respond(const WebRequest& request);

    bool no_play_counts = false;  ///< in lists, as some Embys
    bool may_download = true;
    int adds_before_failure = -1;  ///< so many more calls that add to a playlist work; -1: all

protected:
    /// `id_digits`: how many decimal digits follow these beginnings of ids.
    FakeMediaBrowser(std::string track_ids, std::string album_ids, std::string library_ids, std::string playlist_ids,
                     int id_digits);
    void stop() { web_.reset(); }  ///< derived classes do so before they are gone

    /// A request with names of parameters in lower case, as both servers are blind to their case.
    struct Asked {
        std::string method;
        std::vector<std::string> path;  ///< segments, decoded
        std::map<std::string, std::string> query;
        const WebRequest& request;
        std::string value(const std::string& name) const;
        bool is(std::string_view method, std::string_view path) const;  ///< "*" stands for any segment
    };
    /// Runs under the state's mutex.
    virtual WebAnswer answer(const Asked& asked) = 0;

    void complain(const Asked& asked, const std::string& what);
    /// Complains of parameters that are neither `needed` nor `allowed`, and of needed ones that are missing.
    void check_query(const Asked& asked, const std::set<std::string>& needed,
                     const std::set<std::string>& allowed = {});
    static WebAnswer json_answer(const boost::json::value& value, int status = 200);
    static WebAnswer empty_answer(int status) { return {.status = status, .type = ""}; }

    /// A query of items, of the parameters that both kinds have.
    WebAnswer items(const Asked& asked, bool with_user, bool says_start);
    boost::json::object track_item(std::int64_t number, const std::set<std::string>& fields, bool with_user) const;
    WebAnswer libraries(bool as_array) const;
    WebAnswer scheduled_tasks() const;
    WebAnswer audio_file(const std::string& id) const;

    std::optional<std::int64_t> number_of_track(const std::string& id) const;
    FakePlaylist* playlist(const std::string& id);
    std::int64_t playlist_number(const std::string& id) const;
    WebAnswer playlist_entries(const Asked& asked, const std::string& id, bool says_start);
    /// Numbers of the ids, without those that are unknown; the last is lost where the state says so.
    std::vector<std::int64_t> wanted_tracks(const std::vector<std::string>& ids) const;
    std::string make_playlist(const std::string& name, const std::vector<std::string>& ids);
    /// Whether this call to add something fails.
    bool adding_fails() { return adds_before_failure >= 0 && adds_before_failure-- == 0; }
    void add_to(FakePlaylist& list, const std::vector<std::int64_t>& tracks) const;
    void remove_entries(const std::string& id, const std::vector<std::string>& entries);

    static std::vector<std::string> comma_list(const std::string& text);

    bool keeps_duplicates_ = true;
    bool year_is_a_field_ = false;     ///< that has to be asked for
    bool entries_are_tracks_ = false;  ///< an entry's id is its track's

private:
    std::string digits(std::int64_t number) const;
    std::optional<std::int64_t> number_of(const std::string& id, const std::string& beginning) const;
    std::int64_t track_count() const { return state_.empty_library ? 0 : state_.tracks; }
    std::vector<std::int64_t> matching_tracks(const Asked& asked) const;
    boost::json::object album_item(std::int64_t album) const;
    boost::json::object playlist_item(std::int64_t number, const std::set<std::string>& fields) const;
    /// Ids of a playlist's entries, as many as it has.
    std::vector<std::int64_t>& entry_ids(std::int64_t playlist);

    std::string track_ids_, album_ids_, library_ids_, playlist_ids_;
    int id_digits_;
    mutable std::mutex complaints_mutex_;
    std::vector<std::string> complaints_;
    std::map<std::int64_t, std::vector<std::int64_t>> entry_ids_;
    std::int64_t next_entry_ = 1;
    std::unique_ptr<FakeWeb> web_;
};

}  // namespace audiomuse::library::testing
