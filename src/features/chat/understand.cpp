#include <optional>
#include <utility>

#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/request.h"
#include "reader.h"

namespace audiomuse::features {

namespace {

/// At most kMostCharacters, not in the middle of a character.
std::string_view beginning_of(std::string_view text) {
    if (text.size() <= kMostCharacters) return text;
    std::size_t end = kMostCharacters;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

/// How badly a reading fits; a misspelt word is better than an unknown one.
std::size_t badness(const Reading& reading) {
    return 4 * reading.unknown + reading.corrected;
}

}  // namespace

Request understand(std::string_view text, const KnownNames& names, int this_year) {
    // A stray byte becomes three, so the bound is applied to what is valid.
    const std::string valid = to_valid_utf8(text.substr(0, 4 * kMostCharacters));
    const std::string_view read = beginning_of(valid);
    const std::vector<Token> tokens = tokens_of(read);
    NameMemory memory(names);
    std::optional<Reading> best;
    for (const WordTable& table : word_tables()) {
        Reading reading = read_request(read, tokens, table, memory, this_year);
        if (!best || badness(reading) < badness(*best)) best = std::move(reading);
    }
    best->request.cut = read.size() < valid.size() || text.size() > 4 * kMostCharacters;
    return std::move(best->request);
}

}  // namespace audiomuse::features
