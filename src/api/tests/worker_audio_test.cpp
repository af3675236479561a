// A worker without the music folders, and the web instances that have them, over real sockets.
#include <gmock/gmock.h>

#include <filesystem>

#include "audiomuse/base/error.h"
#include "audiomuse/library/audio_link.h"
#include "audiomuse/library/remote_source.h"
#include "service.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class WorkerAudio : public ::testing::Test {
protected:
    std::unique_ptr<Server> start(const std::string& id, Context context) {
        auto server = create_server(std::move(context), {.host = "127.0.0.1", .port = 0, .handler_threads = 2});
        server->start();
        library_.store->instances().announce(id, url(*server));
        return server;
    }
    static std::string url(const Server& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

    std::unique_ptr<library::MusicSource> source(const std::string& secret = testing::TestLibrary::kLinkSecret) {
        return library::create_remote({.instances =
                                           [this] {
                                               std::vector<std::string> urls;
                                               for (const auto& instance : library_.store->instances().living(60))
                                                   urls.push_back(instance.url);
                                               return urls;
                                           },
                                       .secret = secret,
                                       .folder = library_.folder / "downloads",
                                       .patience = 0s});
    }
    library::SourceItem item(std::int64_t number) {
        const auto row = library_.store->tracks().get(TrackId{number});
        return {row->path, row->stamp, row->id};
    }
    Error error_of(library::MusicSource& source, const library::SourceItem& item) {
        try {
            source.fetch(item, {});
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no error";
        return Error(ErrorCode::internal, "none");
    }

    testing::TestLibrary library_;
};

TEST_F(WorkerAudio, ComesFromALivingInstance) {
    const auto server = start("one", library_.context());
    const auto remote = source();
    for (const int number : {1, 10, 12}) {
        const auto audio = remote->fetch(item(number), {});
        EXPECT_EQ(testing_support::contents(audio->path()), testing::TestLibrary::audio_bytes(number));
        EXPECT_EQ(audio->path().extension(), ".wav");
    }
}

TEST_F(WorkerAudio, AnotherInstanceStepsIn) {
    Context elsewhere = library_.context();
    elsewhere.music_folders = {library_.folder / "other"};
    const auto good = start("good", library_.context());
    const auto without = start("without the folder", std::move(elsewhere));
    { const auto stopped = start("stopped", library_.context()); }
    const auto audio = source()->fetch(item(3), {});
    EXPECT_EQ(testing_support::contents(audio->path()), testing::TestLibrary::audio_bytes(3));
}

TEST_F(WorkerAudio, NobodyElseGetsIt) {
    const auto server = start("one", library_.context());
    const auto stranger = source("another secret");
    const Error error = error_of(*stranger, item(1));
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("403"));
}

TEST_F(WorkerAudio, AnInstanceWithoutASecretServesNoWorker) {
    Context context = library_.context();
    context.link_secret = "";
    const auto server = start("one", std::move(context));
    const auto remote = source("");
    EXPECT_THAT(error_of(*remote, item(1)).what(), HasSubstr("403"));
}

TEST_F(WorkerAudio, AFileThatWentIsNotFound) {
    const auto server = start("one", library_.context());
    const library::SourceItem gone = item(2);
    std::filesystem::remove(gone.path);
    const auto remote = source();
    EXPECT_EQ(error_of(*remote, gone).code(), ErrorCode::not_found);
}

TEST_F(WorkerAudio, NoAnswerTellsTheSecret) {
    const std::string secret = library_.store->save_setting_if_absent("INTERNAL_SECRET", library::new_link_secret());
    Context context = library_.context();
    context.link_secret = secret;
    Service service(std::move(context), {});
    for (const char* path :
         {"/api/config", "/api/config_defaults", "/api/library/summary", "/metrics", "/apispec_1.json"}) {
        const Response response = service.handle(make_request(Method::get, path));
        const auto* body = std::get_if<std::string>(&response.body);
        ASSERT_NE(body, nullptr) << path;
        EXPECT_THAT(*body, Not(HasSubstr(secret))) << path;
        EXPECT_THAT(*body, Not(HasSubstr("INTERNAL_SECRET"))) << path;
    }
}

}  // namespace
}  // namespace audiomuse::api
