#include "media_type.h"

#include <array>
#include <utility>

#include "audiomuse/base/text.h"

namespace audiomuse::api {

std::string_view audio_media_type(std::string_view first_bytes, std::string_view extension) {
    const auto at = [&](std::size_t offset, std::string_view magic) {
        return first_bytes.size() >= offset + magic.size() && first_bytes.substr(offset, magic.size()) == magic;
    };
    if (at(0, "fLaC")) return "audio/flac";
    if (at(0, "OggS")) return "audio/ogg";
    if (at(0, "RIFF") && at(8, "WAVE")) return "audio/wav";
    if (at(4, "ftyp")) return "audio/mp4";
    if (at(0, "FORM") && at(8, "AIF")) return "audio/aiff";
    if (at(0, "\x1a\x45\xdf\xa3")) return "audio/webm";
    if (at(0, "ADIF")) return "audio/aac";
    if (first_bytes.size() >= 2 && static_cast<unsigned char>(first_bytes[0]) == 0xff) {
        const auto second = static_cast<unsigned char>(first_bytes[1]);
        if ((second & 0xf6) == 0xf0) return "audio/aac";  // ADTS: layer bits 00
        if ((second & 0xe0) == 0xe0) return "audio/mpeg";
    }
    // "ID3" begins MP3 files mostly, but other formats carry it too: there the name knows better.
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kByExtension = {{
        {".mp3", "audio/mpeg"},
        {".mp2", "audio/mpeg"},
        {".flac", "audio/flac"},
        {".ogg", "audio/ogg"},
        {".oga", "audio/ogg"},
        {".opus", "audio/ogg"},
        {".m4a", "audio/mp4"},
        {".m4b", "audio/mp4"},
        {".mp4", "audio/mp4"},
        {".aac", "audio/aac"},
        {".wav", "audio/wav"},
        {".aif", "audio/aiff"},
        {".aiff", "audio/aiff"},
        {".wma", "audio/x-ms-wma"},
        {".wv", "audio/x-wavpack"},
        {".ape", "audio/x-ape"},
        {".mpc", "audio/x-musepack"},
        {".webm", "audio/webm"},
    }};
    const std::string wanted = fold(extension);
    for (const auto& [name, type] : kByExtension) {
        if (name == wanted) return type;
    }
    return at(0, "ID3") ? "audio/mpeg" : "application/octet-stream";
}

}  // namespace audiomuse::api
