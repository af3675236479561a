// Lyrics as files and servers have them: the text of a tag or of a .lrc file, in whatever way that was written.
#pragma once

#include <string>
#include <string_view>

namespace audiomuse::library {

/// One line for each line: UTF-8 or, with a byte order mark, UTF-16; any ends of lines; without the time stamps and the
/// heading of LRC ("[00:12.50]", "<00:12.50>", "[ar:Anna Bell]"); no empty lines at both ends.
std::string plain_lyrics(std::string_view bytes);

}  // namespace audiomuse::library
