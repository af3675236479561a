// The fields of a ListFilter by name: one table.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/common/list_filter.h"

namespace audiomuse::features {

namespace {

constexpr std::size_t kMostNames = 1000;

Error unusable(std::string_view name, const std::string& value, std::string_view wanted) {
    constexpr std::size_t kShown = 60;
    return Error(ErrorCode::invalid_argument,
                 fmt::format("'{}' must be {}, not '{}'.", name, wanted, std::string_view(value).substr(0, kShown)));
}

template <class Number>
Number number_of(const FilterField& field, const std::string& value) {
    Number number{};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc() && end == value.data() + value.size();
    if (!whole || !std::isfinite(static_cast<double>(number)))
        throw unusable(field.name, value, std::is_integral_v<Number> ? "a whole number" : "a number");
    if ((field.minimum && static_cast<double>(number) < *field.minimum) ||
        (field.maximum && static_cast<double>(number) > *field.maximum)) {
        throw unusable(field.name, value,
                       field.maximum ? fmt::format("between {} and {}", *field.minimum, *field.maximum)
                                     : fmt::format("{} or more", *field.minimum));
    }
    return number;
}

bool boolean_of(const FilterField& field, const std::string& value) {
    const std::string word = fold(value);
    if (word == "true") return true;
    if (word == "false") return false;
    throw unusable(field.name, value, "true or false");
}

/// Parts at commas; "\," is a comma of a name.
std::vector<std::string> names_of(const FilterField& field, const std::string& value) {
    std::vector<std::string> names(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] == '\\' && i + 1 < value.size() && value[i + 1] == ',') {
            names.back() += ',';
            ++i;
        } else if (value[i] == ',') {
            names.emplace_back();
        } else {
            names.back() += value[i];
        }
    }
    for (std::string& name : names)
        name = trim(name);
    std::erase(names, "");
    if (names.size() > kMostNames) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("'{}' names {} things; at most {} are taken.", field.name, names.size(), kMostNames));
    }
    return names;
}

ServerId server_of(store::Store& store, const FilterField& field, const std::string& value) {
    for (const store::ServerRow& server : store.servers().all()) {
        if (std::to_string(server.id.value) == value || fold(server.name) == fold(value)) return server.id;
    }
    throw unusable(field.name, value, "the id or name of a server");
}

/// The energy that the page shows as `shown`: 0 is -60 dB and below, 1 is 0 dB and above.
std::optional<double> energy_of(double shown) {
    if (shown <= 0 || shown >= 1) return std::nullopt;
    return std::pow(10.0, (shown * 60 - 60) / 20);
}

/// One field that is to be set.
struct Setting {
    store::Store& store;
    ListFilter& filter;
    const FilterField& field;
    const std::string& value;

    std::int64_t integer() const { return number_of<std::int64_t>(field, value); }
    int small() const { return static_cast<int>(std::min<std::int64_t>(integer(), 1 << 20)); }
    double number() const { return number_of<double>(field, value); }
    bool boolean() const { return boolean_of(field, value); }
    std::vector<std::string> names() const { return names_of(field, value); }
    store::TrackCriteria& criteria() const { return filter.criteria; }
};

void set_key(const Setting& setting) {
    setting.criteria().key = parse_key(setting.value);
    if (!setting.criteria().key)
        throw unusable(setting.field.name, setting.value, "a key such as \"A minor\", \"Am\" or \"8A\"");
}

void set_vocal(const Setting& setting) {
    const std::string word = fold(setting.value);
    if (word != "vocal" && word != "instrumental")
        throw unusable(setting.field.name, setting.value, "vocal or instrumental");
    setting.criteria().vocal = word == "vocal";
}

void except_list(const Setting& setting) {
    const PlaylistId id{setting.integer()};
    const auto list = setting.store.playlists().get(id);
    if (!list || !store::may_see(list->owner, setting.criteria().listener))
        throw unusable(setting.field.name, setting.value, "the id of a list");
    const std::vector<TrackId> tracks = setting.store.playlists().tracks(id);
    setting.filter.except.insert(setting.filter.except.end(), tracks.begin(), tracks.end());
}

void except_tracks(const Setting& setting) {
    for (const auto& track : setting.store.tracks().by_item_ids(setting.names())) {
        // One that is not there cannot be in the list either.
        if (track) setting.filter.except.push_back(*track);
    }
}

struct Row {
    FilterField field;
    void (*set)(const Setting&);
};

FilterField of_list(FilterField field) {
    field.of_list = true;
    return field;
}

