#include "title_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobs_testing.h"
#include "support/stand_in_model.h"

namespace audiomuse::jobs {
namespace {

using testing::HasSubstr;
using testing_support::StandInModel;

StandInModel::Answer says(const std::string& title) {
    return {"200 OK", boost::json::serialize(boost::json::object{{"response", title}})};
}

class TitleStep : public JobsTest {
protected:
    TitleStep() {
        const ServerId server = store->tracks().local_server();
        for (int i = 0; i < 6; ++i) {
            const std::string path = "/m/" + std::to_string(i);
            const store::Tracks::PutItem item{{path, {1, 1}}, path, {.title = "Song " + std::to_string(i)}};
            tracks.push_back(store->tracks().put(server, {&item, 1}).front().id);
        }
    }

    /// The names that two lists get from a model that gives these answers.
    std::vector<std::string> names_from(const StandInModel& model, bool first_keeps_name = false) {
        settings.ai_model_provider = "ollama";
        settings.ollama_server_url = model.url("/api/generate");
        const JobId id = enqueue(kMainClustering);
        Progress progress(*store, *queue, *store->jobs().get(id), "worker 1");
        EXPECT_TRUE(store->jobs().start(id, "worker 1", kLeaseSeconds));
        features::Draft draft;
        draft.lists = {
            {.number = 1, .name = "Rock_Fast", .recipe = {}, .tracks = tracks, .keeps_name = first_keeps_name},
            {.number = 2, .name = "Jazz_Slow", .recipe = {}, .tracks = tracks}};
        title_lists(*store, settings, progress, draft, {});
        progress.save();
        details = store->jobs().get(id)->details;
        return {draft.lists[0].name, draft.lists[1].name};
    }

    std::vector<TrackId> tracks;
    std::string details;
};

TEST_F(TitleStep, ListsGetTheNamesOfTheModel) {
    settings.ai_prompt_songs = 3;
    const StandInModel model({says("Rain on the Bus"), says("<think>hm</think> \"Late Light\"")});
    EXPECT_EQ(names_from(model), (std::vector<std::string>{"Rain on the Bus", "Late Light"}));
    const std::string prompt = model.asked().at(0).body;
    EXPECT_THAT(prompt, HasSubstr("Rock, Fast"));
    EXPECT_THAT(prompt, HasSubstr("Song 0 by"));
    EXPECT_THAT(prompt, HasSubstr("Song 4 by"));
    EXPECT_THAT(prompt, testing::Not(HasSubstr("Song 1 by"))) << "three of six, from all over the list";
}

TEST_F(TitleStep, NoTwoListsAreCalledAlike) {
    const StandInModel model({says("Late Light")});
    EXPECT_EQ(names_from(model), (std::vector<std::string>{"Late Light", "Late Light (2)"}));
}

TEST_F(TitleStep, AListThatKeepsItsNameIsNotAskedAbout) {
    const StandInModel model({says("Late Light")});
    EXPECT_EQ(names_from(model, true), (std::vector<std::string>{"Rock_Fast", "Late Light"}));
    EXPECT_EQ(model.asked().size(), 1U);
}

TEST_F(TitleStep, AnAnswerThatIsNoTitleIsAskedForAgain) {
    const StandInModel model(
        {says("Hm"), says("Rain on the Bus"), says("no"), says("No"), says("NO"), says("Late Light")});
    EXPECT_EQ(names_from(model), (std::vector<std::string>{"Rain on the Bus", "Jazz_Slow"})) << "three times at most";
    EXPECT_THAT(model.asked().at(1).body, HasSubstr("Your title before, Hm, has 2 characters"));
    EXPECT_THAT(details, HasSubstr("has no name for Jazz_Slow"));
}

TEST_F(TitleStep, NamesStayPlainWhenTheModelFails) {
    const StandInModel model({says("Rain on the Bus"), {"401 Unauthorized", ""}});
    EXPECT_EQ(names_from(model), (std::vector<std::string>{"Rain on the Bus", "Jazz_Slow"}));
    EXPECT_THAT(details, HasSubstr("Playlists keep their plain names: Ollama refuses the API key"));
}

}  // namespace
}  // namespace audiomuse::jobs
