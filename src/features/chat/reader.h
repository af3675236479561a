// One reading of a request, by the words of one language.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/features/chat/request.h"
#include "tokens.h"
#include "word_table.h"

namespace audiomuse::features {

struct Reading {
    Request request;
    std::size_t unknown = 0;    ///< words that were not understood
    std::size_t corrected = 0;  ///< words that were taken for misspelt ones
};

/// Names of a library, each asked for once.
class NameMemory {
public:
    explicit NameMemory(const KnownNames& names) : names_(names), longest_artist_(names.longest_artist()) {}
    std::size_t longest_artist() const { return longest_artist_; }
    const std::string& artist(const std::string& words);
    const std::string& genre(const std::string& words);
    /// At most kMostSongs different ones; after that there are none.
    const KnownNames::Song& song(const std::string& title, const std::string& artist);

private:
    const KnownNames& names_;
    std::size_t longest_artist_;
    std::map<std::string, std::string> artists_, genres_;
    std::map<std::pair<std::string, std::string>, KnownNames::Song> songs_;
};

/// Names of songs that a request may have looked up.
inline constexpr std::size_t kMostSongs = 30;

/// `text` is what `tokens` were made of.
Reading read_request(std::string_view text, const std::vector<Token>& tokens, const WordTable& table, NameMemory& names,
                     int this_year);

}  // namespace audiomuse::features
