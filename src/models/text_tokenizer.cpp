#include "text_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <queue>
#include <tuple>
#include <utility>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "model_files.h"

namespace audiomuse::models {

namespace {

namespace json = boost::json;

// roberta-base's takes 3.5 MB and has 50,265 tokens; a wrong file must not fill the memory.
constexpr std::size_t kLargestFile = 16 << 20;
constexpr std::size_t kMostTokens = 1 << 18;
constexpr std::int64_t kStart = 0;
constexpr std::int64_t kPad = 1;
constexpr std::int64_t kEnd = 2;
constexpr std::string_view kUnknown = "<unk>";

[[noreturn]] void refuse_vocabulary(const std::string& name, std::string_view why) {
    throw Error(ErrorCode::model_failed,
                fmt::format("{} is no vocabulary of roberta-base that can be used: {}.", name, why));
}

/// How GPT-2 spells a byte: itself where it is printable, else the next free character from U+0100 on.
std::string spelling_of(unsigned byte) {
    const auto printable = [](unsigned value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || (value >= 0xAE && value <= 0xFF);
    };
    unsigned codepoint = byte;
    if (!printable(byte)) {
        codepoint = 0x100;
        for (unsigned before = 0; before < byte; ++before)
            codepoint += printable(before) ? 0 : 1;
    }
    if (codepoint < 0x80) return {static_cast<char>(codepoint)};
    return {static_cast<char>(0xC0U | codepoint >> 6U), static_cast<char>(0x80U | (codepoint & 0x3FU))};
}

std::uint64_t pair_key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32U | static_cast<std::uint64_t>(right);
}

json::value parse_json(std::string_view text, const std::string& name) {
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, {.max_depth = 16});
    if (error) refuse_vocabulary(name, "it is no JSON, or damaged");
    return value;
}

std::string_view as_view(const json::value& value, const std::string& name) {
    if (!value.is_string()) refuse_vocabulary(name, "a token is no text");
    return {value.get_string().data(), value.get_string().size()};
}

/// The two tokens of "left right".
std::pair<std::string_view, std::string_view> split_merge(std::string_view line, const std::string& name) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos || line.find(' ', blank + 1) != std::string_view::npos)
        refuse_vocabulary(name, "a merge does not have two parts");
    return {line.substr(0, blank), line.substr(blank + 1)};
}

std::string_view as_text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> read_limited(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::file_size(file, error) > kLargestFile && !error)
        refuse_vocabulary(file.string(), fmt::format("it is larger than {} MB", kLargestFile >> 20U));
    return read_file(file);
}

const json::object& object_at(const json::object& parent, std::string_view key, const std::string& name) {
    const json::value* value = parent.if_contains(key);
    if (value == nullptr || !value->is_object()) refuse_vocabulary(name, fmt::format("'{}' is missing", key));
    return value->get_object();
}

/// The length of "'s", "'t", "'re", "'ve", "'m", "'ll" or "'d" at the start; 0 without.
std::size_t contraction(std::string_view text) {
    for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
        if (text.starts_with(ending)) return ending.size();
    }
    return 0;
}

/// The bytes of `text` up to the first character that is not of this kind.
std::size_t run_of(std::string_view text, CharKind kind) {
    std::size_t length = 0;
    while (length < text.size()) {
        const Character next = first_character(text.substr(length));
        if (next.kind != kind) break;
        length += next.length;
    }
    return length;
}

/// White space goes to the word after it, but for its last character; at the end of the text, all of it is a word.
std::size_t run_of_space(std::string_view text) {
    std::size_t length = 0;
    std::size_t last = 0;  // where the last character begins
    while (length < text.size()) {
        const Character next = first_character(text.substr(length));
        if (next.kind != CharKind::space) return last == 0 ? length : last;
        last = length;
        length += next.length;
    }
    return length;
}

}  // namespace

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        std::size_t length = contraction(text);
        if (length == 0) {
            const std::size_t blank = text.size() > 1 && text.front() == ' ' ? 1 : 0;
            const CharKind kind = first_character(text.substr(blank)).kind;
            length = kind == CharKind::space ? run_of_space(text) : blank + run_of(text.substr(blank), kind);
        }
        words.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return words;
}

