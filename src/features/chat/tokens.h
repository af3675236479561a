// A request as words.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse::features {

struct Token {
    std::string word;       ///< folded letters, or a number in decimal; never empty
    std::size_t begin = 0;  ///< bytes of the text it was made of
    std::size_t end = 0;
    bool number = false;
    bool breaks = false;  ///< a comma, full stop, bracket, quotation mark or the like stands in front
    bool dash = false;    ///< a dash or hyphen stands in front
    bool glued = false;   ///< nothing stands in front: the "s" of "90s"
    bool quoted = false;  ///< inside quotation marks
};

/// Runs of letters and runs of figures; "&" and "+" are the word "and", a sharp or "#" behind a letter is "sharp", a
/// flat sign "flat". Apostrophes, hyphens and slashes only part words. `text` is valid UTF-8.
std::vector<Token> tokens_of(std::string_view text);

/// Of a text that words_of or joined_words gave.
std::size_t count_words(std::string_view words);

/// Words of tokens [begin, end), parted by blanks.
std::string joined_words(const std::vector<Token>& tokens, std::size_t begin, std::size_t end);

/// The number of a number token.
std::optional<double> number_of(const Token& token);

}  // namespace audiomuse::features
