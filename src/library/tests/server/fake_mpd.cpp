#include "server/fake_mpd.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

namespace audiomuse::library::testing {

namespace {

constexpr const char* kPassword = "s3cret \"ü\\ w0rd";
constexpr std::int64_t kFiles = 25;
constexpr std::int64_t kFirstUpdate = 1'795'351'660;

std::string uri_of(const FakeTrack& track) {
    return fake_library_name(track.library) + '/' + track.path;
}

std::string time_text(double unix_seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_seconds)));
}

std::string row_of(const FakeTrack& track, bool with_format) {
    std::string row = fmt::format("file: {}\nLast-Modified: {}\n", uri_of(track), time_text(track.added_at));
    if (with_format) row += "Format: 44100:16:2\n";
    for (const std::string& artist : track.artists)
        row += fmt::format("Artist: {}\n", artist);
    row += fmt::format("Album: {}\nTitle: {}\nTrack: {}\nGenre: {}\nDate: {}\nDisc: {}\nAlbumArtist: {}\n", track.album,
                       track.title, track.track, track.genre, track.year, track.disc, track.album_artist);
    return row + fmt::format("Time: {:.0f}\nduration: {:.3f}\n", track.duration_s, track.duration_s);
}

/// Reads `(base "x")`, `(Tag == "x")`, `(file != "")` and `((..) AND (..))`.
class FilterParser {
public:
    using Filter = std::function<bool(const FakeTrack&)>;
    explicit FilterParser(std::string_view text) : text_(text) {}

    Filter parse() {
        Filter filter = expression();
        if (!text_.empty()) throw std::runtime_error("Unparsed garbage after expression");
        return filter;
    }

private:
    void expect(std::string_view what) {
        if (!text_.starts_with(what)) throw std::runtime_error(fmt::format("'{}' expected", what));
        text_.remove_prefix(what.size());
    }
    std::string word() {
        const auto end = std::min(text_.find_first_of(" )"), text_.size());
        const std::string word(text_.substr(0, end));
        text_.remove_prefix(end);
        expect(" ");
        return word;
    }
    std::string value() {
        expect("\"");
        std::string value;
        while (!text_.empty() && text_.front() != '"') {
            if (text_.front() == '\\') text_.remove_prefix(1);
            if (text_.empty()) break;
            value += text_.front();
            text_.remove_prefix(1);
        }
        expect("\"");
        return value;
    }
    Filter expression() {
        expect("(");
        if (text_.starts_with('(')) {
            std::vector<Filter> parts = {expression()};
            while (text_.starts_with(' ')) {
                expect(" AND ");
                parts.push_back(expression());
            }
            expect(")");
            return [parts](const FakeTrack& track) {
                return std::ranges::all_of(parts, [&](const Filter& part) { return part(track); });
            };
        }
        Filter filter = term();
        expect(")");
        return filter;
    }
    Filter term() {
        const std::string tag = word();
        if (tag == "base") {
            const std::string base = value() + '/';
            if (!base.starts_with("Main/") && !base.starts_with("World/")) throw std::out_of_range("No such directory");
            return [base](const FakeTrack& track) { return uri_of(track).starts_with(base); };
        }
        const std::string comparison = word();
        const std::string wanted = value();
        if (tag == "file" && comparison == "!=" && wanted.empty()) return [](const FakeTrack&) { return true; };
        if (comparison != "==") throw std::runtime_error("Unknown filter operator");
        if (tag == "Album") return [wanted](const FakeTrack& track) { return track.album == wanted; };
        if (tag == "AlbumArtist") return [wanted](const FakeTrack& track) { return track.album_artist == wanted; };
        if (tag == "Date") return [wanted](const FakeTrack& track) { return std::to_string(track.year) == wanted; };
        throw std::runtime_error("Unknown filter type");
    }

    std::string_view text_;
};

struct Window {
    std::int64_t first = 0, end = 0;
};
Window parse_window(const std::string& text) {
    Window window;
    const auto colon = text.find(':');
    if (colon == std::string::npos) throw std::runtime_error("window start:end expected");
    std::from_chars(text.data(), text.data() + colon, window.first);
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), window.end);
    if (window.end <= window.first) throw std::runtime_error("window start:end expected");
    return window;
}

}  // namespace

