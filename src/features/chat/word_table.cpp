#include "word_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <numeric>
#include <set>
#include <utility>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "embedded_words.h"

namespace audiomuse::features {

namespace {

struct NamedRole {
    std::string_view name;
    Role role;
};
constexpr std::array kRoles = {NamedRole{"filler", Role::filler},
                               NamedRole{"other", Role::other},
                               NamedRole{"not", Role::not_},
                               NamedRole{"but", Role::but},
                               NamedRole{"and", Role::and_},
                               NamedRole{"or", Role::or_},
                               NamedRole{"like", Role::like},
                               NamedRole{"than", Role::than},
                               NamedRole{"like_after", Role::like_after},
                               NamedRole{"by", Role::by},
                               NamedRole{"from", Role::from},
                               NamedRole{"song_named", Role::song_named},
                               NamedRole{"more", Role::more},
                               NamedRole{"less", Role::less},
                               NamedRole{"number", Role::number},
                               NamedRole{"to", Role::to},
                               NamedRole{"between", Role::between},
                               NamedRole{"over", Role::over},
                               NamedRole{"under", Role::under},
                               NamedRole{"around", Role::around},
                               NamedRole{"since", Role::since},
                               NamedRole{"after", Role::after},
                               NamedRole{"before", Role::before},
                               NamedRole{"until", Role::until},
                               NamedRole{"onwards", Role::onwards},
                               NamedRole{"early", Role::early},
                               NamedRole{"mid", Role::mid},
                               NamedRole{"late", Role::late},
                               NamedRole{"decade_after", Role::decade_after},
                               NamedRole{"decade_before", Role::decade_before},
                               NamedRole{"last", Role::last},
                               NamedRole{"bpm", Role::bpm},
                               NamedRole{"tempo", Role::tempo},
                               NamedRole{"unit", Role::unit},
                               NamedRole{"time", Role::time},
                               NamedRole{"song", Role::song},
                               NamedRole{"each", Role::each},
                               NamedRole{"key", Role::key},
                               NamedRole{"pitch", Role::pitch},
                               NamedRole{"sharp", Role::sharp},
                               NamedRole{"flat", Role::flat},
                               NamedRole{"major", Role::major},
                               NamedRole{"minor", Role::minor},
                               NamedRole{"unplayed", Role::unplayed},
                               NamedRole{"lately", Role::lately},
                               NamedRole{"per_artist", Role::per_artist},
                               NamedRole{"most", Role::most},
                               NamedRole{"star", Role::star},
                               NamedRole{"compound", Role::compound}};

Meaning meaning_of(std::string_view text) {
    Meaning meaning;
    if (text.starts_with('*')) {
        const std::size_t blank = std::min(text.find(' '), text.size());
        const auto role = std::ranges::find(kRoles, text.substr(1, blank - 1), &NamedRole::name);
        if (role == kRoles.end()) throw Error(ErrorCode::damaged, fmt::format("'{}' is no role.", text));
        meaning.role = role->role;
        const std::string_view number = trim(text.substr(blank));
        std::from_chars(number.data(), number.data() + number.size(), meaning.number);
        return meaning;
    }
    for (const std::string& part : split(text, ';'))
        meaning.conditions.push_back(parse_condition(trim(part)));
    return meaning;
}

/// "happy" as "hapy".
std::string without_doubles(std::string word) {
    word.erase(std::unique(word.begin(), word.end()), word.end());
    return word;
}

constexpr std::size_t kShortestCorrected = 5, kLongCorrected = 8, kLongestCorrected = 24;

/// A bit for each byte that occurs in the word, several bytes to a bit.
std::uint64_t letters_of(const std::string& word) {
    std::uint64_t letters = 0;
    for (const char c : word)
        letters |= std::uint64_t{1} << (static_cast<unsigned char>(c) % 64);
    return letters;
}

/// Insertions, deletions, replacements and exchanges of neighbours (optimal string alignment) between words of at most
/// kLongestCorrected + 2 bytes.
std::size_t slips(const std::string& a, const std::string& b) {
    using Row = std::array<std::size_t, kLongestCorrected + 3>;
    Row before{}, last{}, row{};
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = std::exchange(last, row);
    }
    return last[b.size()];
}

}  // namespace

