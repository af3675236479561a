// The names of a small library, for tests.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

#include "audiomuse/features/chat/request.h"

namespace audiomuse::features {

class SomeNames final : public KnownNames {
public:
    using Songs = std::initializer_list<std::pair<const char*, const char*>>;  // title, artist

    SomeNames(std::initializer_list<const char*> artists, std::initializer_list<const char*> genres, Songs songs) {
        for (const std::string artist : artists) {
            artists_[words_of(artist)] = artist;
            if (artist.starts_with("The ")) artists_[words_of(artist.substr(4))] = artist;
        }
        for (const std::string genre : genres)
            genres_[words_of(genre)] = genre;
        for (const auto& [title, by] : songs)
            songs_[words_of(title)] = {title, by};
    }
    std::string artist(const std::string& words) const override { return find(artists_, words); }
    std::size_t longest_artist() const override { return 4; }
    std::string genre(const std::string& words) const override { return find(genres_, words); }
    Song song(const std::string& title, const std::string& by) const override {
        const auto found = songs_.find(words_of(title));
        if (found == songs_.end() || (!by.empty() && found->second.artist != by)) return {};
        return found->second;
    }

private:
    static std::string find(const std::map<std::string, std::string>& names, const std::string& words) {
        const auto found = names.find(words);
        return found == names.end() ? "" : found->second;
    }

    std::map<std::string, std::string> artists_, genres_;
    std::map<std::string, Song> songs_;
};

}  // namespace audiomuse::features
