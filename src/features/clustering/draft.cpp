#include "audiomuse/features/clustering/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <tuple>
#include <unordered_map>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "json.h"

namespace audiomuse::features {

namespace json = boost::json;

namespace {

constexpr const char* kSavedAs = "clustering_draft";
constexpr double kSameList = 0.25;
constexpr double kSameName = 0.5;

struct OldLists {
    std::vector<store::Playlist> rows;
    std::vector<std::vector<TrackId>> tracks;
};

OldLists automatic_playlists(store::Store& store) {
    OldLists old;
    for (store::Playlist& row : store.playlists().list()) {
        if (row.kind != store::PlaylistKind::automatic) continue;
        old.tracks.push_back(store.playlists().tracks(row.id));
        old.rows.push_back(std::move(row));
    }
    return old;
}

/// `name`, or the first of "name_2", "name_3" ... that is not taken; takes it.
std::string free_name(const std::string& name, std::set<std::string>& taken) {
    std::string one = name;
    for (int number = 2; !taken.insert(one).second; ++number)
        one = fmt::format("{}_{}", name, number);
    return one;
}

std::vector<TrackId> present(store::Store& store, const std::vector<TrackId>& tracks) {
    std::vector<TrackId> there;
    for (const store::TrackRow& row : store.tracks().get(tracks)) {
        if (row.present) there.push_back(row.id);
    }
    return there;
}

const DraftList& list_of(const Draft& draft, int number) {
    const auto found = std::ranges::find(draft.lists, number, &DraftList::number);
    if (found == draft.lists.end()) {
        throw Error(ErrorCode::not_found,
                    fmt::format("The draft has no list {}. A newer search may have replaced it; look again.", number));
    }
    return *found;
}

std::vector<Chosen> all_of(const Draft& draft) {
    std::vector<Chosen> all;
    for (const DraftList& list : draft.lists)
        all.push_back({.number = list.number});
    return all;
}

}  // namespace

std::vector<SameList> same_lists(const std::vector<std::vector<TrackId>>& fresh,
                                 const std::vector<std::vector<TrackId>>& old) {
    std::unordered_map<TrackId, std::vector<std::size_t>> lists_of;
    for (std::size_t o = 0; o < old.size(); ++o) {
        for (const TrackId id : std::set<TrackId>(old[o].begin(), old[o].end()))
            lists_of[id].push_back(o);
    }
    std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;  // shared, fresh, old
    for (std::size_t f = 0; f < fresh.size(); ++f) {
        std::vector<std::size_t> common(old.size());
        for (const TrackId id : fresh[f]) {
            if (const auto found = lists_of.find(id); found != lists_of.end()) {
                for (const std::size_t o : found->second)
                    ++common[o];
            }
        }
        for (std::size_t o = 0; o < old.size(); ++o) {
            const std::size_t both = fresh[f].size() + old[o].size() - common[o];
            const double shared = both == 0 ? 0 : static_cast<double>(common[o]) / static_cast<double>(both);
            if (shared >= kSameList) pairs.emplace_back(shared, f, o);
        }
    }
    std::ranges::stable_sort(pairs, std::greater(), [](const auto& pair) { return std::get<0>(pair); });
    std::vector<SameList> same(fresh.size());
    std::vector<bool> taken(old.size());
    for (const auto& [shared, f, o] : pairs) {
        if (same[f].old || taken[o]) continue;
        same[f] = {o, shared};
        taken[o] = true;
    }
    return same;
}

Draft make_draft(store::Store& store, const Solution& solution, const ClusteringParams& params,
                 const std::string& task) {
    Draft draft{.task = task,
                .made_at = unix_now(),
                .algorithm = std::string(method_name(params.method)),
                .genes = solution.genes,
                .score = solution.rank.score,
                .lists = {}};
    const OldLists old = automatic_playlists(store);
    std::vector<std::vector<TrackId>> fresh;
    for (const AutomaticPlaylist& list : solution.playlists)
        fresh.push_back(list.tracks);
    const std::vector<SameList> same = same_lists(fresh, old.tracks);
    // Names that stay are given first: a new list makes room for an old one.
    std::set<std::string> taken;
    for (const bool old_names : {true, false}) {
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            const bool keeps_name = same[i].old && same[i].shared >= kSameName;
            if (draft.lists.size() < fresh.size()) draft.lists.emplace_back();
            if (keeps_name != old_names) continue;
            const AutomaticPlaylist& list = solution.playlists[i];
            draft.lists[i] = {.number = static_cast<int>(i) + 1,
                              .name = free_name(keeps_name ? old.rows[*same[i].old].name : list.name, taken),
                              .recipe = recipe_json(solution, list, params),
                              .tracks = list.tracks,
                              .replaces = same[i].old ? old.rows[*same[i].old].id : PlaylistId{},
                              .keeps_name = keeps_name};
        }
    }
    return draft;
}

