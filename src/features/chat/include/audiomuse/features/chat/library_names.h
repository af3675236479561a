// The names of a library, for understanding requests.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "audiomuse/features/chat/request.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// Artists and genres as they were when it was made, by one pass over the catalogue; songs are looked up in the store.
/// To be made anew when Store::change_counter has moved. Thread-safe.
class LibraryNames final : public KnownNames {
public:
    explicit LibraryNames(store::Store& store);

    /// "beatles" is "The Beatles", too, where there are no Beatles.
    std::string artist(const std::string& words) const override;
    std::size_t longest_artist() const override { return longest_artist_; }
    std::string genre(const std::string& words) const override;
    Song song(const std::string& title, const std::string& artist) const override;

private:
    void add_artist(const std::string& name);

    store::Store& store_;
    std::unordered_map<std::string, std::string> artists_, genres_;  // by words_of
    std::size_t longest_artist_ = 0;
};

}  // namespace audiomuse::features
