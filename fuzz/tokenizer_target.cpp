// Bytes as a tokenizer.json: what stands before the first NUL is the file, the rest the text that is encoded with it.
#include <algorithm>
#include <cstdlib>

#include "audiomuse/base/error.h"
#include "target.h"
#include "text_tokenizer.h"

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace audiomuse;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(bytes.find('\0'), size);
    const std::string_view text = bytes.substr(std::min(end + 1, size));
    try {
        const auto tokenizer = models::TextTokenizer::from_tokenizer_json(bytes.substr(0, end), "the file");
        const auto tokens = tokenizer.encode(text);
        if (tokens.ids.front() != 0 || tokens.mask.front() != 1) std::abort();
        fuzz::note_behaviour(1);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::model_failed) throw;
        fuzz::note_behaviour(fuzz::kind_of_message(error.what()));
    }
    return 0;
}