FakeMpd::FakeMpd() : server_([this](const auto& lines, LineVisit& visit) { return answer(lines, visit); }) {
    for (std::int64_t i = 0; i < kFiles; ++i)
        folder_.write(track_id(i), fake_audio(i));
}

ServerAccount FakeMpd::account() const {
    return {.kind = ServerKind::mpd,
            .url = "mpd://127.0.0.1:" + std::to_string(server_.port()),
            .user = {},
            .password = kPassword,
            .token = {},
            .libraries = {},
            .music_folder = folder_.path(),
            .limits = fast_limits()};
}

ServerAccount FakeMpd::wrong_login() const {
    ServerAccount account = this->account();
    account.password = "wr0ng";
    return account;
}

std::vector<std::string> FakeMpd::secrets() const {
    return {kPassword, "s3cret", "w0rd"};
}

std::string FakeMpd::track_id(std::int64_t number) const {
    return uri_of(fake_track(number));
}

void FakeMpd::set_fault(Fault fault) {
    forgets_ = fault == Fault::cut || fault == Fault::stalled;
    server_.set_fault(fault);
}

bool FakeMpd::can_have(Fault fault) const {
    return fault != Fault::wrong_length && fault != Fault::redirect && fault != Fault::xml_error;
}

std::vector<std::string> FakeMpd::complaints() const {
    const std::lock_guard lock(state_.mutex);
    return complaints_;
}

std::int64_t FakeMpd::asked(const std::string& command) const {
    const std::lock_guard lock(state_.mutex);
    const auto found = asked_.find(command);
    return found == asked_.end() ? 0 : found->second;
}

void FakeMpd::complain(const std::string& what) {
    if (complaints_.size() < 100) complaints_.push_back(what);
}

const std::map<std::string, FakeMpd::Entry>& FakeMpd::table() {
    static const std::map<std::string, Entry> kTable = {
        {"stats", {0, 0, &FakeMpd::stats}},
        {"commands", {0, 0, &FakeMpd::commands}},
        {"lsinfo", {0, 1, &FakeMpd::lsinfo}},
        {"count", {1, 1, &FakeMpd::count}},
        {"find", {1, 5, &FakeMpd::find}},
        {"listallinfo", {0, 1, &FakeMpd::listallinfo}},
        {"sticker", {3, 4, &FakeMpd::sticker}},
        {"listplaylists", {0, 0, &FakeMpd::listplaylists}},
        {"listplaylist", {1, 1, &FakeMpd::listplaylist}},
        {"playlistadd", {2, 2, &FakeMpd::playlistadd}},
        {"playlistclear", {1, 1, &FakeMpd::playlistclear}},
        {"rm", {1, 1, &FakeMpd::rm}},
        {"rename", {2, 2, &FakeMpd::rename}},
    };
    return kTable;
}

std::string FakeMpd::run(const std::string& line, LineVisit& visit) {
    Words words;
    try {
        words = parse_words(line);
    } catch (const std::runtime_error& error) {
        complain(line + ": " + error.what());
        throw Refusal{5, error.what()};
    }
    ++asked_[words[0]];
    if (words[0] == "password") {
        if (words.size() != 2 || words[1] != kPassword) throw Refusal{3, "incorrect password"};
        visit.logged_in = true;
        return "";
    }
    const auto entry = table().find(words[0]);
    if (entry == table().end()) {
        complain(line + ": no such command");
        throw Refusal{5, fmt::format("unknown command \"{}\"", words[0])};
    }
    if (!visit.logged_in) throw Refusal{4, fmt::format("you don't have permission for \"{}\"", words[0])};
    if (words.size() - 1 < entry->second.least || words.size() - 1 > entry->second.most) {
        complain(line + ": wrong number of arguments");
        throw Refusal{2, fmt::format("wrong number of arguments for \"{}\"", words[0])};
    }
    try {
        return (this->*entry->second.run)(words);
    } catch (const std::out_of_range& error) {
        throw Refusal{50, error.what()};
    } catch (const std::runtime_error& error) {
        complain(line + ": " + error.what());
        throw Refusal{2, error.what()};
    }
}

