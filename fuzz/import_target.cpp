// Bytes through the reader of exports, as `audiomuse import` reads a file before it changes anything.
#include "audiomuse/base/error.h"
#include "audiomuse/store/transfer.h"
#include "target.h"

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace audiomuse;
    const fuzz::MemoryFile file({data, size});
    try {
        store::check_export(file.path(), {});
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal) throw;
        fuzz::note_behaviour(fuzz::kind_of_message(error.what()));
    }
    return 0;
}
