// A small OpenSubsonic server, so that players can ask for tracks that sound alike without going through a media
// server: the extension sonicSimilarity (opensubsonic.netlify.app/docs/extensions/sonicsimilarity), and what a player
// asks first.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <numeric>
#include <optional>

#include "audiomuse/base/text.h"
#include "audiomuse/features/path/library_path.h"
#include "audiomuse/features/similar/similar.h"
#include "audiomuse/library/subsonic_login.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "list_filter.h"
#include "media_type.h"
#include "route.h"
#include "subsonic_answer.h"

namespace audiomuse::api {
namespace {

constexpr int kMostMatches = 500;
constexpr int kFewestOnPath = 2;  // the ends
constexpr int kMostOnPath = 250;

/// A failure that Subsonic has a number for.
class SubsonicFailure : public Error {
public:
    SubsonicFailure(SubsonicError number, const std::string& message)
        : Error(ErrorCode::invalid_argument, message), number_(number) {}
    SubsonicError number() const { return number_; }

private:
    SubsonicError number_;
};

/// What is asked: the parameters of the address, then those of a form (the extension formPost).
class Question {
public:
    explicit Question(const Request& request) : values_(parse_query(request.query)) {
        const std::string type = fold(request.header("content-type"));
        if (request.method != Method::post || !type.starts_with("application/x-www-form-urlencoded")) return;
        for (auto& value : parse_query(trim(request.body)))
            values_.push_back(std::move(value));
    }
    bool has(std::string_view name) const { return !text(name).empty(); }
    std::string text(std::string_view name) const {
        for (const auto& [key, value] : values_) {
            if (key == name) return value;
        }
        return "";
    }
    std::string required(std::string_view name) const {
        std::string value = text(name);
        if (value.empty()) {
            throw SubsonicFailure(SubsonicError::missing_parameter,
                                  fmt::format("Required parameter '{}' is missing.", name));
        }
        return value;
    }
    /// `fallback` where there is no whole number; moved into the limits.
    int count(int fallback, int least, int most) const {
        const std::string value = text("count");
        int number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc() || end != value.data() + value.size()) return fallback;
        return std::clamp(number, least, most);
    }

private:
    QueryValues values_;
};

bool is_open(const settings::Settings& settings) {
    return !settings.opensubsonic_user.empty() || !settings.opensubsonic_api_key.empty();
}

/// Who asks, or a failure with the number that the extension apiKeyAuthentication and the Subsonic API give it. Secrets
/// are compared in constant time, and appear in no message.
std::string require_login(const settings::Settings& settings, const Question& question) {
    const bool with_token = question.has("t") || question.has("s");
    const int ways = int{question.has("apiKey")} + int{question.has("p")} + int{with_token};
    if (ways > 1 || (question.has("apiKey") && question.has("u"))) {
        throw SubsonicFailure(SubsonicError::conflicting_logins,
                              "Multiple conflicting authentication mechanisms provided.");
    }
    const auto refuse = [](SubsonicError number, std::string_view setting) {
        throw SubsonicFailure(number, fmt::format("This server has no {} set.", setting));
    };
    if (question.has("apiKey")) {
        if (settings.opensubsonic_api_key.empty()) refuse(SubsonicError::login_not_supported, "OPENSUBSONIC_API_KEY");
        if (!library::same_secret(question.text("apiKey"), settings.opensubsonic_api_key)) {
            throw SubsonicFailure(SubsonicError::wrong_api_key, "Invalid API key.");
        }
        return settings.opensubsonic_user.empty() ? "audiomuse" : settings.opensubsonic_user;
    }
    std::string user = question.required("u");
    const std::string proof = question.required(with_token ? "t" : "p");
    if (settings.opensubsonic_user.empty() || settings.opensubsonic_password.empty()) {
        refuse(SubsonicError::login_not_supported, "OPENSUBSONIC_USER and OPENSUBSONIC_PASSWORD");
    }
    const bool proven = with_token
                            ? library::is_subsonic_token(proof, question.required("s"), settings.opensubsonic_password)
                            : library::is_subsonic_password(proof, settings.opensubsonic_password);
    // Both are looked at in any case, so that the time tells nothing of the user's name.
    const bool known = library::same_secret(user, settings.opensubsonic_user);
    if (!proven || !known) throw SubsonicFailure(SubsonicError::wrong_login, "Wrong username or password.");
    return user;
}

std::string iso_time(double unix_seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

/// A track as Subsonic's "Child". What is not known is left out.
json::object child(const store::TrackRow& row) {
    json::object song = {{"id", row.item_id},
                         {"isDir", false},
                         {"isVideo", false},
                         {"type", "music"},
                         {"mediaType", "song"},
                         {"title", row.tags.title},
                         {"duration", static_cast<std::int64_t>(std::llround(row.tags.duration_s))}};
    const auto text = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) song[name] = value;
    };
    const auto number = [&](std::string_view name, std::int64_t value) {
        if (value > 0) song[name] = value;
    };
    text("album", row.tags.album);
    text("artist", row.author);
    text("displayArtist", row.author);
    text("displayAlbumArtist", row.tags.album_artist);
    number("track", row.tags.track_number);
    number("discNumber", row.tags.disc_number);
    number("year", row.tags.year);
    number("size", row.stamp.size);
    if (row.added_at > 0) song["created"] = iso_time(row.added_at);
    const std::string extension = std::filesystem::path(row.path).extension().string();
    if (extension.size() > 1) {
        song["suffix"] = to_valid_utf8(extension.substr(1));
        song["contentType"] = audio_media_type("", extension);
    }
    if (!row.tags.genres.empty()) {
        song["genre"] = row.tags.genres.front();
        json::array genres;
        for (const std::string& genre : row.tags.genres)
            genres.push_back(json::object{{"name", genre}});
        song["genres"] = std::move(genres);
    }
    return song;
}

