#include "words.h"

#include <chrono>

#include "audiomuse/base/clock.h"
#include "audiomuse/features/chat/library_names.h"

namespace audiomuse::api {

features::Request understand_words(Backend& backend, std::string_view text) {
    store::Store& store = backend.context.store;
    const auto names =
        backend.names.get(store.change_counter(), steady_now(), [&] { return features::LibraryNames(store); });
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    return features::understand(text, *names, static_cast<int>(std::chrono::year_month_day(today).year()));
}

}  // namespace audiomuse::api
