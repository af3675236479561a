#include "audiomuse/servers/listening.h"

#include <cstdint>
#include <string_view>

#include "audiomuse/base/log.h"

namespace audiomuse::servers {

void Listening::add(const library::ServerTrack& track) {
    all_.plays = all_.plays || track.play_count;
    all_.ratings = all_.ratings || track.rating;
    all_.favourites = all_.favourites || track.favourite;
    if (track.play_count.value_or(0) <= 0 && track.rating.value_or(0) <= 0 && !track.favourite.value_or(false)) return;
    items_.push_back({.item_id = track.id,
                      .plays = track.play_count,
                      .last_played_at = track.last_played,
                      .rating = track.rating,
                      .favourite = track.favourite});
}

void read_listening(store::History& history, library::MediaServer& media, const store::Listener& listener,
                    const std::string& name, const CancelToken& cancel) {
    constexpr std::int64_t kMost = 1000;
    const auto take = [&](std::span<const library::ServerTrack> tracks, const store::Told& all) {
        Listening listening;
        for (const library::ServerTrack& track : tracks)
            listening.add(track);
        history.put(listener, listening.items(), all);
    };
    const auto unless_untold = [&](std::string_view what, const auto& question) {
        try {
            question();
        } catch (const Error& error) {
            if (error.code() == ErrorCode::cancelled) throw;
            log::info("{} does not say {}: {}", name, what, error.what());
        }
    };
    unless_untold("what is played most", [&] { take(media.most_played(kMost, cancel), {}); });
    unless_untold("what is rated", [&] {
        const library::Opinions opinions = media.opinions(cancel);
        take(opinions.tracks, {.ratings = opinions.all_ratings, .favourites = opinions.all_favourites});
    });
}

}  // namespace audiomuse::servers
