#include "jellyfin/media_browser.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <unordered_set>
#include <utility>

#include "audiomuse/base/text.h"
#include "server/json_read.h"
#include "server/listing.h"

namespace audiomuse::library {

namespace json = boost::json;
namespace mb = media_browser;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kPage = 500;

ServerAccount checked(ServerAccount account) {
    account.user = trim(account.user);
    account.token = trim(account.token);
    const std::string_view name = kind_title(account.kind);
    if (trim(account.url).empty()) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("The address of {} is missing, e.g. http://nas:8096.", name));
    }
    if (account.token.empty() && (account.user.empty() || account.password.empty())) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} needs an API key (its dashboard makes one), or a user and a password.", name));
    }
    return account;
}

}  // namespace

MediaBrowser::MediaBrowser(const ServerAccount& account, std::string_view url, Dialect dialect)
    : account_(checked(account)),
      dialect_(std::move(dialect)),
      http_(std::string(kind_title(account.kind)), url, account.limits, {}) {}

// --- Session ---------------------------------------------------------------------------------------------------------

std::shared_ptr<const MediaBrowser::Session> MediaBrowser::connect(const CancelToken& cancel) const {
    {
        std::unique_lock lock(mutex_);
        while (connecting_) {
            cancel.check();
            connected_.wait_for(lock, 100ms);
        }
        if (session_) return session_;
        connecting_ = true;
    }
    std::shared_ptr<const Session> opened;
    const auto finish = [&] {
        std::lock_guard lock(mutex_);
        session_ = opened;
        connecting_ = false;
        connected_.notify_all();
    };
    try {
        opened = open_session(cancel);
    } catch (...) {
        finish();
        throw;
    }
    finish();
    return opened;
}

std::shared_ptr<const MediaBrowser::Session> MediaBrowser::open_session(const CancelToken& cancel) const {
    const Call call{.path = dialect_.prefix + "/System/Info/Public", .headers = {{"Accept", "application/json"}}};
    const auto answer = http_.send(call, cancel, {404});
    const json::value info = answer.status == 404 ? json::value() : http_.parse(answer);
    auto session = std::make_shared<Session>();
    session->version = text_at(info, "Version");
    if (session->version.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} does not answer as a server of that kind. Check host, port and path of the "
                                "address, and the kind.",
                                http_.shown()));
    }
    check_kind(info);
    if (account_.token.empty()) {
        log_in(*session, cancel);
    } else {
        session->headers = token_headers(account_.token);
        resolve_user(*session, cancel);
    }
    return session;
}

void MediaBrowser::log_in(Session& session, const CancelToken& cancel) const {
    const json::object login{{"Username", account_.user}, {"Pw", account_.password}};
    const Call call{.method = "POST",
                    .path = dialect_.prefix + "/Users/AuthenticateByName",
                    .headers = {client_header(), {"Accept", "application/json"}},
                    .body = json::serialize(login),
                    .content_type = "application/json"};
    const json::value answer = http_.json(call, cancel);
    const std::string token = text_at(answer, "AccessToken");
    const auto user = mb::parse_user(member(answer, "User"));
    if (token.empty() || !user) http_.fail_reading("a login without a token");
    session.headers = token_headers(token);
    session.user = *user;
    session.own_token = true;
}

std::string MediaBrowser::client_description() {
    // Of one device the server keeps one login, so each machine is a device.
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    return fmt::format("Client=\"AudioMuse\", Device=\"AudioMuse\", DeviceId=\"audiomuse-{}\", Version=\"1\"",
                       encode_segment(host.data()));
}

void MediaBrowser::forget_session(const Pairs& headers) const {
    std::lock_guard lock(mutex_);
    if (session_ && session_->headers == headers) session_.reset();
}

/// A token of a login ends when somebody signs this program out. A refused call changed nothing, so it is sent again
/// after another login.
template <class Send>
auto MediaBrowser::authorized(const Session& session, const CancelToken& cancel, const Send& send) const {
    try {
        return send(session.headers);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::login_refused) throw;
        forget_session(session.headers);
        if (!account_.token.empty()) throw;
    }
    return send(connect(cancel)->headers);
}