std::optional<Draft> read_draft(store::Store& store) {
    const std::string text = store.saved_setting(kSavedAs);
    if (text.empty()) return std::nullopt;
    return read_json(text, "a draft of playlists", [](const json::value& from) {
        Draft draft{.task = std::string(from.at("task").as_string()),
                    .made_at = from.at("made_at").to_number<double>(),
                    .algorithm = std::string(from.at("algorithm").as_string()),
                    .genes = read_genes(from.at("genes")),
                    .score = from.at("score").to_number<double>(),
                    .lists = {}};
        for (const json::value& each : from.at("lists").as_array()) {
            draft.lists.push_back({.number = each.at("number").to_number<int>(),
                                   .name = std::string(each.at("name").as_string()),
                                   .recipe = std::string(each.at("recipe").as_string()),
                                   .tracks = read_tracks(each.at("tracks")),
                                   .replaces = PlaylistId{each.at("replaces").to_number<std::int64_t>()},
                                   .keeps_name = each.at("keeps_name").as_bool()});
        }
        return draft;
    });
}

void save_draft(store::Store& store, const Draft& draft) {
    json::array lists;
    for (const DraftList& list : draft.lists) {
        lists.push_back({{"number", list.number},
                         {"name", list.name},
                         {"recipe", list.recipe},
                         {"replaces", list.replaces.value},
                         {"keeps_name", list.keeps_name},
                         {"tracks", to_json(list.tracks)}});
    }
    store.save_setting(kSavedAs, json::serialize(json::object{{"task", draft.task},
                                                              {"made_at", draft.made_at},
                                                              {"algorithm", draft.algorithm},
                                                              {"genes", to_json(draft.genes)},
                                                              {"score", draft.score},
                                                              {"lists", std::move(lists)}}));
}

void forget_draft(store::Store& store) {
    store.save_setting(kSavedAs, "");
}

std::size_t publish_draft(store::Store& store, const Draft& draft, const std::optional<std::vector<Chosen>>& chosen) {
    const std::vector<Chosen> wanted = chosen.value_or(all_of(draft));
    if (wanted.empty()) throw Error(ErrorCode::invalid_argument, "None of the lists is to be kept.");
    std::vector<store::Playlists::NewPlaylist> lists;
    std::set<int> numbers;
    std::set<std::string> names;
    for (const Chosen& one : wanted) {
        const DraftList& list = list_of(draft, one.number);
        const std::string& name = one.name.empty() ? list.name : one.name;
        if (!numbers.insert(one.number).second)
            throw Error(ErrorCode::invalid_argument, fmt::format("List {} is there twice.", one.number));
        if (!names.insert(name).second) {
            throw Error(ErrorCode::invalid_argument, fmt::format("Two lists cannot both have the name \"{}\".", name));
        }
        lists.push_back({name, list.recipe, present(store, list.tracks), list.replaces});
    }
    store.playlists().replace_automatic(lists);
    forget_draft(store);
    return lists.size();
}

}  // namespace audiomuse::features