std::string FakeMpd::answer(const std::vector<std::string>& lines, LineVisit& visit) {
    const std::lock_guard lock(state_.mutex);
    const bool is_list = lines.size() > 1;
    const bool tells = lines.front() == "command_list_ok_begin";
    if (is_list && !tells && lines.front() != "command_list_begin") complain(lines.front());
    const auto before = state_.playlists;
    std::string answer;
    grown_.clear();
    std::size_t index = 0;
    for (std::size_t i = is_list ? 1 : 0; i < lines.size() - (is_list ? 1 : 0); ++i, ++index) {
        try {
            answer += run(lines[i], visit);
        } catch (const Refusal& refusal) {
            return answer + fmt::format("ACK [{}@{}] {{{}}} {}\n", refusal.code, index,
                                        lines[i].substr(0, lines[i].find(' ')), refusal.text);
        }
        if (tells) answer += "list_OK\n";
    }
    if (forgets_) state_.playlists = before;
    if (state_.drops_last && !grown_.empty()) playlist_of(grown_)->tracks.pop_back();
    return answer + "OK\n";
}

FakeMpd::Filter FakeMpd::parse_filter(const std::string& text) {
    return FilterParser(text).parse();
}

std::vector<std::int64_t> FakeMpd::matching(const Filter& filter) const {
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < tracks(); ++i) {
        if (filter(fake_track(i))) numbers.push_back(i);
    }
    return numbers;
}

std::int64_t FakeMpd::number_of(const std::string& uri) const {
    for (std::int64_t i = 0; i < tracks(); ++i) {
        if (track_id(i) == uri) return i;
    }
    return -1;
}

FakePlaylist* FakeMpd::playlist_of(const std::string& name) {
    for (auto& [number, playlist] : state_.playlists) {
        if (playlist.name == name) return &playlist;
    }
    return nullptr;
}

std::string FakeMpd::stats(const Words&) {
    return fmt::format("uptime: 7\nplaytime: 0\nartists: 6\nalbums: 3\nsongs: {}\ndb_playtime: 36\ndb_update: {}\n",
                       tracks(), kFirstUpdate + state_.scans);
}

std::string FakeMpd::commands(const Words&) {
    std::string answer;
    for (const auto& [name, entry] : table())
        answer += fmt::format("command: {}\n", name);
    return answer;
}

std::string FakeMpd::lsinfo(const Words& words) {
    if (words.size() > 1 && !words[1].empty()) throw std::runtime_error("only the root was thought of");
    std::string answer;
    for (std::int64_t i = 0; i < kFakeLibraries; ++i)
        answer += fmt::format("directory: {}\nLast-Modified: 2026-11-22T12:45:10Z\n", fake_library_name(i));
    for (const auto& [number, playlist] : state_.playlists)
        answer += fmt::format("playlist: {}\nLast-Modified: 2026-11-22T12:45:10Z\n", playlist.name);
    return answer;
}

std::string FakeMpd::count(const Words& words) {
    const bool all = words[1] == "(file != \"\")";  // without looking at 100,000 tracks
    const auto songs = all ? tracks() : static_cast<std::int64_t>(matching(parse_filter(words[1])).size());
    return fmt::format("songs: {}\nplaytime: {}\n", songs, songs * 200);
}

std::string FakeMpd::find(const Words& words) {
    const bool sorted = words.size() > 3 && words[2] == "sort";
    const std::size_t at = sorted ? 4 : 2;
    if (words.size() != at + 2 || words[at] != "window") throw std::runtime_error("a listing without pages");
    if (sorted && words[3] != "-Last-Modified") throw std::runtime_error("Unknown sort tag");
    const Window window = parse_window(words[at + 1]);
    if (window.end - window.first > static_cast<std::int64_t>(largest_page())) complain("a page of too many rows");
    const std::int64_t first = state_.ignores_offset ? 0 : window.first;
    const auto size = window.end - window.first;
    std::string answer;
    const auto add = [&](std::int64_t row, std::int64_t number) {
        if (state_.cut_after < 0 || row < state_.cut_after) answer += row_of(fake_track(number), !sorted);
    };
    const Filter filter = parse_filter(words[1]);
    if (!sorted && words[1] == "(file != \"\")") {
        for (std::int64_t i = first; i < std::min(first + size, tracks()); ++i)
            add(i, i);
        return answer;
    }
    std::vector<std::int64_t> numbers = matching(filter);
    if (sorted) std::ranges::stable_sort(numbers, std::greater(), [](auto i) { return fake_track(i).added_at; });
    for (std::int64_t i = first; i < std::min<std::int64_t>(first + size, std::ssize(numbers)); ++i)
        add(i, numbers[static_cast<std::size_t>(i)]);
    return answer;
}

