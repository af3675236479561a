// What is gone, shown and put back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "audiomuse/base/clock.h"
#include "json.h"
#include "service.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

constexpr double kDaySeconds = 86400;
constexpr std::int64_t kRunNumber = 1'800'000'000;

/// A library whose tracks 7 and 10 (of Ásgeir) and 12 have gone.
class CleaningApi : public ::testing::Test {
protected:
    CleaningApi() {
        store::Tracks& tracks = library.store->tracks();
        const std::int64_t listing = tracks.begin_listing(tracks.local_server());
        std::vector<store::SeenFile> files;
        for (std::int64_t number = 1; number <= 12; ++number) {
            const store::TrackRow track = *tracks.get(TrackId{number});
            if (number != 7 && number != 10 && number != 12) files.push_back({track.path, track.stamp});
        }
        tracks.mark_seen(tracks.local_server(), listing, files);
        tracks.finish_listing(tracks.local_server(), listing);
    }

    Response ask(Method method, const std::string& path, const json::value& body = {}) {
        Service service(library.context(), {});
        if (body.is_null()) return service.handle(make_request(method, path));
        return service.handle(make_request(method, path, {{"content-type", "application/json"}}, to_text(body)));
    }
    json::object answer(Method method, const std::string& path, const json::value& body = {}) {
        const Response response = ask(method, path, body);
        EXPECT_EQ(response.status, 200) << path;
        return json::parse(std::get<std::string>(response.body)).as_object();
    }
    json::object preview(const std::string& query = "") { return answer(Method::get, "/api/cleaning/preview" + query); }

    testing::TestLibrary library;
};

TEST_F(CleaningApi, ShowsWhatIsGoneByAlbumAndWhenItGoes) {
    const json::object all = preview();
    EXPECT_EQ(all.at("catalogue"), 12);
    EXPECT_EQ(all.at("tracks"), 3);
    EXPECT_EQ(all.at("due"), 0) << "gone for a moment";
    EXPECT_EQ(all.at("servers").at(0).at("server"), "Local folders");
    EXPECT_EQ(all.at("servers").at(0).at("tracks"), 3);
    ASSERT_EQ(all.at("groups").as_array().size(), 1U);
    const json::value& album = all.at("groups").at(0);
    EXPECT_EQ(album.at("artist"), "Ásgeir");
    EXPECT_EQ(album.at("album"), "Ísland");
    EXPECT_EQ(album.at("tracks"), 3);
    EXPECT_EQ(album.at("sample").at(0).at("title"), "Sigur Rós 7");
    const double since = album.at("gone_since").to_number<double>();
    EXPECT_NEAR(since, unix_now(), 600);
    EXPECT_NEAR(album.at("removed_from").to_number<double>() - since, 30 * kDaySeconds, 1);

    EXPECT_EQ(preview("?offset=1").at("groups").as_array().size(), 0U);
    library.settings.orphan_days = 0;
    EXPECT_EQ(preview().at("due"), 3);
}

TEST_F(CleaningApi, PutsBackWhatWasRemoved) {
    const auto evening = [&] { return library.store->playlists().tracks(PlaylistId{3}); };
    const auto before = evening();
    ASSERT_EQ(library.store->cleaning().remove(unix_now() + kDaySeconds, kRunNumber).removed, 3);
    EXPECT_NE(evening(), before);
    const json::object all = preview();
    EXPECT_EQ(all.at("tracks"), 0);
    EXPECT_EQ(all.at("catalogue"), 9);
    ASSERT_EQ(all.at("runs").as_array().size(), 1U);
    EXPECT_EQ(all.at("runs").at(0).at("run"), kRunNumber);
    EXPECT_EQ(all.at("runs").at(0).at("tracks"), 3);
    EXPECT_EQ(all.at("runs").at(0).at("undo_until"), kRunNumber + store::kUndoSeconds);
    EXPECT_EQ(preview("?run=1800000000").at("groups").at(0).at("tracks"), 3);

    EXPECT_EQ(ask(Method::post, "/api/cleaning/undo", {{"run", kRunNumber + 1}}).status, 404);
    EXPECT_EQ(answer(Method::post, "/api/cleaning/undo", {{"run", kRunNumber}}).at("restored"), 3);
    EXPECT_EQ(evening(), before);
    EXPECT_EQ(preview().at("tracks"), 3);
    EXPECT_EQ(ask(Method::post, "/api/cleaning/undo", {{"run", kRunNumber}}).status, 404) << "once";
    EXPECT_EQ(answer(Method::post, "/api/cleaning/undo").at("restored"), 0);
}

}  // namespace
}  // namespace audiomuse::api
