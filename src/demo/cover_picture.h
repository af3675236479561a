#pragma once

#include <cstdint>
#include <string>

namespace audiomuse::demo {

/// A simple album cover as PNG, 400 x 400 pixels: colours by `style`, a geometric figure drawn from `album`. Pure.
std::string cover_picture(std::size_t style, std::size_t album);

}  // namespace audiomuse::demo
