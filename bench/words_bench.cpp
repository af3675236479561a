// How soon a search answers: names and lyrics of a library made up for that, on one engine.
//
//   words_bench sqlite|postgres [TRACKS]      of 250,000 tracks
//
// Words are drawn as those of a language are: the n-th most frequent 1/n as often as the first. A tenth of the tracks
// has a Japanese title. Every other track has lyrics of a hundred words. Each kind of request is made 200 times, as
// people type: whole words, words begun, single characters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/random.h"
#include "audiomuse/store/store.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"

namespace audiomuse {
namespace {

constexpr std::int64_t kWords = 30'000;
constexpr std::int64_t kLines = 20;
constexpr std::int64_t kWordsOfLine = 5;
constexpr std::int64_t kCharacters = 2'000;  // of the Han block
constexpr std::int64_t kBatch = 500;
constexpr int kRequests = 200;

/// The same word for the same number; short ones come first, as in a language.
std::string word(std::int64_t number) {
    static constexpr std::array<std::string_view, 20> kSyllables = {"ba", "ce", "do", "fi", "gu", "ha", "je",
                                                                    "ko", "li", "mu", "na", "pe", "ro", "si",
                                                                    "tu", "va", "we", "zo", "ri", "ul"};
    std::string text;
    for (std::int64_t rest = number + 20; rest > 0; rest /= 20)
        text += kSyllables[static_cast<std::size_t>(rest % 20)];
    return text;
}

std::int64_t frequent_first(Random& random, std::int64_t count) {
    return static_cast<std::int64_t>(std::pow(static_cast<double>(count), random.uniform())) - 1;
}

std::string words(Random& random, std::int64_t count) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i)
        text += (i > 0 ? " " : "") + word(frequent_first(random, kWords));
    return text;
}

std::string characters(Random& random, std::int64_t count) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto code = static_cast<unsigned>(0x4E00 + frequent_first(random, kCharacters));
        text += static_cast<char>(0xE0 | (code >> 12));
        text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        text += static_cast<char>(0x80 | (code & 0x3F));
    }
    return text;
}

store::Tracks::PutItem track(std::int64_t number) {
    Random random(static_cast<std::uint64_t>(number) + 1);
    Random of_album(static_cast<std::uint64_t>(number / 12) + 1'000'000'007);
    Random of_artist(static_cast<std::uint64_t>(number / 48) + 2'000'000'011);
    store::Tracks::PutItem item;
    item.file = {.path = fmt::format("/music/{}", number), .stamp = {1, 1}};
    item.signature = std::to_string(number);
    TrackTags& tags = item.tags;
    tags.title =
        random.uniform() < 0.1 ? characters(random, random.integer(2, 8)) : words(random, random.integer(1, 5));
    tags.artists = {words(of_artist, of_artist.integer(1, 3))};
    tags.album = words(of_album, of_album.integer(1, 4));
    tags.duration_s = 200;
    if (number % 2 == 0) {
        for (std::int64_t line = 0; line < kLines; ++line)
            tags.lyrics += words(random, kWordsOfLine) + "\n";
    }
    return item;
}

struct Times {
    std::vector<double> seconds;
    double percentile(double share) {
        const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(seconds.size() - 1));
        std::nth_element(seconds.begin(), seconds.begin() + at, seconds.end());
        return seconds[static_cast<std::size_t>(at)] * 1000;
    }
};

void ask(store::Store& store, std::int64_t tracks) {
    Random random(5);
    const auto some_track = [&] { return track(random.integer(0, tracks - 1)).tags; };
    const auto first_letters = [&](std::int64_t count) {
        return word(frequent_first(random, kWords)).substr(0, static_cast<std::size_t>(count));
    };
    const auto names = [&](const std::string& text) { store.tracks().search({.text = text}); };
    const auto lyrics = [&](const std::string& text) { store.tracks().search_lyrics(text, 50); };
    const std::vector<std::pair<const char*, std::function<void()>>> kinds = {
        {"a title", [&] { names(some_track().title); }},
        {"an artist and a word of the album",
         [&] {
             const TrackTags tags = some_track();
             names(tags.artists.front() + " " + tags.album.substr(0, tags.album.find(' ')));
         }},
        {"a word", [&] { names(word(frequent_first(random, kWords))); }},
        {"a word begun, 4 letters", [&] { names(first_letters(4)); }},
        {"a word begun, 2 letters", [&] { names(first_letters(2)); }},
        {"one Chinese character", [&] { names(characters(random, 1)); }},
        {"two Chinese characters", [&] { names(characters(random, 2)); }},
        {"nothing there is", [&] { names("xyz" + word(random.integer(0, kWords))); }},
        {"lyrics: a word", [&] { lyrics(word(frequent_first(random, kWords))); }},
        {"lyrics: a line",
         [&] {
             const std::string text = track(2 * random.integer(0, tracks / 2 - 1)).tags.lyrics;
             lyrics(text.substr(0, text.find('\n')));
         }},
        {"lyrics: two words", [&] { lyrics(words(random, 2)); }},
    };
    Times all;
    const auto show = [](const char* what, Times& times) {
        fmt::print("{:<36}{:>10.1f}{:>10.1f}{:>10.1f}\n", what, times.percentile(0.5), times.percentile(0.95),
                   times.percentile(1));
        std::fflush(stdout);
    };
    fmt::print("{:<36}{:>10}{:>10}{:>10}\n", "milliseconds", "p50", "p95", "longest");
    for (const auto& [what, call] : kinds) {
        Times times;
        for (int i = 0; i < kRequests; ++i) {
            const double started = steady_now();
            call();
            times.seconds.push_back(steady_now() - started);
        }
        all.seconds.insert(all.seconds.end(), times.seconds.begin(), times.seconds.end());
        show(what, times);
    }
    show("all", all);
}

int run(const std::string& engine, std::int64_t tracks) {
    const testing_support::TempFolder folder;
    std::optional<testing_support::PostgresServer> server;
    std::string database;
    std::unique_ptr<store::Store> store;
    if (engine == "postgres") {
        server.emplace();
        database = server->new_database();
        store = store::open_postgres({.url = server->url(database)});
    } else {
        store = store::open_sqlite(folder / "audiomuse.db");
    }
    const ServerId local = store->tracks().local_server();
    store->tracks().begin_listing(local);
    const double started = steady_now();
    for (std::int64_t first = 0; first < tracks; first += kBatch) {
        std::vector<store::Tracks::PutItem> items;
        for (std::int64_t i = first; i < std::min(tracks, first + kBatch); ++i)
            items.push_back(track(i));
        store->tracks().put(local, items);
    }
    fmt::print("{} tracks in {}, {:.0f} stored a second\n", tracks, engine,
               static_cast<double>(tracks) / (steady_now() - started));
    if (server) server->run("ANALYZE", database);  // as autovacuum does within a minute
    ask(*store, tracks);
    return 0;
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    try {
        const std::string engine = argc > 1 ? argv[1] : "sqlite";
        return audiomuse::run(engine, argc > 2 ? std::max(100L, std::atol(argv[2])) : 250'000);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