const std::vector<Row>& rows() {
    using enum FieldType;
    using S = const Setting&;
    static const std::vector<Row> kRows = {
        {{"server", text, "Only tracks of this media server (id or name)."},
         [](S s) { s.criteria().server = server_of(s.store, s.field, s.value); }},
        {{"folder", text, "Only tracks in this folder: a path, or the name of a folder anywhere in one."},
         [](S s) { s.criteria().folder = s.value; }},
        {{"genre", text, "Only these genres, parted by commas."}, [](S s) { s.criteria().genres = s.names(); }},
        {{"genre_not", text, "None of these genres."}, [](S s) { s.criteria().genres_not = s.names(); }},
        {{"artist", text, "Only these artists, guests included, parted by commas."},
         [](S s) { s.criteria().artists = s.names(); }},
        {{"artist_not", text, "None of these artists."}, [](S s) { s.criteria().artists_not = s.names(); }},
        {{"year_from", integer, "First year.", 0, 9999}, [](S s) { s.criteria().year.from = s.integer(); }},
        {{"year_to", integer, "Last year.", 0, 9999}, [](S s) { s.criteria().year.to = s.integer(); }},
        {{"length_from", number, "Shortest length in seconds.", 0},
         [](S s) { s.criteria().length_s.from = s.number(); }},
        {{"length_to", number, "Longest length in seconds.", 0}, [](S s) { s.criteria().length_s.to = s.number(); }},
        {{"rating_from", integer, "Lowest rating, in stars.", 0, 5}, [](S s) { s.criteria().rating_from = s.small(); }},
        {{"favourite", boolean, "Only favourites (true) or none of them (false)."},
         [](S s) { s.criteria().favourite = s.boolean(); }},
        {{"plays_from", integer, "Played at least this often.", 0}, [](S s) { s.criteria().plays.from = s.integer(); }},
        {{"plays_to", integer, "Played at most this often.", 0}, [](S s) { s.criteria().plays.to = s.integer(); }},
        {{"tempo_from", number, "Slowest tempo in beats per minute.", 0},
         [](S s) { s.criteria().tempo.from = s.number(); }},
        {{"tempo_to", number, "Fastest tempo in beats per minute.", 0},
         [](S s) { s.criteria().tempo.to = s.number(); }},
        {{"key", text, "Only this key: \"A minor\", \"Am\", \"Bb\" or, as disc jockeys say, \"8A\"."}, set_key},
        {{"vocal", text, "With singing or without.", {}, {}, {"vocal", "instrumental"}}, set_vocal},
        {{"energy_from", number, "Lowest energy, 0 to 1.", 0, 1},
         [](S s) { s.criteria().energy.from = energy_of(s.number()); }},
        {{"energy_to", number, "Highest energy, 0 to 1.", 0, 1},
         [](S s) { s.criteria().energy.to = energy_of(s.number()); }},
        {of_list({"max_per_artist", integer, "At most this many tracks of one artist; 0: any number.", 0}),
         [](S s) { s.filter.max_songs_per_artist = s.small(); }},
        {of_list({"max_per_album", integer, "At most this many tracks of one album; 0: any number.", 0}),
         [](S s) { s.filter.max_songs_per_album = s.small(); }},
        {of_list({"one_version", boolean, "At most one version of a song; default true."}),
         [](S s) { s.filter.one_version = s.boolean(); }},
        {of_list({"keep_versions_apart", boolean,
                  "Live and acoustic recordings and remixes count as songs of their own; default true."}),
         [](S s) { s.filter.keep_versions_apart = s.boolean(); }},
        {of_list({"variance", number, "0: always the nearest tracks; 1: drawn from four times as many.", 0, 1}),
         [](S s) { s.filter.variance = s.number(); }},
        {of_list({"seed", integer, "Which of the lists that variance allows; one seed gives one list.", 0}),
         [](S s) { s.filter.seed = static_cast<std::uint64_t>(s.integer()); }},
        {{"not_in_list", integer, "No track of this list (its id)."}, except_list},
        {{"except", text, "None of these tracks (ids, parted by commas)."}, except_tracks},
    };
    return kRows;
}

}  // namespace

std::span<const FilterField> filter_fields() {
    static const std::vector<FilterField> kFields = [] {
        std::vector<FilterField> fields;
        for (const Row& row : rows())
            fields.push_back(row.field);
        return fields;
    }();
    return kFields;
}

void set_field(store::Store& store, ListFilter& filter, std::string_view name, const std::string& given) {
    const auto row = std::ranges::find_if(rows(), [&](const Row& candidate) { return candidate.field.name == name; });
    if (row == rows().end()) {
        throw Error(ErrorCode::invalid_argument, fmt::format("A filter has no field '{}'.", name));
    }
    const std::string value(trim(given));
    if (!value.empty()) row->set({store, filter, row->field, value});
}

std::optional<store::MusicalKey> parse_key(std::string_view text) {
    std::string word = fold(text);
    std::erase(word, ' ');
    if (word.empty()) return std::nullopt;
    // Camelot: 8A is A minor, 8B C major, and each step up is a fifth.
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error == std::errc()) {
        const std::string_view letter(end, static_cast<std::size_t>(word.data() + word.size() - end));
        if (number < 1 || number > 12 || (letter != "a" && letter != "b")) return std::nullopt;
        const int fifths = (number - 8 + 12) * 7;
        if (letter == "a") return store::MusicalKey{(9 + fifths) % 12, Scale::minor};
        return store::MusicalKey{fifths % 12, Scale::major};
    }
    constexpr std::string_view kLetters = "c d ef g a b";
    const auto at = kLetters.find(word.front());
    if (at == std::string_view::npos) return std::nullopt;
    store::MusicalKey key{static_cast<int>(at), Scale::major};
    std::string_view rest = std::string_view(word).substr(1);
    for (const auto& [sign, step] : {std::pair<std::string_view, int>{"#", 1}, {"♯", 1}, {"b", -1}, {"♭", -1}}) {
        if (!rest.starts_with(sign)) continue;
        key.key = (key.key + step + 12) % 12;
        rest.remove_prefix(sign.size());
        break;
    }
    if (rest == "m" || rest == "min" || rest == "minor") {
        key.scale = Scale::minor;
    } else if (!rest.empty() && rest != "maj" && rest != "major") {
        return std::nullopt;
    }
    return key;
}

}  // namespace audiomuse::features
