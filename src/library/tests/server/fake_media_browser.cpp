#include "server/fake_media_browser.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <charconv>

#include "audiomuse/base/text.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

namespace {

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string time_text(double seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.1230000Z", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::int64_t number(const std::string& text, std::int64_t otherwise) {
    std::int64_t value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

const std::set<std::string> kListing = {"includeitemtypes",
                                        "recursive",
                                        "startindex",
                                        "limit",
                                        "sortby",
                                        "sortorder",
                                        "fields",
                                        "parentid",
                                        "filters",
                                        "enableimages",
                                        "enabletotalrecordcount",
                                        "userid",
                                        "ids"};
// In both servers' documents; others are dropped without a word.
const std::set<std::string> kFields = {"Path",   "DateCreated", "ChildCount", "CanDelete",
                                       "Genres", "ProviderIds", "ParentId",   "MediaSources"};
const std::set<std::string> kOrders = {"SortName",    "Album",     "ParentIndexNumber",
                                       "IndexNumber", "PlayCount", "DateCreated"};

}  // namespace

FakeMediaBrowser::FakeMediaBrowser(std::string track_ids, std::string album_ids, std::string library_ids,
                                   std::string playlist_ids, int id_digits)
    : track_ids_(std::move(track_ids)),
      album_ids_(std::move(album_ids)),
      library_ids_(std::move(library_ids)),
      playlist_ids_(std::move(playlist_ids)),
      id_digits_(id_digits),
      web_(std::make_unique<FakeWeb>([this](const WebRequest& request) { return respond(request); })) {}

WebAnswer FakeMediaBrowser::respond(const WebRequest& request) {
    Asked asked{.method = request.method, .path = {}, .query = {}, .request = request};
    for (const auto& part : split(request.path.substr(1), '/'))
        asked.path.push_back(WebRequest{.path = part}.decoded_path());
    for (const auto& [name, value] : request.query) {
        if (!asked.query.emplace(lower_case(name), value).second) complain(asked, "twice: " + name);
    }
    std::lock_guard lock(state_.mutex);
    return answer(asked);
}

std::string FakeMediaBrowser::Asked::value(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
}

bool FakeMediaBrowser::Asked::is(std::string_view wanted_method, std::string_view wanted_path) const {
    const auto parts = split(wanted_path.substr(1), '/');
    return method == wanted_method && std::ranges::equal(parts, path, [](const auto& wanted, const auto& part) {
               return wanted == "*" ? !part.empty() : wanted == part;
           });
}

std::vector<std::string> FakeMediaBrowser::complaints() const {
    std::lock_guard lock(complaints_mutex_);
    return complaints_;
}

void FakeMediaBrowser::complain(const Asked& asked, const std::string& what) {
    std::lock_guard lock(complaints_mutex_);
    complaints_.push_back(asked.method + " " + asked.request.path + ": " + what);
}

void FakeMediaBrowser::check_query(const Asked& asked, const std::set<std::string>& needed,
                                   const std::set<std::string>& allowed) {
    for (const std::string& name : needed)
        if (asked.value(name).empty()) complain(asked, "lacks " + name);
    for (const auto& [name, value] : asked.query)
        if (!needed.contains(name) && !allowed.contains(name)) complain(asked, "unknown parameter " + name);
}

WebAnswer FakeMediaBrowser::json_answer(const json::value& value, int status) {
    return {.status = status, .type = "application/json; charset=utf-8", .body = json::serialize(value)};
}

std::string FakeMediaBrowser::digits(std::int64_t number) const {
    return fmt::format("{:0{}}", number, id_digits_);
}

std::optional<std::int64_t> FakeMediaBrowser::number_of(const std::string& id, const std::string& beginning) const {
    if (!id.starts_with(beginning) || id.size() != beginning.size() + static_cast<std::size_t>(id_digits_)) return {};
    return number(id.substr(beginning.size()), -1);
}

std::optional<std::int64_t> FakeMediaBrowser::number_of_track(const std::string& id) const {
    const auto number = number_of(id, track_ids_);
    if (!number || *number < 0 || *number >= track_count()) return std::nullopt;
    return number;
}

std::vector<std::string> FakeMediaBrowser::comma_list(const std::string& text) {
    if (text.empty()) return {};
    return split(text, ',');
}

// --- Items -----------------------------------------------------------------------------------------------------------

json::object FakeMediaBrowser::track_item(std::int64_t number, const std::set<std::string>& fields,
                                          bool with_user) const {
    const FakeTrack track = fake_track(number);
    json::object item{{"Name", track.title},
                      {"ServerId", "7c1e5b0d9a3f4e6c8b2d0f1a3c5e7b90"},
                      {"Id", track_id(number)},
                      {"Container", "mov,mp4,m4a,3gp,3g2,mj2"},
                      {"ChannelId", nullptr},
                      {"RunTimeTicks", static_cast<std::int64_t>(track.duration_s * 1e7)},
                      {"IndexNumber", track.track},
                      {"ParentIndexNumber", track.disc},
                      {"IsFolder", false},
                      {"Type", "Audio"},
                      {"Album", track.album},
                      {"AlbumId", album_ids_ + digits(track.album_number)},
                      {"AlbumArtist", track.album_artist},
                      {"MediaType", "Audio"}};
    json::array names;
    json::array artists;
    for (const std::string& artist : track.artists) {
        names.emplace_back(artist);
        artists.emplace_back(json::object{{"Name", artist}, {"Id", "99aa88bb77cc66dd55ee44ff33002211"}});
    }
    item["Artists"] = std::move(names);
    item["ArtistItems"] = std::move(artists);
    if (!year_is_a_field_ || fields.contains("ProductionYear")) item["ProductionYear"] = track.year;
    if (fields.contains("Path")) item["Path"] = fake_library_folder(track.library) + "/" + track.path;
    if (fields.contains("DateCreated")) item["DateCreated"] = time_text(track.added_at);
    if (fields.contains("Genres")) item["Genres"] = json::array{track.genre};
    if (with_user) {
        json::object data{
            {"PlaybackPositionTicks", 0}, {"IsFavorite", track.favourite}, {"Played", track.play_count > 0}};
        if (track.rating > 0) data["Rating"] = 2.0 * track.rating;
        if (!no_play_counts || fields.contains("single")) data["PlayCount"] = track.play_count;
        if (track.play_count > 0) data["LastPlayedDate"] = time_text(track.last_played);
        item["UserData"] = std::move(data);
    }
    return item;
}

json::object FakeMediaBrowser::album_item(std::int64_t album) const {
    const FakeTrack track = fake_track(album * 10);
    return {{"Name", track.album},
            {"Id", album_ids_ + digits(album)},
            {"Type", "MusicAlbum"},
            {"IsFolder", true},
            {"DateCreated", time_text(track.added_at)},
            {"ChildCount", std::min<std::int64_t>(10, track_count() - album * 10)},
            {"AlbumArtist", track.album_artist}};
}

json::object FakeMediaBrowser::playlist_item(std::int64_t number, const std::set<std::string>& fields) const {
    const FakePlaylist& list = state_.playlists.at(number);
    json::object item{{"Name", list.name},
                      {"Id", playlist_id(number)},
                      {"Type", "Playlist"},
                      {"IsFolder", true},
                      {"MediaType", "Audio"}};
    if (fields.contains("ChildCount")) item["ChildCount"] = list.tracks.size();
    if (fields.contains("CanDelete")) item["CanDelete"] = list.own;
    return item;
}

std::vector<std::int64_t> FakeMediaBrowser::matching_tracks(const Asked& asked) const {
    std::vector<std::int64_t> numbers;
    const auto library = number_of(asked.value("parentid"), library_ids_);
    const std::string filter = asked.value("filters");
    const std::int64_t size = filter.empty() ? track_count() : std::min<std::int64_t>(20, track_count());
    numbers.reserve(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
        if (library && fake_track(i).library != *library) continue;
        if (filter == "IsPlayed" && fake_track(i).play_count == 0) continue;
        if (filter == "IsFavorite" && !fake_track(i).favourite) continue;
        numbers.push_back(i);
    }
    if (asked.value("sortby").starts_with("PlayCount")) {
        std::ranges::stable_sort(numbers, std::ranges::greater(), [](auto i) { return fake_track(i).play_count; });
    } else if (asked.value("sortorder").starts_with("Descending")) {
        std::ranges::reverse(numbers);
    }
    return numbers;
}

WebAnswer FakeMediaBrowser::items(const Asked& asked, bool with_user, bool says_start) {
    check_query(asked, {}, kListing);
    std::set<std::string> fields;
    for (const std::string& field : comma_list(asked.value("fields"))) {
        fields.insert(field);
        if (!kFields.contains(field) && !(year_is_a_field_ && field == "ProductionYear"))
            complain(asked, "unknown field " + field);
    }
    for (const std::string& order : comma_list(asked.value("sortby")))
        if (!kOrders.contains(order)) complain(asked, "unknown order " + order);
    for (const std::string& filter : comma_list(asked.value("filters")))
        if (filter != "IsPlayed" && filter != "IsFavorite") complain(asked, "unknown filter " + filter);
    const std::string type = asked.value("includeitemtypes");
    const std::string parent = asked.value("parentid");
    if (asked.query.contains("parentid") && !number_of(parent, library_ids_)) complain(asked, "no such parent");
    const std::int64_t limit = number(asked.value("limit"), -1);
    if (limit < 1 || limit > 500) complain(asked, "a list without pages, or with large ones");

    std::vector<std::function<json::object()>> rows;
    std::vector<std::int64_t> tracks;
    std::int64_t total = 0;
    if (asked.query.contains("ids")) {
        for (const std::string& id : comma_list(asked.value("ids"))) {
            if (const auto found = number_of_track(id))
                rows.emplace_back([this, found, with_user] { return track_item(*found, {}, with_user); });
            if (playlist(id) != nullptr)
                rows.emplace_back([this, id] { return playlist_item(playlist_number(id), {}); });
        }
        total = std::ssize(rows);
    } else if (asked.value("recursive") != "true") {
        complain(asked, "lists the root only");
    } else if (type == "Audio") {
        tracks = matching_tracks(asked);
        total = std::ssize(tracks);
    } else if (type == "MusicAlbum") {
        for (std::int64_t album = (track_count() - 1) / 10; album >= 0 && track_count() > 0; --album) {
            if (parent.empty() || number_of(parent, library_ids_) == fake_track(album * 10).library)
                rows.emplace_back([this, album] { return album_item(album); });
        }
        total = std::ssize(rows);
    } else if (type == "Playlist") {
        if (!parent.empty()) complain(asked, "playlists have no common parent");
        for (const auto& [number, list] : state_.playlists)
            rows.emplace_back([this, number = number, &fields] { return playlist_item(number, fields); });
        total = std::ssize(rows);
    } else {
        complain(asked, "items of every type");
    }

    const std::int64_t start = number(asked.value("startindex"), 0);
    const std::int64_t first = state_.ignores_offset ? 0 : start;
    std::int64_t end = std::min(total, first + limit);
    if (state_.cut_after >= 0) end = std::min(end, state_.cut_after);
    json::array page;
    for (std::int64_t i = first; i < end; ++i) {
        page.emplace_back(type == "Audio" && !tracks.empty()
                              ? track_item(tracks[static_cast<std::size_t>(i)], fields, with_user)
                              : rows[static_cast<std::size_t>(i)]());
    }
    json::object list{{"Items", std::move(page)}, {"TotalRecordCount", total}};
    if (says_start) list["StartIndex"] = start;
    return json_answer(list);
}

WebAnswer FakeMediaBrowser::libraries(bool as_array) const {
    json::array folders;
    for (std::int64_t i = 0; i < kFakeLibraries; ++i) {
        folders.emplace_back(json::object{{"Name", fake_library_name(i)},
                                          {"Locations", json::array{fake_library_folder(i)}},
                                          {"CollectionType", "music"},
                                          {"ItemId", library_id(i)},
                                          {"Id", library_id(i)}});
    }
    folders.emplace_back(json::object{{"Name", "Films"}, {"CollectionType", "movies"}, {"ItemId", library_id(7)}});
    folders.emplace_back(json::object{{"Name", "Odds"}, {"ItemId", library_id(8)}, {"Id", library_id(8)}});
    if (as_array) return json_answer(folders);
    const auto count = folders.size();
    return json_answer(json::object{{"Items", std::move(folders)}, {"TotalRecordCount", count}});
}

WebAnswer FakeMediaBrowser::scheduled_tasks() const {
    const json::object result{{"EndTimeUtc", time_text(1'700'000'000 + static_cast<double>(state_.scans) * 60)}};
    return json_answer(json::array{json::object{{"Key", "RefreshChapterImages"}, {"State", "Idle"}},
                                   json::object{{"Key", "RefreshLibrary"}, {"LastExecutionResult", result}}});
}

WebAnswer FakeMediaBrowser::audio_file(const std::string& id) const {
    const auto number = number_of_track(id);
    if (!number) return empty_answer(404);
    return {.type = "audio/flac", .body = fake_audio(*number)};
}

// --- Playlists -------------------------------------------------------------------------------------------------------

std::int64_t FakeMediaBrowser::playlist_number(const std::string& id) const {
    return number_of(id, playlist_ids_).value_or(-1);
}

FakePlaylist* FakeMediaBrowser::playlist(const std::string& id) {
    const auto found = state_.playlists.find(playlist_number(id));
    return found == state_.playlists.end() ? nullptr : &found->second;
}

std::vector<std::int64_t>& FakeMediaBrowser::entry_ids(std::int64_t playlist) {
    auto& ids = entry_ids_[playlist];
    ids.resize(std::min(ids.size(), state_.playlists.at(playlist).tracks.size()));
    while (ids.size() < state_.playlists.at(playlist).tracks.size())
        ids.push_back(next_entry_++);
    return ids;
}

WebAnswer FakeMediaBrowser::playlist_entries(const Asked& asked, const std::string& id, bool says_start) {
    const FakePlaylist* list = playlist(id);
    if (list == nullptr) return {.status = 404, .body = "\"Playlist not found\""};
    const auto& entries = entry_ids(playlist_number(id));
    const auto start = static_cast<std::size_t>(number(asked.value("startindex"), 0));
    const auto limit = static_cast<std::size_t>(number(asked.value("limit"), 1'000'000));
    json::array rows;
    for (std::size_t i = start; i < std::min(list->tracks.size(), start + limit); ++i) {
        json::object item = track_item(list->tracks[i], {}, true);
        item["PlaylistItemId"] = entries_are_tracks_ ? track_id(list->tracks[i]) : std::to_string(entries[i]);
        rows.emplace_back(std::move(item));
    }
    json::object answer{{"Items", std::move(rows)}, {"TotalRecordCount", list->tracks.size()}};
    if (says_start) answer["StartIndex"] = start;
    return json_answer(answer);
}

std::vector<std::int64_t> FakeMediaBrowser::wanted_tracks(const std::vector<std::string>& ids) const {
    std::vector<std::int64_t> numbers;
    for (const std::string& id : ids)
        if (const auto number = number_of_track(id)) numbers.push_back(*number);
    if (state_.drops_last && !numbers.empty()) numbers.pop_back();
    return numbers;
}

void FakeMediaBrowser::add_to(FakePlaylist& list, const std::vector<std::int64_t>& tracks) const {
    for (const std::int64_t track : tracks) {
        const bool there = std::ranges::find(list.tracks, track) != list.tracks.end();
        if (keeps_duplicates_ || !there) list.tracks.push_back(track);
    }
}

std::string FakeMediaBrowser::make_playlist(const std::string& name, const std::vector<std::string>& ids) {
    const std::int64_t number = state_.next_playlist++;
    FakePlaylist& list = state_.playlists[number];
    list.name = name;
    add_to(list, wanted_tracks(ids));
    return playlist_id(number);
}

void FakeMediaBrowser::remove_entries(const std::string& id, const std::vector<std::string>& entries) {
    FakePlaylist& list = *playlist(id);
    auto& ids = entry_ids(playlist_number(id));
    for (std::size_t i = list.tracks.size(); i-- > 0;) {
        const std::string entry = entries_are_tracks_ ? track_id(list.tracks[i]) : std::to_string(ids[i]);
        if (std::ranges::find(entries, entry) == entries.end()) continue;
        list.tracks.erase(list.tracks.begin() + static_cast<std::ptrdiff_t>(i));
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

}  // namespace audiomuse::library::testing
