#include "server/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "audiomuse/base/text.h"

namespace audiomuse::library {

namespace {

/// Pages in a row that hold nothing but skipped rows. These have no ids by which a page that is repeated for ever could
/// be told from a folder of half a million files that are no music.
constexpr int kMostSkippedPages = 1000;

}  // namespace

std::int64_t list_pages(std::string_view shown, const std::function<TrackPage(std::int64_t first)>& read_page,
                        const std::function<void(ServerTrack)>& found, const CancelToken& cancel) {
    std::unordered_set<std::size_t> known;  // hashes of ids: two of 300,000 meet once in 400 million libraries
    std::int64_t rows = 0;
    std::int64_t repeated = 0;
    std::optional<std::int64_t> total;
    int skipped_pages = 0;
    for (;;) {
        cancel.check();
        TrackPage page = read_page(rows);
        total = page.total;
        const auto count = static_cast<std::int64_t>(page.tracks.size()) + page.skipped;
        if (count == 0) break;
        std::int64_t fresh = page.skipped;
        for (ServerTrack& track : page.tracks) {
            if (!known.insert(std::hash<std::string>()(track.id)).second) continue;
            ++fresh;
            found(std::move(track));
        }
        skipped_pages = page.tracks.empty() ? skipped_pages + 1 : 0;
        if (fresh == 0 || skipped_pages > kMostSkippedPages) {
            throw Error(ErrorCode::server_failed,
                        fmt::format("{} sends the same page of its library again and again.", shown));
        }
        rows += count;
        repeated += count - fresh;
        if (total && rows >= *total) break;
    }
    if (total && rows < *total) {
        throw Error(ErrorCode::server_failed,
                    fmt::format("{} listed {} of its {} tracks and then no more.", shown, rows, *total));
    }
    if (repeated > 0) {  // then as many others were missed
        throw Error(
            ErrorCode::server_failed,
            fmt::format("{} changed its library while it was listed. Try again when its scan has ended.", shown));
    }
    return static_cast<std::int64_t>(known.size());
}

std::vector<MusicLibrary> choose_libraries(std::string_view shown, const std::vector<MusicLibrary>& all,
                                           const std::vector<std::string>& wanted) {
    if (wanted.empty()) return all;
    std::vector<MusicLibrary> chosen;
    for (const std::string& name : wanted) {
        const auto found = std::ranges::find_if(
            all, [&](const MusicLibrary& one) { return one.id == name || fold(one.name) == fold(name); });
        if (found == all.end()) {
            std::vector<std::string> names;
            for (const MusicLibrary& one : all)
                names.push_back(one.name);
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("{} has no music library called \"{}\". It has: {}.", shown, name,
                                    names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
        }
        chosen.push_back(*found);
    }
    return chosen;
}

}  // namespace audiomuse::library