/// The extension's scale: 1 is the same, 0 is as different as can be told (a right angle and beyond).
double similarity(float distance) {
    return rounded(std::clamp(1.0 - static_cast<double>(distance), 0.0, 1.0), 6);
}

json::object match(const store::TrackRow& row, float distance) {
    return {{"entry", child(row)}, {"similarity", similarity(distance)}};
}

store::TrackRow require_song(Backend& backend, const std::string& id) {
    auto row = backend.context.store.tracks().by_item_id(id);
    if (!row || !row->present) throw SubsonicFailure(SubsonicError::not_found, fmt::format("There is no song {}.", id));
    return std::move(*row);
}

std::shared_ptr<index::VectorIndex> require_index_of(Backend& backend, std::span<const store::TrackRow> songs) {
    auto index = backend.context.index.get();
    if (!index) throw Error(ErrorCode::unavailable, "Nothing was listened to yet; start an analysis first.");
    for (const store::TrackRow& song : songs) {
        if (!index->contains(song.id.value)) {
            throw SubsonicFailure(SubsonicError::not_found,
                                  fmt::format("The song {} was not listened to yet.", song.item_id));
        }
    }
    return index;
}

/// Rows of `songs` in their order, each with its number among them.
std::vector<std::pair<std::size_t, store::TrackRow>> numbered_rows(Backend& backend, std::span<const TrackId> songs) {
    std::vector<std::pair<std::size_t, store::TrackRow>> numbered;
    std::size_t number = 0;
    for (store::TrackRow& row : backend.context.store.tracks().get(songs)) {
        while (songs[number] != row.id)
            ++number;
        numbered.emplace_back(number, std::move(row));
    }
    return numbered;
}

/// Who plays from here signs in as nobody of the users.
features::ListFilter household_filter(Backend& backend) {
    features::ListFilter filter = features::default_filter(*backend.context.settings.get());
    features::leave_out_hidden(backend.context.store, filter);
    return filter;
}

// --- Methods. They get the name of the user, "" where none is needed.

json::object ping(Backend&, const Question&, const std::string&) {
    return {};
}

