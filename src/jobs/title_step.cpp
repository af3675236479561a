#include "title_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "audiomuse/base/log.h"
#include "audiomuse/features/clustering/title.h"
#include "audiomuse/language/language_model.h"

namespace audiomuse::jobs {
namespace {

constexpr int kAttempts = 3;

/// `count` of the songs, from all over the list.
std::vector<store::TrackRow> some_of(store::Store& store, const std::vector<TrackId>& tracks, std::size_t count) {
    std::vector<TrackId> ids;
    for (std::size_t i = 0; i < std::min(count, tracks.size()); ++i)
        ids.push_back(tracks[i * tracks.size() / std::min(count, tracks.size())]);
    return store.tracks().get(ids);
}

/// A title that can be used, or nothing.
std::optional<std::string> title_of(language::LanguageModel& model, features::TitleRequest request,
                                    const CancelToken& cancel) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const std::string answer = model.ask({.text = features::title_prompt(request)}, cancel);
        if (auto title = features::clean_title(answer)) return title;
        request.refused = answer;
    }
    return std::nullopt;
}

/// `title`, or the first of "title (2)", "title (3)" ... that no other list has.
std::string free_title(const std::string& title, const std::set<std::string>& taken) {
    std::string name = title;
    for (int number = 2; taken.contains(name); ++number)
        name = fmt::format("{} ({})", title, number);
    return name;
}

}  // namespace

void title_lists(store::Store& store, const settings::Settings& settings, Progress& progress, features::Draft& draft,
                 const CancelToken& cancel) {
    try {
        const auto access = language::model_access(settings);
        if (!access) return;
        const auto model = language::open_language_model(*access);
        std::set<std::string> taken;
        for (const features::DraftList& list : draft.lists)
            taken.insert(list.name);
        std::size_t done = 0;
        for (features::DraftList& list : draft.lists) {
            progress.report(static_cast<double>(done++) / static_cast<double>(draft.lists.size()),
                            fmt::format("Asking {} for names", model->name()));
            if (list.keeps_name) continue;
            const auto songs = some_of(store, list.tracks, static_cast<std::size_t>(settings.ai_prompt_songs));
            const auto title = title_of(*model, {.plain_name = list.name, .songs = songs}, cancel);
            if (!title) {
                progress.log(fmt::format("{} has no name for {}.", model->name(), list.name));
                continue;
            }
            taken.erase(list.name);
            list.name = free_title(*title, taken);
            taken.insert(list.name);
        }
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        log::warn("Playlists keep their plain names: {}", error.what());
        progress.log(fmt::format("Playlists keep their plain names: {}", error.what()));
    }
}

}  // namespace audiomuse::jobs