ServerHttp::Answer MediaBrowser::send(const Session& session, Call call, const CancelToken& cancel,
                                      std::initializer_list<int> also_accepts) const {
    call.path.insert(0, dialect_.prefix);
    return authorized(session, cancel, [&](const Pairs& headers) {
        call.headers = headers;
        call.headers.emplace_back("Accept", "application/json");
        if (call.content_type.empty()) call.headers.emplace_back("Content-Type", "");  // else a form is announced
        return http_.send(call, cancel, also_accepts);
    });
}

json::value MediaBrowser::json(const Session& session, Call call, const CancelToken& cancel) const {
    return http_.parse(send(session, std::move(call), cancel));
}

// --- Libraries and tracks --------------------------------------------------------------------------------------------

ServerInfo MediaBrowser::probe(const CancelToken& cancel) {
    {
        std::lock_guard lock(mutex_);
        session_.reset();  // what was right may be so no more
    }
    const auto session = connect(cancel);
    ServerInfo info{.product = http_.name(),
                    .version = session->version,
                    .user = session->user.name,
                    .libraries = libraries(cancel),
                    .tracks = 0,
                    .advice = session->advice};
    for (const std::string& library : chosen(*session, cancel))
        info.tracks += count_tracks(*session, library, cancel);
    return info;
}

std::vector<mb::Folder> MediaBrowser::folders_of(const json::value& answer) const {
    auto folders = mb::parse_folders(answer);
    if (!folders) http_.fail_reading("a list of libraries without one");
    return std::move(*folders);
}

std::vector<MusicLibrary> MediaBrowser::libraries(const CancelToken& cancel) {
    const auto session = connect(cancel);
    std::vector<MusicLibrary> libraries;
    for (mb::Folder& folder : read_folders(*session, cancel)) {
        folder.library.tracks = count_tracks(*session, folder.library.id, cancel);
        if (!folder.mixed || *folder.library.tracks > 0) libraries.push_back(std::move(folder.library));
    }
    return libraries;
}

std::vector<std::string> MediaBrowser::chosen(const Session& session, const CancelToken& cancel) const {
    if (account_.libraries.empty()) return {""};
    std::vector<MusicLibrary> all;
    for (mb::Folder& folder : read_folders(session, cancel))
        all.push_back(std::move(folder.library));
    std::vector<std::string> ids;
    for (const MusicLibrary& library : choose_libraries(http_.shown(), all, account_.libraries)) {
        if (std::ranges::find(ids, library.id) == ids.end()) ids.push_back(library.id);
    }
    return ids;
}

Call MediaBrowser::audio_call(const Session& session, const std::string& library) const {
    Call call = items_call(session);
    call.query.insert(call.query.end(), {{"IncludeItemTypes", "Audio"}, {"Recursive", "true"}});
    if (!library.empty()) call.query.emplace_back("ParentId", library);
    return call;
}

mb::Rows MediaBrowser::read_rows(const Session& session, Call call, std::int64_t first, std::int64_t count,
                                 const CancelToken& cancel) const {
    call.query.emplace_back("StartIndex", std::to_string(first));
    call.query.emplace_back("Limit", std::to_string(count));
    auto rows = mb::parse_rows(json(session, std::move(call), cancel), first);
    if (!rows) http_.fail_reading("a list without Items");
    return std::move(*rows);
}

void MediaBrowser::each_row(const Session& session, const Call& call, std::int64_t most, const Row& row,
                            const CancelToken& cancel) const {
    for (std::int64_t first = 0; first < most;) {
        cancel.check();
        const std::int64_t asked = std::min(kPage, most - first);
        const mb::Rows page = read_rows(session, call, first, asked, cancel);
        for (const json::value& value : page.rows)
            row(value);
        const auto count = static_cast<std::int64_t>(page.rows.size());
        first += count;
        if (!page.total && count >= asked && first < most) http_.fail_reading("a list without its length");
        if (!page.total || first >= *page.total) return;
        if (count == 0) {
            throw Error(ErrorCode::server_failed,
                        fmt::format("{} listed {} of {} and then no more.", http_.shown(), first, *page.total));
        }
    }
}

