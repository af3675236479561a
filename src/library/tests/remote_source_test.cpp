#include "audiomuse/library/remote_source.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "remote/fetch_folder.h"
#include "support/temp_folder.h"
#include "support/web_server.h"

namespace audiomuse::library {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::contents;
using testing_support::TempFolder;
using testing_support::WebServer;

namespace fs = std::filesystem;

const SourceItem kItem{"/music/A/01 Söng.flac", {10, 1}, TrackId{7}};

class RemoteSource : public ::testing::Test {
protected:
    std::unique_ptr<MusicSource> source(std::vector<std::string> urls, std::chrono::seconds patience = 20s) {
        return create_remote({.instances = [urls = std::move(urls)] { return urls; },
                              .secret = "secret",
                              .folder = folder_.path(),
                              .patience = patience,
                              .stall = 1s});
    }
    static Error error_of(MusicSource& source, const SourceItem& item = kItem, const CancelToken& cancel = {}) {
        try {
            source.fetch(item, cancel);
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no error";
        return Error(ErrorCode::internal, "none");
    }
    /// Files below the folder, locks left out.
    std::size_t files() const {
        std::size_t count = 0;
        for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
            count += entry.is_regular_file() && entry.path().filename() != "lock" ? 1 : 0;
        return count;
    }

    TempFolder folder_;
};

TEST_F(RemoteSource, FetchesAFileAndDeletesIt) {
    const WebServer server([](int socket, const std::string& head) {
        EXPECT_THAT(head, AllOf(HasSubstr("GET /api/worker/audio/7?expires="), HasSubstr("&signature=")));
        WebServer::answer(socket, "200 OK", "audio", "ETag: \"1\"\r\n");
    });
    const auto remote = source({server.url("")});
    auto audio = remote->fetch(kItem, {});
    EXPECT_EQ(audio->path().filename(), "01 Söng.flac");
    EXPECT_EQ(contents(audio->path()), "audio");
    audio.reset();
    EXPECT_EQ(files(), 0u);
}

TEST_F(RemoteSource, GoesOnWhereADownloadBroke) {
    std::string body(100'000, '\0');
    for (std::size_t i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 7);
    std::atomic<int> requests = 0;
    const WebServer server([&](int socket, const std::string& head) {
        const std::string size = std::to_string(body.size());
        if (requests++ == 0) {
            WebServer::write(socket, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: " + size + "\r\n\r\n" +
                                         body.substr(0, 60'000));
            return;
        }
        EXPECT_THAT(head, AllOf(HasSubstr("Range: bytes=60000-\r\n"), HasSubstr("If-Range: \"1\"\r\n")));
        WebServer::answer(socket, "206 Partial Content", body.substr(60'000),
                          "ETag: \"1\"\r\nContent-Range: bytes 60000-99999/" + size + "\r\n");
    });
    const auto audio = source({server.url("")})->fetch(kItem, {});
    EXPECT_EQ(contents(audio->path()), body);
    EXPECT_EQ(requests, 2);
}

TEST_F(RemoteSource, BeginsAgainWhenTheFileHasChanged) {
    std::atomic<int> requests = 0;
    const WebServer server([&](int socket, const std::string&) {
        if (requests++ == 0) {
            WebServer::write(socket, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 100\r\n\r\nold");
            return;
        }
        WebServer::answer(socket, "200 OK", "new", "ETag: \"2\"\r\n");
    });
    EXPECT_EQ(contents(source({server.url("")})->fetch(kItem, {})->path()), "new");
}

TEST_F(RemoteSource, BeginsAgainWhenAnotherPartIsSent) {
    std::atomic<int> requests = 0;
    const WebServer server([&](int socket, const std::string& head) {
        switch (requests++) {
            case 0:
                return WebServer::write(socket, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: 6\r\n\r\nabc");
            case 1:
                return WebServer::answer(socket, "206 Partial Content", "cdef", "Content-Range: bytes 2-5/6\r\n");
            case 2:
                EXPECT_THAT(head, Not(HasSubstr("Range:")));
                return WebServer::answer(socket, "416 Range Not Satisfiable", "");
            default:
                return WebServer::answer(socket, "200 OK", "abcdef");
        }
    });
    EXPECT_EQ(contents(source({server.url("")})->fetch(kItem, {})->path()), "abcdef");
}

TEST_F(RemoteSource, AsksTheNextInstance) {
    std::string dead;
    {
        dead = WebServer([](int, const std::string&) {}).url("");
    }
    const WebServer without([](int socket, const std::string&) { WebServer::answer(socket, "404 Not Found", "no"); });
    const WebServer stranger([](int socket, const std::string&) { WebServer::answer(socket, "403 Forbidden", "no"); });
    const WebServer good([](int socket, const std::string&) { WebServer::answer(socket, "200 OK", "audio"); });
    const auto remote = source({dead, without.url(""), stranger.url(""), good.url("")});
    EXPECT_EQ(contents(remote->fetch(kItem, {})->path()), "audio");
}

TEST_F(RemoteSource, AFileThatNoInstanceHasIsGone) {
    const WebServer without([](int socket, const std::string&) {
        WebServer::answer(socket, "404 Not Found", "The file of this track is gone.");
    });
    const auto remote = source({without.url(""), without.url("")});
    const Error error = error_of(*remote);
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_THAT(error.what(), HasSubstr(kItem.path));
    EXPECT_EQ(files(), 0u);
}

TEST_F(RemoteSource, SaysWhyNoInstanceHelps) {
    const WebServer stranger(
        [](int socket, const std::string&) { WebServer::answer(socket, "403 Forbidden", "whose?"); });
    const auto refused = source({stranger.url("")}, 0s);
    const Error error = error_of(*refused);
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("403"), HasSubstr("whose?"), Not(HasSubstr("signature="))));
    const auto lonely = source({}, 0s);
    EXPECT_THAT(error_of(*lonely).what(), HasSubstr("audiomuse serve"));
    EXPECT_EQ(error_of(*lonely).code(), ErrorCode::unavailable);
}

TEST_F(RemoteSource, WaitsForAnInstanceToComeBack) {
    const WebServer good([](int socket, const std::string&) { WebServer::answer(socket, "200 OK", "audio"); });
    std::atomic<int> asked = 0;
    const auto remote = create_remote(
        {.instances =
             [&] { return asked++ == 0 ? std::vector<std::string>() : std::vector<std::string>{good.url("")}; },
         .secret = "secret",
         .folder = folder_.path()});
    EXPECT_EQ(contents(remote->fetch(kItem, {})->path()), "audio");
}

TEST_F(RemoteSource, CanBeCancelledWhileItWaits) {
    const auto remote = source({}, 3600s);
    CancelSource cancel;
    std::thread later([&] {
        std::this_thread::sleep_for(50ms);
        cancel.cancel();
    });
    EXPECT_EQ(error_of(*remote, kItem, cancel.token()).code(), ErrorCode::cancelled);
    later.join();
}

TEST_F(RemoteSource, DoesNothingElse) {
    const auto remote = source({});
    const auto refuses = [](auto work) {
        try {
            work();
            ADD_FAILURE();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::unavailable);
            EXPECT_THAT(error.what(), HasSubstr("--music"));
        }
    };
    refuses([&] { remote->list([](const SourceItem&) {}, {}); });
    refuses([&] { remote->read_tags(kItem); });
    refuses([&] { remote->signature(kItem); });
    refuses([&] { remote->cover(kItem); });
    EXPECT_EQ(error_of(*remote, {"/music/a.flac", {}}).code(), ErrorCode::invalid_argument);
}

TEST_F(RemoteSource, ADownloadMayOutliveItsSource) {
    const WebServer server([](int socket, const std::string&) { WebServer::answer(socket, "200 OK", "audio"); });
    auto remote = source({server.url("")});
    auto audio = remote->fetch(kItem, {});
    remote.reset();
    EXPECT_EQ(contents(audio->path()), "audio");
    audio.reset();
    EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST(FetchFolder, RemovesWhatADeadProcessLeft) {
    const TempFolder parent;
    const FetchFolder living(parent.path());
    fs::create_directories(parent / "audiomuse-fetch-dead00/1");
    parent.write("audiomuse-fetch-dead00/lock", "");
    parent.write("audiomuse-fetch-dead00/1/song.flac", "audio");
    parent.write("audiomuse-fetch-young0/lock.new", "");
    parent.write("other/lock", "");
    const FetchFolder next(parent.path());
    EXPECT_FALSE(fs::exists(parent / "audiomuse-fetch-dead00"));
    EXPECT_TRUE(fs::exists(parent / "audiomuse-fetch-young0"));
    EXPECT_TRUE(fs::exists(parent / "other"));
    EXPECT_TRUE(fs::exists(living.path()));
    EXPECT_NE(living.path(), next.path());
}

}  // namespace
}  // namespace audiomuse::library
