#include "auth/right.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::api {

namespace {
constexpr std::array<std::string_view, 5> kRightNames = {"open", "read", "playlists", "jobs", "admin"};
constexpr std::array kScopes = {Right::read, Right::playlists, Right::jobs, Right::admin};
}  // namespace

std::string_view right_name(Right right) {
    return kRightNames[static_cast<std::size_t>(right)];
}

Rights Rights::all() {
    unsigned bits = 0;
    for (const Right right : kScopes)
        bits |= bit(right);
    return Rights(bits);
}

Rights Rights::of(store::Role role) {
    return role == store::Role::admin ? all() : Rights(bit(Right::read) | bit(Right::playlists));
}

Rights Rights::parse(std::string_view scopes) {
    Rights rights = none();
    for (const std::string& part : split(scopes, ',')) {
        const std::string name = fold(part);
        const auto* found =
            std::find_if(kScopes.begin(), kScopes.end(), [&](Right right) { return right_name(right) == name; });
        if (found == kScopes.end()) {
            throw Error(
                ErrorCode::invalid_argument,
                fmt::format("'{}' is no scope; there are read, playlists, jobs and admin.", to_valid_utf8(part)));
        }
        rights.bits_ |= *found == Right::admin ? all().bits_ : bit(*found);
    }
    return rights;
}

std::string Rights::text() const {
    if (may(Right::admin)) return std::string(right_name(Right::admin));
    std::vector<std::string> names;
    for (const Right right : kScopes) {
        if (may(right)) names.emplace_back(right_name(right));
    }
    return join(names, ",");
}

}  // namespace audiomuse::api