WordTable::WordTable(std::string language, std::string_view text, const WordTable* under)
    : language_(std::move(language)) {
    int number = 0;
    for (const std::string& line : split(text, '\n')) {
        ++number;
        try {
            read_line(trim(line), phrases_);
        } catch (const Error& error) {
            throw Error(error.code(), fmt::format("Word table '{}', line {}: {}", language_, number, error.what()));
        }
    }
    if (under != nullptr) phrases_.insert(under->phrases_.begin(), under->phrases_.end());
    index_words();
}

void WordTable::read_line(std::string_view line, std::unordered_map<std::string, std::vector<Meaning>>& phrases) {
    if (line.empty() || line.starts_with('#')) return;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) throw Error(ErrorCode::damaged, "there is no ':' behind the meaning.");
    const Meaning meaning = meaning_of(trim(line.substr(0, colon)));
    for (const std::string& phrase : split(line.substr(colon + 1), ',')) {
        const std::string words = words_of(phrase);
        if (words.empty()) throw Error(ErrorCode::damaged, "a phrase is empty.");
        phrases[words].push_back(meaning);
    }
}

void WordTable::index_words() {
    for (const auto& [phrase, meanings] : phrases_) {
        const std::vector<std::string> words = split(phrase, ' ');
        vocabulary_.insert(words.begin(), words.end());
        longest_ = std::max(longest_, words.size());
        const bool ends = std::ranges::any_of(meanings, [](const Meaning& m) { return m.role == Role::compound; });
        if (ends) compounds_.push_back(phrase);
    }
    for (const std::string& word : vocabulary_) {
        if (word.size() >= kShortestCorrected && word.size() <= kLongestCorrected + 2)
            long_words_.push_back({word, letters_of(word)});
    }
    std::ranges::sort(compounds_, [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
}

std::span<const Meaning> WordTable::find(const std::string& phrase) const {
    const auto found = phrases_.find(phrase);
    return found == phrases_.end() ? std::span<const Meaning>() : std::span<const Meaning>(found->second);
}

std::string WordTable::corrected(const std::string& word) const {
    if (word.size() + 1 < kShortestCorrected || word.size() > kLongestCorrected) return "";
    const std::uint64_t letters = letters_of(word);
    std::size_t best = word.size() >= kLongCorrected ? 2 : 1;
    const LongWord* nearest = nullptr;
    bool alone = false;
    for (const LongWord& known : long_words_) {
        const std::size_t longer = std::max(known.word.size(), word.size());
        if (longer - std::min(known.word.size(), word.size()) > best) continue;
        // A slip takes at most one letter away and brings one.
        if (static_cast<std::size_t>(std::popcount(letters ^ known.letters)) > 2 * best) continue;
        const std::size_t distance = slips(word, known.word);
        if (distance > best) continue;
        // Words of four letters are near to too many: only a letter that was not doubled counts.
        if (word.size() < kShortestCorrected && without_doubles(known.word) != word) continue;
        alone = nearest == nullptr || distance < best;
        nearest = &known;
        best = distance;
    }
    return alone ? nearest->word : "";
}

std::vector<std::string> WordTable::phrases_of(ConditionKind kind, std::string_view value) const {
    std::vector<std::string> found;
    for (const auto& [phrase, meanings] : phrases_) {
        const bool means = std::ranges::any_of(meanings, [&](const Meaning& meaning) {
            return meaning.conditions.size() == 1 && meaning.conditions.front().kind == kind &&
                   meaning.conditions.front().degree == Degree::is && meaning.conditions.front().value == value;
        });
        if (means) found.push_back(phrase);
    }
    return found;
}

std::vector<std::string> WordTable::values_of(ConditionKind kind) const {
    std::set<std::string> values;
    for (const auto& [phrase, meanings] : phrases_) {
        for (const Meaning& meaning : meanings) {
            for (const Condition& condition : meaning.conditions) {
                if (condition.kind == kind && !condition.value.empty()) values.insert(condition.value);
            }
        }
    }
    return {values.begin(), values.end()};
}

const std::vector<WordTable>& word_tables() {
    static const std::vector<WordTable> kTables = [] {
        const auto text_of = [](const embedded::words::File& file) {
            return std::string_view(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
        };
        constexpr std::string_view kEnding = ".txt";
        const WordTable english("en", text_of(*embedded::words::find("en.txt")));
        std::vector<WordTable> tables = {english};
        for (const embedded::words::File& file : embedded::words::files()) {
            const std::string language(file.path.substr(0, file.path.size() - kEnding.size()));
            if (language != "en") tables.emplace_back(language, text_of(file), &english);
        }
        return tables;
    }();
    return kTables;
}

}  // namespace audiomuse::features