json::object license(Backend&, const Question&, const std::string&) {
    return {{"license", {{"valid", true}}}};
}

json::object token_info(Backend&, const Question&, const std::string& user) {
    return {{"tokenInfo", {{"username", user}}}};
}

json::object extensions(Backend& backend, const Question&, const std::string&) {
    std::vector<std::string_view> names = {"formPost", "sonicSimilarity"};
    if (!backend.context.settings->opensubsonic_api_key.empty()) names.emplace_back("apiKeyAuthentication");
    json::array list;
    for (const std::string_view name : names)
        list.push_back({{"name", name}, {"versions", json::array{1}}});
    return {{"openSubsonicExtensions", std::move(list)}};
}

json::object song(Backend& backend, const Question& question, const std::string&) {
    return {{"song", child(require_song(backend, question.required("id")))}};
}

/// Nearest first, each at its distance.
json::array similar_matches(Backend& backend, const store::TrackRow& seed, int count) {
    const auto index = require_index_of(backend, std::span(&seed, 1));
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    features::SimilarParams params = {.n = count,
                                      .radius = false,
                                      .mood_similarity = settings.mood_similarity,
                                      .mood_threshold = settings.mood_threshold,
                                      .filter = household_filter(backend)};
    if (!settings.eliminate_duplicates) params.filter.max_songs_per_artist = 0;
    const auto found = find_similar(backend, *index, features::like_tracks(*index, std::span(&seed.id, 1)), params);
    std::vector<TrackId> ids;
    for (const features::SimilarTrack& track : found)
        ids.push_back(track.id);
    json::array matches;
    for (const auto& [number, row] : numbered_rows(backend, ids))
        matches.push_back(match(row, found[number].distance));
    return matches;
}

json::object similar_tracks(Backend& backend, const Question& question, const std::string&) {
    const store::TrackRow seed = require_song(backend, question.required("id"));
    return {{"sonicMatch", similar_matches(backend, seed, question.count(10, 1, kMostMatches))}};
}

/// The same for players that do not know the extension: songs without a number.
json::array similar_songs(Backend& backend, const Question& question) {
    const store::TrackRow seed = require_song(backend, question.required("id"));
    json::array songs;
    for (json::value& match : similar_matches(backend, seed, question.count(50, 1, kMostMatches)))
        songs.push_back(std::move(match.at("entry")));
    return songs;
}
json::object similar_songs_1(Backend& backend, const Question& question, const std::string&) {
    return {{"similarSongs", {{"song", similar_songs(backend, question)}}}};
}
json::object similar_songs_2(Backend& backend, const Question& question, const std::string&) {
    return {{"similarSongs2", {{"song", similar_songs(backend, question)}}}};
}

json::object sonic_path(Backend& backend, const Question& question, const std::string&) {
    const std::array<store::TrackRow, 2> ends = {require_song(backend, question.required("startSongId")),
                                                 require_song(backend, question.required("endSongId"))};
    if (ends[0].id == ends[1].id) {
        throw Error(ErrorCode::invalid_argument, "The start song and the end song must not be the same.");
    }
    const auto index = require_index_of(backend, ends);
    const std::array<TrackId, 2> stops = {ends[0].id, ends[1].id};
    const features::SongPath path = features::find_library_path(
        backend.context.store, *index, stops,
        {.length = question.count(25, kFewestOnPath, kMostOnPath), .filter = household_filter(backend)},
        {&backend.songs, &backend.filters});
    const std::vector<float> start = index->vector(stops[0].value);
    json::array matches;
    for (const auto& [number, row] : numbered_rows(backend, path.songs)) {
        // The extension wants the likeness to the start song, not to the song before.
        const std::vector<float> here = index->vector(row.id.value);
        const float cosine = here.empty() ? 0 : std::inner_product(start.begin(), start.end(), here.begin(), 0.0F);
        matches.push_back(match(row, number == 0 ? 0 : 1 - cosine));
    }
    return {{"sonicMatch", std::move(matches)}};
}

