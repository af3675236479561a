#include <optional>
#include <utility>

#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/request.h"
#include "reader.h"

namespace audiomuse::features {

namespace {

/// How badly a reading fits; a misspelt word is better than an unknown one.
std::size_t badness(const Reading& reading) {
    return 4 * reading.unknown + reading.corrected;
}

}  // namespace

std::string beginning_of(std::string_view text) {
    // A stray byte becomes three, so the bound is applied to what is valid.
    std::string valid = to_valid_utf8(text.substr(0, 4 * kMostCharacters));
    valid.resize(first_bytes(valid, kMostCharacters).size());
    return valid;
}

Request understand(std::string_view text, const KnownNames& names, int this_year) {
    const std::string read = beginning_of(text);
    const std::vector<Token> tokens = tokens_of(read);
    NameMemory memory(names);
    std::optional<Reading> best;
    for (const WordTable& table : word_tables()) {
        Reading reading = read_request(read, tokens, table, memory, this_year);
        if (!best || badness(reading) < badness(*best)) best = std::move(reading);
    }
    best->request.cut = text.size() > 4 * kMostCharacters || to_valid_utf8(text).size() > read.size();
    return std::move(best->request);
}

}  // namespace audiomuse::features