TextTokenizer TextTokenizer::open(const std::filesystem::path& folder) {
    const auto exists = [&](const char* name) {
        std::error_code ignored;
        return std::filesystem::is_regular_file(folder / name, ignored);
    };
    if (exists("tokenizer.json")) {
        const auto file = folder / "tokenizer.json";
        return from_tokenizer_json(as_text_of(read_limited(file)), file.string());
    }
    if (exists("vocab.json") && exists("merges.txt")) {
        const auto vocabulary = read_limited(folder / "vocab.json");
        const auto merges = read_limited(folder / "merges.txt");
        return from_vocabulary(as_text_of(vocabulary), as_text_of(merges), (folder / "vocab.json").string());
    }
    throw Error(ErrorCode::model_missing,
                fmt::format("The vocabulary of roberta-base is missing: put its tokenizer.json, or its vocab.json and "
                            "merges.txt, into {}.",
                            folder.string()));
}

TextTokenizer TextTokenizer::from_tokenizer_json(std::string_view text, const std::string& name) {
    const json::value whole = parse_json(text, name);
    if (!whole.is_object()) refuse_vocabulary(name, "it holds no object");
    const json::object& model = object_at(whole.get_object(), "model", name);
    if (const json::value* type = model.if_contains("type"); type != nullptr && *type != "BPE")
        refuse_vocabulary(name, "it is not of the kind BPE");
    TextTokenizer tokenizer;
    for (const auto& [spelling, id] : object_at(model, "vocab", name)) {
        if (!id.is_int64()) refuse_vocabulary(name, "the number of a token is no number");
        tokenizer.add_token(spelling, id.get_int64(), name);
    }
    const json::value* merges = model.if_contains("merges");
    if (merges == nullptr || !merges->is_array()) refuse_vocabulary(name, "'merges' is missing");
    for (const json::value& merge : merges->get_array()) {
        if (merge.is_array() && merge.get_array().size() == 2) {  // as newer versions write it
            tokenizer.add_merge(as_view(merge.get_array()[0], name), as_view(merge.get_array()[1], name), name);
        } else {
            const auto [left, right] = split_merge(as_view(merge, name), name);
            tokenizer.add_merge(left, right, name);
        }
    }
    tokenizer.finish(name);
    return tokenizer;
}

