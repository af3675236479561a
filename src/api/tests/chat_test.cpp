// Requests in words: what is kept between them, and what they cost others. Their answers are in tests/contract.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "audiomuse/base/clock.h"
#include "service.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

json::value asked_for(Service& service, const std::string& words) {
    const json::object body = {{"q", words}};
    const Response response = service.handle(
        make_request(Method::post, "/api/library/ask", {{"content-type", "application/json"}}, json::serialize(body)));
    EXPECT_EQ(response.status, 200) << std::get<std::string>(response.body);
    return json::parse(std::get<std::string>(response.body));
}

void add_song(store::Store& store, int number, const std::string& artist) {
    TrackTags tags;
    tags.title = fmt::format("Song {}", number);
    tags.artists = {artist};
    tags.duration_s = 200;
    const std::string path = fmt::format("/new/{}.flac", number);
    const store::Tracks::PutItem item = {{path, {1000 + number, 1}}, "signature of " + path, tags};
    store.tracks().put(store.tracks().local_server(), {&item, 1});
}

std::shared_ptr<const features::LibraryNames> kept_names(Service& service, store::Store& store) {
    return service.backend().names.get(store.change_counter(), steady_now(), [&] {
        ADD_FAILURE() << "the names are made again";
        return features::LibraryNames(store);
    });
}

TEST(RequestInWords, UsesTheSameNamesUntilTheLibraryChanges) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    EXPECT_EQ(asked_for(service, "songs by Nova Lane").at("tracks").as_array().size(), 0U);
    const auto names = kept_names(service, *library.store);
    asked_for(service, "songs by Mira Solt");
    EXPECT_EQ(kept_names(service, *library.store), names);

    add_song(*library.store, 1, "Nova Lane");
    // Names that took long to make, on a busy machine, are not made again at once.
    std::size_t found = 0;
    for (const double start = steady_now(); found == 0 && steady_now() - start < 30;) {
        found = asked_for(service, "songs by Nova Lane").at("tracks").as_array().size();
        if (found == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(found, 1U);
    EXPECT_NE(kept_names(service, *library.store), names);
}

TEST(RequestInWords, IsAnsweredWhileTheLibraryChanges) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    std::atomic<int> asking = 4;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int request = 0; request < 10; ++request)
                EXPECT_EQ(asked_for(service, "songs by Mira Solt").at("tracks").as_array().size(), 3U);
            --asking;
        });
    }
    for (int number = 1; asking > 0; ++number)
        add_song(*library.store, number, "Nova Lane");
    for (std::thread& thread : threads)
        thread.join();
}

TEST(RequestInWords, IsReadUpToItsLimit) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    const json::value within = asked_for(service, "jazz" + std::string(features::kMostCharacters - 4, ' '));
    EXPECT_EQ(within.at("cut"), json::value(false));
    EXPECT_EQ(within.at("tracks").as_array().size(), 3U);
    const json::value beyond = asked_for(service, "jazz" + std::string(100'000, ' ') + "no jazz");
    EXPECT_EQ(beyond.at("cut"), json::value(true));
    EXPECT_EQ(beyond.at("tracks").as_array().size(), 3U);
}

TEST(RequestInWords, GivesTheSameListForTheSameSeed) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    const auto order = [&](int seed) {
        const Response response =
            service.handle(make_request(Method::get, fmt::format("/api/library/ask?q=surprise+me&seed={}", seed)));
        std::string ids;
        const json::value answer = json::parse(std::get<std::string>(response.body));
        for (const json::value& card : answer.at("tracks").as_array())
            ids += std::string(std::string_view(card.at("item_id").as_string())) + " ";
        return ids;
    };
    EXPECT_EQ(order(1), order(1));
    EXPECT_NE(order(1), order(2));
}

TEST(RequestInWords, WaitsOnThreadsOfItsOwn) {
    for (const Method method : {Method::get, Method::post})
        EXPECT_TRUE(Service::may_wait(make_request(method, "/api/library/ask?q=jazz")));
    EXPECT_TRUE(Service::may_wait(make_request(Method::post, "/chat/api/chatPlaylist")));
}

}  // namespace
}  // namespace audiomuse::api
