// RoBERTa's byte-level byte pair encoding: what CLAP's text branch reads in place of letters.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace audiomuse::models {

/// Text as tokens, as roberta-base's tokenizer gives them (Sennrich, Haddow and Birch, Neural machine translation of
/// rare words with subword units, 2016, over bytes: Radford et al., Language models are unsupervised multitask
/// learners, 2019). Special tokens that somebody types are plain text here. Threads: encode() from any number at once.
class TextTokenizer {
public:
    static constexpr std::size_t kLength = 77;
    struct Tokens {
        std::array<std::int64_t, kLength> ids{};   ///< <s>, the text's, </s>, then <pad>; a longer text is cut
        std::array<std::int64_t, kLength> mask{};  ///< 1 for each that is not <pad>
    };

    /// Reads `tokenizer.json` of the folder, or else `vocab.json` and `merges.txt`. Throws Error(model_missing) where
    /// there is neither, Error(model_failed) for a file that is too large, damaged or no vocabulary of this kind.
    static TextTokenizer open(const std::filesystem::path& folder);
    /// From the text of a `tokenizer.json`; `name` is used in messages. Throws Error(model_failed).
    static TextTokenizer from_tokenizer_json(std::string_view text, const std::string& name);
    /// From the text of a `vocab.json` and of a `merges.txt`. Throws Error(model_failed).
    static TextTokenizer from_vocabulary(std::string_view vocabulary, std::string_view merges, const std::string& name);

    /// `text` may hold any bytes; invalid UTF-8 is read as U+FFFD.
    Tokens encode(std::string_view text) const;

private:
    using Id = std::int32_t;
    struct Merge {
        std::size_t rank;
        Id merged;
    };

    void add_token(std::string_view spelling, std::int64_t id, const std::string& name);
    void add_merge(std::string_view left, std::string_view right, const std::string& name);
    void finish(const std::string& name);
    Id id_of(std::string_view spelling) const;
    void encode_word(std::string_view word, std::vector<Id>& ids) const;

    std::unordered_map<std::string, Id> vocabulary_;  // by spelling, in which each byte is a printable character
    std::unordered_map<std::uint64_t, Merge> merges_;
    std::array<Id, 256> bytes_{};  // the token of each single byte
};

/// The words that are encoded one by one: the pieces that GPT-2's pattern
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// matches one after another. Together they are `text`.
std::vector<std::string_view> split_words(std::string_view text);

}  // namespace audiomuse::models
