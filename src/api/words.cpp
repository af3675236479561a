#include "words.h"

#include <chrono>

#include "audiomuse/base/clock.h"
#include "audiomuse/features/chat/library_names.h"

namespace audiomuse::api {

std::shared_ptr<const features::LibraryNames> names_of(Backend& backend) {
    store::Store& store = backend.context.store;
    return backend.names.get(store.change_counter(), steady_now(), [&] { return features::LibraryNames(store); });
}

int this_year() {
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    return static_cast<int>(std::chrono::year_month_day(today).year());
}

features::Request understand_words(Backend& backend, std::string_view text) {
    return features::understand(text, *names_of(backend), this_year());
}

}  // namespace audiomuse::api