struct SubsonicMethod {
    std::string_view name;
    json::object (*handler)(Backend&, const Question&, const std::string& user);
    bool needs_login = true;
};
constexpr std::array<SubsonicMethod, 9> kSubsonicMethods = {{
    {"ping", ping},
    {"getLicense", license},
    {"getOpenSubsonicExtensions", extensions, false},  // as OpenSubsonic wants it
    {"tokenInfo", token_info},
    {"getSong", song},
    {"getSimilarSongs", similar_songs_1},
    {"getSimilarSongs2", similar_songs_2},
    {"getSonicSimilarTracks", similar_tracks},
    {"findSonicPath", sonic_path},
}};

/// What went wrong as Subsonic's number and a sentence.
Response failed(SubsonicFormat format, const std::string& version, const std::string& what) {
    try {
        throw;
    } catch (const SubsonicFailure& failure) {
        return subsonic_failure(format, version, failure.number(), failure.what());
    } catch (...) {
        const Response usual = exception_response(std::current_exception(), what);
        const json::object answer = parse_stored_object(std::get<std::string>(usual.body));
        return subsonic_failure(format, version,
                                usual.status == 404 ? SubsonicError::not_found : SubsonicError::generic,
                                std::string_view(answer.at("error").as_string()));
    }
}

Response subsonic(Backend& backend, const Call& call) {
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    if (!is_open(settings)) {
        throw Error(ErrorCode::not_found,
                    "Players may ask here once OPENSUBSONIC_USER and OPENSUBSONIC_PASSWORD, or OPENSUBSONIC_API_KEY, "
                    "are set.");
    }
    const Question question(call.request());
    const SubsonicFormat format = question.text("f") == "json" ? SubsonicFormat::json : SubsonicFormat::xml;
    const std::string& version = backend.context.version;
    std::string name = call.text("method");
    if (name.ends_with(".view")) name.resize(name.size() - 5);
    const auto* method =
        std::find_if(kSubsonicMethods.begin(), kSubsonicMethods.end(), [&](const auto& m) { return m.name == name; });
    if (method == kSubsonicMethods.end()) {
        Response response = subsonic_failure(format, version, SubsonicError::generic,
                                             fmt::format("This server has no method {}.", to_valid_utf8(name)));
        response.status = 404;  // as OpenSubsonic wants it where a method is not there
        return response;
    }
    try {
        const std::string user = method->needs_login ? require_login(settings, question) : "";
        return subsonic_answer(format, version, method->handler(backend, question, user));
    } catch (...) {
        return failed(format, version, fmt::format("/rest/{}", name));
    }
}

}  // namespace

std::vector<Route> rest_routes() {
    using enum ParamType;
    const std::vector<Param> params = {
        {.name = "method",
         .in = In::path,
         .help = "ping, getLicense, tokenInfo, getOpenSubsonicExtensions, getSong, getSimilarSongs, getSimilarSongs2, "
                 "getSonicSimilarTracks or findSonicPath; \".view\" may follow.",
         .required = true},
        {.name = "u", .help = "User, with t and s, or with p."},
        {.name = "t", .help = "Token: MD5 of the password and the salt, in hexadecimal digits."},
        {.name = "s", .help = "The salt of the token."},
        {.name = "p", .help = "Password, or enc: and its bytes in hexadecimal digits, instead of a token."},
        {.name = "apiKey", .help = "API key, instead of all these."},
        {.name = "f", .help = "xml (default) or json."},
        {.name = "id", .help = "The song: of getSong and the similar ones."},
        {.name = "startSongId", .help = "First song of a path."},
        {.name = "endSongId", .help = "Last song of a path."},
        {.name = "count", .type = integer, .help = "Songs wanted: 10, of a path 25, of getSimilarSongs 50."},
    };
    return {
        {Method::get, "/rest/{method}", "subsonic", subsonic, Right::open, params},
        {Method::post, "/rest/{method}", "subsonic_form", subsonic, Right::open, params},
    };
}

}  // namespace audiomuse::api