TextTokenizer TextTokenizer::from_vocabulary(std::string_view vocabulary, std::string_view merges,
                                             const std::string& name) {
    const json::value whole = parse_json(vocabulary, name);
    if (!whole.is_object()) refuse_vocabulary(name, "it holds no object");
    TextTokenizer tokenizer;
    for (const auto& [spelling, id] : whole.get_object()) {
        if (!id.is_int64()) refuse_vocabulary(name, "the number of a token is no number");
        tokenizer.add_token(spelling, id.get_int64(), name);
    }
    bool first = true;
    while (!merges.empty()) {
        const std::size_t end = std::min(merges.find('\n'), merges.size());
        std::string_view line = merges.substr(0, end);
        merges.remove_prefix(std::min(end + 1, merges.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || (std::exchange(first, false) && line.starts_with("#version"))) continue;
        const auto [left, right] = split_merge(line, name);
        tokenizer.add_merge(left, right, name);
    }
    tokenizer.finish(name);
    return tokenizer;
}

void TextTokenizer::add_token(std::string_view spelling, std::int64_t id, const std::string& name) {
    if (id < 0 || id >= static_cast<std::int64_t>(kMostTokens)) refuse_vocabulary(name, "it has too large numbers");
    vocabulary_.emplace(spelling, static_cast<Id>(id));
}

TextTokenizer::Id TextTokenizer::id_of(std::string_view spelling) const {
    const auto found = vocabulary_.find(std::string(spelling));
    return found == vocabulary_.end() ? -1 : found->second;
}

void TextTokenizer::add_merge(std::string_view left, std::string_view right, const std::string& name) {
    const Id first = id_of(left);
    const Id second = id_of(right);
    const Id merged = id_of(std::string(left) + std::string(right));
    if (first < 0 || second < 0 || merged < 0) refuse_vocabulary(name, "a merge names a token that there is not");
    merges_.try_emplace(pair_key(first, second), Merge{merges_.size(), merged});
}

void TextTokenizer::finish(const std::string& name) {
    const Id unknown = id_of(kUnknown);
    if (id_of("<s>") != kStart || id_of("<pad>") != kPad || id_of("</s>") != kEnd || unknown < 0)
        refuse_vocabulary(name, "<s>, <pad>, </s> and <unk> are not what they are there");
    for (unsigned byte = 0; byte < bytes_.size(); ++byte) {
        const Id id = id_of(spelling_of(byte));
        bytes_[byte] = id < 0 ? unknown : id;
    }
}

// The pair that was merged first in training is merged first here; of equal ones, the leftmost. A heap of the pairs
// there are keeps a long word from costing its square.
void TextTokenizer::encode_word(std::string_view word, std::vector<Id>& ids) const {
    constexpr auto kNone = std::numeric_limits<std::size_t>::max();
    struct Symbol {
        Id id;
        std::size_t previous;
        std::size_t next;
        bool gone;
    };
    std::vector<Symbol> symbols(word.size());
    for (std::size_t i = 0; i < word.size(); ++i)
        symbols[i] = {bytes_[static_cast<unsigned char>(word[i])], i == 0 ? kNone : i - 1,
                      i + 1 == word.size() ? kNone : i + 1, false};
    struct Pair {
        std::size_t rank;
        std::size_t at;
        Id left;
        Id right;
        Id merged;
        bool operator>(const Pair& other) const { return std::tie(rank, at) > std::tie(other.rank, other.at); }
    };
    std::priority_queue<Pair, std::vector<Pair>, std::greater<>> pairs;
    const auto consider = [&](std::size_t at) {
        if (at == kNone || symbols[at].next == kNone) return;
        const Id left = symbols[at].id;
        const Id right = symbols[symbols[at].next].id;
        if (const auto merge = merges_.find(pair_key(left, right)); merge != merges_.end())
            pairs.push({merge->second.rank, at, left, right, merge->second.merged});
    };
    for (std::size_t i = 0; i < symbols.size(); ++i)
        consider(i);
    while (!pairs.empty()) {
        const Pair pair = pairs.top();
        pairs.pop();
        Symbol& symbol = symbols[pair.at];
        // Since it was noted, one of the two may have become part of another.
        if (symbol.gone || symbol.id != pair.left || symbol.next == kNone || symbols[symbol.next].id != pair.right)
            continue;
        Symbol& second = symbols[symbol.next];
        second.gone = true;
        symbol.id = pair.merged;
        symbol.next = second.next;
        if (symbol.next != kNone) symbols[symbol.next].previous = pair.at;
        consider(symbol.previous);
        consider(pair.at);
    }
    for (const Symbol& symbol : symbols) {
        if (!symbol.gone) ids.push_back(symbol.id);
    }
}

TextTokenizer::Tokens TextTokenizer::encode(std::string_view text) const {
    constexpr std::size_t kMost = kLength - 2;
    std::vector<Id> ids;
    const std::string valid = to_valid_utf8(text);
    for (const std::string_view word : split_words(valid)) {
        encode_word(word, ids);
        if (ids.size() >= kMost) break;
    }
    ids.resize(std::min(ids.size(), kMost));
    Tokens tokens;
    tokens.ids.fill(kPad);
    tokens.ids[0] = kStart;
    std::copy(ids.begin(), ids.end(), tokens.ids.begin() + 1);
    tokens.ids[ids.size() + 1] = kEnd;
    std::fill_n(tokens.mask.begin(), ids.size() + 2, 1);
    return tokens;
}

}  // namespace audiomuse::models
