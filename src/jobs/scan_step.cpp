#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace {

constexpr std::size_t kListBatch = 1000;
constexpr std::size_t kReadBatch = 64;

/// Tags and signature of one file; nothing when it vanished in the meantime.
std::optional<store::Tracks::PutItem> read_item(library::MusicSource& source, const store::SeenFile& file) {
    const library::SourceItem item{file.path, file.stamp};
    try {
        return store::Tracks::PutItem{file, source.signature(item), source.read_tags(item)};
    } catch (const Error& error) {
        log::warn("Not added: {}", error.what());
        return std::nullopt;
    }
}

}  // namespace

void scan_library(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("scan", 0, 100, "Looking through the music folders");
    boost::json::array said;  // for the log of the whole job
    const auto say = [&](const std::string& line) {
        progress.log(line);
        said.emplace_back(line);
        progress.set_detail("said", boost::json::serialize(said));
    };
    store::Tracks& tracks = context.store.tracks();
    const ServerId server = tracks.local_server();
    const std::int64_t listing = tracks.begin_listing(server);

    std::vector<store::SeenFile> batch;
    std::vector<store::SeenFile> changed;
    std::int64_t found = 0;
    const auto flush = [&] {
        std::vector<store::SeenFile> fresh = tracks.mark_seen(server, listing, batch);
        std::move(fresh.begin(), fresh.end(), std::back_inserter(changed));
        batch.clear();
        progress.report(0.1, fmt::format("Found {} files", found));
    };
    const library::Listing report = context.source->list(
        [&](const library::SourceItem& item) {
            ++found;
            batch.push_back({item.path, item.stamp});
            if (batch.size() >= kListBatch) flush();
        },
        cancel);
    flush();
    for (const library::ListProblem& problem : report.problems) {
        log::warn("{}", problem.message);
        say(problem.message);
    }
    if (report.complete) {
        const std::int64_t gone = tracks.finish_listing(server, listing);
        if (gone > 0) say(fmt::format("{} tracks are gone; their analysis is kept.", gone));
    } else {
        constexpr const char* kCut = "Parts of the library could not be read, so nothing counts as deleted.";
        say(kCut);
        progress.set_detail("cut", boost::json::serialize(boost::json::value(kCut)));
    }

    const unsigned threads = allowed_cores();
    const EtaClock clock(static_cast<double>(changed.size()));
    for (std::size_t begin = 0; begin < changed.size(); begin += kReadBatch) {
        cancel.check();
        const std::size_t count = std::min(kReadBatch, changed.size() - begin);
        std::vector<std::optional<store::Tracks::PutItem>> read(count);
        parallel_for(count, threads, [&](std::size_t i) { read[i] = read_item(*context.source, changed[begin + i]); });
        std::vector<store::Tracks::PutItem> items;
        for (auto& item : read) {
            if (item) items.push_back(std::move(*item));
        }
        tracks.put(server, items);
        if (progress.job().attempts > 0) context.store.jobs().reset_attempts(progress.job().id, context.worker);
        const double done = static_cast<double>(begin + count);
        progress.report(0.1 + 0.9 * done / static_cast<double>(changed.size()),
                        fmt::format("Read the tags of {} of {} new files", begin + count, changed.size()),
                        clock.remaining(done));
    }
    say(fmt::format("{} files, {} new or changed, {} problems.", found, changed.size(), report.problems.size()));
    context.queue.publish({"library", "{}"});
}

}  // namespace audiomuse::jobs