std::int64_t MediaBrowser::count_tracks(const Session& session, const std::string& library,
                                        const CancelToken& cancel) const {
    Call call = audio_call(session, library);
    call.query.emplace_back("EnableImages", "false");
    const mb::Rows page = read_rows(session, std::move(call), 0, 1, cancel);
    if (!page.total) http_.fail_reading("a list without its length");
    return *page.total;
}

std::int64_t MediaBrowser::list_library(const Session& session, const std::string& library,
                                        const std::function<void(ServerTrack)>& found,
                                        const CancelToken& cancel) const {
    Call call = audio_call(session, library);
    // The date alone leaves much undecided, and pages of an undecided order overlap. New tracks come last.
    call.query.insert(call.query.end(), {{"SortBy", "DateCreated,SortName,Album,ParentIndexNumber,IndexNumber"},
                                         {"SortOrder", "Ascending"},
                                         {"Fields", dialect_.track_fields},
                                         {"EnableImages", "false"},
                                         {"EnableTotalRecordCount", "true"}});
    const auto read_page = [&](std::int64_t first) {
        const mb::Rows rows = read_rows(session, call, first, kPage, cancel);
        if (!rows.total) http_.fail_reading("a list without its length");
        TrackPage page{.tracks = {}, .skipped = 0, .total = rows.total};
        for (const json::value& row : rows.rows) {
            if (!mb::is_type(row, "Audio")) {
                ++page.skipped;
                continue;
            }
            page.tracks.push_back(mb::parse_track(row));
            if (page.tracks.back().id.empty()) http_.fail_reading("a track without an id");
        }
        return page;
    };
    return list_pages(http_.shown(), read_page, found, cancel);
}

std::int64_t MediaBrowser::list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) {
    const auto session = connect(cancel);
    const auto libraries = chosen(*session, cancel);
    if (libraries.size() == 1) return list_library(*session, libraries.front(), found, cancel);
    std::unordered_set<std::size_t> known;  // folders may belong to two libraries
    for (const std::string& library : libraries) {
        list_library(
            *session, library,
            [&](ServerTrack track) {
                if (known.insert(std::hash<std::string>()(track.id)).second) found(std::move(track));
            },
            cancel);
    }
    return static_cast<std::int64_t>(known.size());
}

std::vector<ServerAlbum> MediaBrowser::newest_albums(std::int64_t limit, const CancelToken& cancel) {
    const auto session = connect(cancel);
    std::vector<ServerAlbum> albums;
    std::unordered_set<std::string> known;
    for (const std::string& library : chosen(*session, cancel)) {
        Call call = items_call(*session);
        call.query.insert(call.query.end(), {{"IncludeItemTypes", "MusicAlbum"},
                                             {"Recursive", "true"},
                                             {"SortBy", "DateCreated,SortName"},
                                             {"SortOrder", "Descending,Ascending"},
                                             {"Fields", "DateCreated,ChildCount"},
                                             {"EnableImages", "false"}});
        if (!library.empty()) call.query.emplace_back("ParentId", library);
        const auto add = [&](const json::value& row) {
            ServerAlbum album = mb::parse_album(row);
            if (!mb::is_type(row, "MusicAlbum") || album.id.empty()) return;
            if (known.insert(album.id).second) albums.push_back(std::move(album));
        };
        each_row(*session, call, limit, add, cancel);
    }
    std::ranges::stable_sort(albums, std::ranges::greater(), &ServerAlbum::added_at);
    if (std::ssize(albums) > limit) albums.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, limit)));
    return albums;
}

