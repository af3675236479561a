#include "server/listing.h"

#include <gmock/gmock.h>

namespace audiomuse::library {
namespace {

using ::testing::HasSubstr;

ServerTrack track(std::int64_t number) {
    ServerTrack made;
    made.id = std::to_string(number);
    return made;
}

/// Pages of ten of `count` tracks.
TrackPage page_of(std::int64_t first, std::int64_t count, std::optional<std::int64_t> total) {
    TrackPage page;
    page.total = total;
    for (std::int64_t i = first; i < std::min(first + 10, count); ++i)
        page.tracks.push_back(track(i));
    return page;
}

std::int64_t run(const std::function<TrackPage(std::int64_t)>& read, std::vector<std::string>* ids = nullptr) {
    return list_pages("The server", read,
                      [&](const ServerTrack& found) {
                          if (ids != nullptr) ids->push_back(found.id);
                      },
                      {});
}

std::string failure(const std::function<TrackPage(std::int64_t)>& read) {
    try {
        run(read);
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::server_failed);
        return error.what();
    }
    return "no failure";
}

TEST(ListPages, ReadsToTheTotalOrToAnEmptyPage) {
    for (const std::int64_t count : {0, 1, 9, 10, 11, 40}) {
        int pages = 0;
        std::vector<std::string> ids;
        EXPECT_EQ(run(
                      [&](std::int64_t first) {
                          ++pages;
                          return page_of(first, count, count);
                      },
                      &ids),
                  count);
        EXPECT_EQ(ids.size(), static_cast<std::size_t>(count));
        EXPECT_EQ(pages, std::max<std::int64_t>((count + 9) / 10, 1)) << "not one more than needed";
        EXPECT_EQ(run([&](std::int64_t first) { return page_of(first, count, std::nullopt); }), count);
    }
}

TEST(ListPages, AShortPageIsNotTheEnd) {
    // A server that sends fewer rows at once than were asked for.
    EXPECT_EQ(run([](std::int64_t first) {
                  TrackPage page;
                  for (std::int64_t i = first; i < std::min<std::int64_t>(first + 3, 20); ++i)
                      page.tracks.push_back(track(i));
                  return page;
              }),
              20);
}

TEST(ListPages, SkippedRowsCountAsRowsOnly) {
    EXPECT_EQ(run([](std::int64_t first) {
                  TrackPage page = page_of(first, 20, 30);
                  if (first == 20) page.skipped = 10;
                  return page;
              }),
              20);
}

TEST(ListPages, NoPartIsTakenForTheWhole) {
    EXPECT_THAT(failure([](std::int64_t) { return page_of(0, 10, 30); }), HasSubstr("same page"));
    EXPECT_THAT(failure([](std::int64_t first) { return page_of(first, 10, 30); }), HasSubstr("10 of its 30 tracks"));
    // One row moved from the second page to the first, while another one that was there moved on: never seen.
    EXPECT_THAT(failure([](std::int64_t first) { return page_of(first == 10 ? 9 : first, 20, 20); }),
                HasSubstr("changed its library"));
}

TEST(ListPages, RowsThatAreAllSkippedEnd) {
    for (const std::optional<std::int64_t> total : {std::optional<std::int64_t>(), std::optional(INT64_C(1) << 60)}) {
        EXPECT_THAT(failure([&](std::int64_t) { return TrackPage{{}, 10, total}; }), HasSubstr("same page"));
    }
    // Many of them may stand before the music all the same, and between it.
    EXPECT_EQ(run([](std::int64_t first) {
                  if (first >= 18'000) return TrackPage();
                  return first % 9000 == 8990 ? page_of(first, 1'000'000, std::nullopt) : TrackPage{{}, 10, {}};
              }),
              20);
}

TEST(ListPages, EndsWhenCancelled) {
    const CancelSource cancel;
    EXPECT_THROW(list_pages(
                     "The server", [](std::int64_t first) { return page_of(first, 1000, 1000); },
                     [&](const ServerTrack&) { cancel.cancel(); }, cancel.token()),
                 Error);
}

TEST(ChooseLibraries, ByIdOrNameOrNone) {
    const std::vector<MusicLibrary> all = {{"1", "Músic", {}}, {"2", "World", {}}};
    const auto names = [&](const std::vector<std::string>& wanted) {
        std::string chosen;
        for (const MusicLibrary& library : choose_libraries("The server", all, wanted))
            chosen += library.id;
        return chosen;
    };
    EXPECT_EQ(names({}), "12");
    EXPECT_EQ(names({"2"}), "2");
    EXPECT_EQ(names({"music"}), "1");
    EXPECT_EQ(names({"WORLD", "1"}), "21");
    try {
        names({"World", "Jazz"});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
        EXPECT_THAT(error.what(), HasSubstr("\"Jazz\""));
        EXPECT_THAT(error.what(), HasSubstr("Músic, World"));
    }
}

}  // namespace
}  // namespace audiomuse::library