std::string FakeMpd::listallinfo(const Words& words) {
    const std::int64_t number = words.size() > 1 ? number_of(words[1]) : -1;
    if (number < 0) throw std::out_of_range("No such directory");
    return row_of(fake_track(number), true);
}

std::string FakeMpd::sticker(const Words& words) {
    if (!has_stickers_) throw Refusal{5, "sticker database is disabled"};
    if (words[2] != "song") throw std::runtime_error("unknown sticker domain");
    constexpr std::int64_t kPlayed = 20;  // all that anybody wrote anything down of
    const auto stickers = [](const FakeTrack& track) {
        std::map<std::string, std::string> values;
        if (track.play_count > 0) values["playCount"] = std::to_string(track.play_count);
        if (track.play_count > 0) values["lastPlayed"] = fmt::format("{:.0f}", track.last_played);
        if (track.rating > 0) values["rating"] = std::to_string(2 * track.rating);
        if (track.rating > 0 || track.favourite) values["like"] = track.favourite ? "2" : "1";
        return values;
    };
    std::string answer;
    if (words[1] == "find" && words.size() == 5) {
        for (std::int64_t i = std::min(kPlayed, tracks()) - 1; i >= 0; --i) {
            const FakeTrack track = fake_track(i);
            const bool inside = words[3].empty() || uri_of(track).starts_with(words[3] + "/");
            const auto values = stickers(track);
            if (const auto found = values.find(words[4]); found != values.end() && inside)
                answer += fmt::format("file: {}\nsticker: {}={}\n", uri_of(track), found->first, found->second);
        }
        return answer;
    }
    if (words[1] != "list" || words.size() != 4) throw std::runtime_error("bad request");
    static const std::map<std::string, std::int64_t> kPlayedNumbers = [this] {
        std::map<std::string, std::int64_t> numbers;
        for (std::int64_t i = 0; i < kPlayed; ++i)
            numbers[track_id(i)] = i;
        return numbers;
    }();
    if (const auto found = kPlayedNumbers.find(words[3]); found != kPlayedNumbers.end()) {
        for (const auto& [name, value] : stickers(fake_track(found->second)))
            answer += fmt::format("sticker: {}={}\n", name, value);
    }
    return answer;
}

std::string FakeMpd::listplaylists(const Words&) {
    std::string answer;
    for (const auto& [number, playlist] : state_.playlists)
        answer += fmt::format("playlist: {}\nLast-Modified: 2026-11-22T12:48:48Z\n", playlist.name);
    return answer;
}

std::string FakeMpd::listplaylist(const Words& words) {
    const FakePlaylist* playlist = playlist_of(words[1]);
    if (playlist == nullptr) throw std::out_of_range("No such playlist");
    std::string answer;
    for (const std::int64_t number : playlist->tracks)
        answer += fmt::format("file: {}\n", track_id(number));
    return answer;
}

std::string FakeMpd::playlistadd(const Words& words) {
    if (words[1].empty() || words[1].find('/') != std::string::npos) throw std::runtime_error("Bad playlist name");
    const std::int64_t number = number_of(words[2]);
    if (number < 0) throw std::out_of_range("No such directory");
    FakePlaylist* playlist = playlist_of(words[1]);
    if (playlist == nullptr) {
        playlist = &state_.playlists[state_.next_playlist++];
        playlist->name = words[1];
    }
    playlist->tracks.push_back(number);
    grown_ = words[1];
    return "";
}

std::string FakeMpd::playlistclear(const Words& words) {
    FakePlaylist* playlist = playlist_of(words[1]);
    if (playlist == nullptr) throw std::out_of_range("No such playlist");
    playlist->tracks.clear();
    return "";
}

std::string FakeMpd::rm(const Words& words) {
    const auto gone = std::erase_if(state_.playlists, [&](const auto& one) { return one.second.name == words[1]; });
    if (gone == 0) throw std::out_of_range("No such playlist");
    return "";
}

std::string FakeMpd::rename(const Words& words) {
    if (playlist_of(words[2]) != nullptr) throw Refusal{56, "Playlist exists already"};
    FakePlaylist* playlist = playlist_of(words[1]);
    if (playlist == nullptr) throw std::out_of_range("No such playlist");
    playlist->name = words[2];
    return "";
}

}  // namespace audiomuse::library::testing