std::vector<ServerTrack> MediaBrowser::most_played(std::int64_t limit, const CancelToken& cancel) {
    const auto session = connect(cancel);
    std::vector<ServerTrack> tracks;
    std::unordered_set<std::string> known;
    for (const std::string& library : chosen(*session, cancel)) {
        Call call = audio_call(*session, library);
        call.query.insert(call.query.end(), {{"SortBy", "PlayCount,SortName"},
                                             {"SortOrder", "Descending,Ascending"},
                                             {"Filters", "IsPlayed"},
                                             {"Fields", dialect_.track_fields},
                                             {"EnableImages", "false"}});
        const auto add = [&](const json::value& row) {
            if (!mb::is_type(row, "Audio")) return;
            ServerTrack track = played_track(*session, row, cancel);
            if (!track.id.empty() && known.insert(track.id).second) tracks.push_back(std::move(track));
        };
        each_row(*session, call, limit, add, cancel);
    }
    std::ranges::stable_sort(tracks, std::ranges::greater(),
                             [](const ServerTrack& track) { return track.play_count.value_or(0); });
    if (std::ssize(tracks) > limit) tracks.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, limit)));
    return tracks;
}

Opinions MediaBrowser::opinions(const CancelToken& cancel) {
    const auto session = connect(cancel);
    Opinions opinions{.tracks = {}, .all_favourites = true};  // nothing lists the rated ones
    for (const std::string& library : chosen(*session, cancel)) {
        Call call = audio_call(*session, library);
        call.query.insert(
            call.query.end(),
            {{"SortBy", "SortName"}, {"SortOrder", "Ascending"}, {"Filters", "IsFavorite"}, {"EnableImages", "false"}});
        const auto add = [&](const json::value& row) {
            if (mb::is_type(row, "Audio")) opinions.tracks.push_back(mb::parse_track(row));
        };
        each_row(*session, call, std::numeric_limits<std::int64_t>::max(), add, cancel);
    }
    return opinions;
}

ServerTrack MediaBrowser::played_track(const Session&, const json::value& row, const CancelToken&) const {
    return mb::parse_track(row);
}

void MediaBrowser::download(const Session& session, const std::string& path, const std::filesystem::path& file,
                            const CancelToken& cancel) const {
    authorized(session, cancel, [&](const Pairs& headers) {
        http_.fetch({.path = dialect_.prefix + path, .headers = headers}, file, {}, cancel);
    });
}

void MediaBrowser::fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) {
    fetch_file(*connect(cancel), track, file, cancel);
}

void MediaBrowser::fetch_file(const Session& session, const std::string& track, const std::filesystem::path& file,
                              const CancelToken& cancel) const {
    download(session, fmt::format("/Items/{}/Download", encode_segment(track)), file, cancel);
}

std::string MediaBrowser::last_scan(const Session& session, const CancelToken& cancel) const {
    // Administrators only. Whether a 401 is about that or about the login shows in the next call.
    Call call{.path = "/ScheduledTasks"};
    const auto answer = send(session, std::move(call), cancel, {401, 403, 404});
    if (answer.status != 200) return {};
    const json::value tasks = http_.parse(answer);
    if (!tasks.is_array()) http_.fail_reading("a list of tasks without one");
    std::string ended;
    each_at(tasks, "", [&](const json::value& task) {
        if (text_at(task, "Key") == "RefreshLibrary") ended = text_at(task, "LastExecutionResult.EndTimeUtc");
    });
    return ended;
}

std::string MediaBrowser::change_stamp(const CancelToken& cancel) {
    const auto session = connect(cancel);
    const std::string scan = last_scan(*session, cancel);
    std::string stamp = scan;
    for (const std::string& library : chosen(*session, cancel)) {
        Call call = audio_call(*session, library);
        call.query.insert(call.query.end(), {{"SortBy", "DateCreated,SortName"},
                                             {"SortOrder", "Descending,Ascending"},
                                             {"Fields", "DateCreated"},
                                             {"EnableImages", "false"}});
        const mb::Rows page = read_rows(*session, std::move(call), 0, 1, cancel);
        stamp += fmt::format("/{}", page.total.value_or(0));
        for (const json::value& row : page.rows)
            stamp += fmt::format(" {} {}", text_at(row, "Id"), text_at(row, "DateCreated"));
    }
    return stamp;
}

}  // namespace audiomuse::library
