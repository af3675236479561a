#include "audiomuse/features/chat/library_names.h"

#include <algorithm>

#include "audiomuse/base/text.h"
#include "audiomuse/features/common/songs.h"
#include "tokens.h"

namespace audiomuse::features {

namespace {

/// Names of more words are no names of artists that anybody would type.
constexpr std::size_t kMostWords = 10;

std::string name_in(const std::unordered_map<std::string, std::string>& names, const std::string& words) {
    const auto found = names.find(words);
    return found == names.end() ? "" : found->second;
}

}  // namespace

LibraryNames::LibraryNames(store::Store& store) : store_(store) {
    store.tracks().each_credits([&](const store::Credits& credits) {
        for (const std::string& artist : credits.artists)
            add_artist(artist);
        add_artist(credits.album_artist);
    });
    constexpr std::string_view kArticle = "the ";
    std::unordered_map<std::string, std::string> short_names;
    for (const auto& [words, name] : artists_) {
        if (words.starts_with(kArticle)) short_names.emplace(words.substr(kArticle.size()), name);
    }
    artists_.insert(short_names.begin(), short_names.end());
    for (const auto& genre : store.tracks().genres())
        genres_.emplace(words_of(genre.name), genre.name);
    genres_.erase("");
}

void LibraryNames::add_artist(const std::string& name) {
    TrackTags tags;
    tags.artists = {name};
    if (artist_key(tags).empty()) return;  // nobody
    const std::string words = words_of(name);
    const std::size_t count = count_words(words);
    if (count == 0 || count > kMostWords || words == "various artists") return;
    artists_.emplace(words, name);
    longest_artist_ = std::max(longest_artist_, count);
}

std::string LibraryNames::artist(const std::string& words) const {
    return name_in(artists_, words);
}

std::string LibraryNames::genre(const std::string& words) const {
    return name_in(genres_, words);
}

KnownNames::Song LibraryNames::song(const std::string& title, const std::string& artist) const {
    const auto row = store_.tracks().by_name(title, artist);
    if (!row) return {};
    // "Creep" is "Creep (Remastered)", too, and not "Creeping Death".
    const std::string bare = song_signature(row->tags.title, "");
    const std::string words = words_of(title);
    if (words_of(row->tags.title) != words && words_of(bare) != words) return {};
    return {row->tags.title, row->author};
}

}  // namespace audiomuse::features
