// Typed ids: a track id, a media server's item id and an index slot must not be mixed up silently.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace audiomuse {

/// A row id of one kind of thing. 0 means "none"; ids start at 1 and are never reused.
template <class Kind>
struct Id {
    std::int64_t value = 0;
    constexpr explicit operator bool() const { return value != 0; }
    friend constexpr auto operator<=>(Id, Id) = default;
};

using TrackId = Id<struct TrackKind>;
using PlaylistId = Id<struct PlaylistKind>;
using ServerId = Id<struct ServerKind>;
using AnchorId = Id<struct AnchorKind>;
using RadioId = Id<struct RadioKind>;
using UserId = Id<struct UserKind>;
using ScheduleId = Id<struct ScheduleKind>;

/// A job's id: a UUID v4 in lower-case text, as AudioMuse-AI's clients expect of `task_id`.
struct JobId {
    std::string value;
    explicit operator bool() const { return !value.empty(); }
    friend auto operator<=>(const JobId&, const JobId&) = default;
};

/// A new random UUID v4.
JobId new_job_id();

}  // namespace audiomuse

template <class Kind>
struct std::hash<audiomuse::Id<Kind>> {
    std::size_t operator()(audiomuse::Id<Kind> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
template <>
struct std::hash<audiomuse::JobId> {
    std::size_t operator()(const audiomuse::JobId& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
