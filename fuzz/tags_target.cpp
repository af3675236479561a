// Bytes through the tag reader and the reader of covers. The first byte chooses the name the file goes by.
#include <array>
#include <string_view>

#include "audiomuse/base/text.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "target.h"

namespace {

using namespace audiomuse;

constexpr std::array<std::string_view, 12> kNames = {"a.mp3",  "a.flac", "a.ogg", "a.m4a", "a.wma", "a.wav",
                                                     "a.aiff", "a.ape",  "a.mpc", "a.wv",  "a.tta", "a.oga"};
constexpr std::size_t kMaxCoverBytes = 1U << 20U;

void require_text(const std::string& text) {
    if (to_valid_utf8(text) != text) std::abort();
}

}  // namespace

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const fuzz::LinkFolder folder;
    const fuzz::MemoryFile file({data + 1, size - 1});
    const std::filesystem::path path = folder.link(kNames[data[0] % kNames.size()], file);
    const TrackTags tags = wrap::taglib::read_tags(path);
    for (const std::string* text : {&tags.title, &tags.album, &tags.album_artist, &tags.lyrics})
        require_text(*text);
    const wrap::taglib::Picture cover = wrap::taglib::read_cover(path, kMaxCoverBytes);
    if (cover.bytes.size() > kMaxCoverBytes) std::abort();
    fuzz::note_behaviour((tags.title.empty() ? 0U : 1U) + (tags.artists.empty() ? 0U : 2U) +
                         (tags.album.empty() ? 0U : 4U) + (tags.genres.empty() ? 0U : 8U) +
                         (tags.duration_s > 0 ? 16U : 0U) + (tags.has_cover ? 32U : 0U) +
                         (cover.bytes.empty() ? 0U : 64U) + (tags.year > 0 ? 128U : 0U) +
                         (tags.track_number > 0 ? 256U : 0U) + (tags.lyrics.empty() ? 0U : 512U));
    return 0;
}
