#include "local/file_kind.h"

#include <algorithm>
#include <array>
#include <string>

namespace audiomuse::library {

namespace {

using namespace std::string_view_literals;

constexpr auto kAudioNames = std::to_array<std::string_view>(
    {"3ga", "aa3", "aac", "ac3", "aif",  "aifc", "aiff", "alac", "amr",  "ape",  "au",   "awb",
     "caf", "dff", "dsf", "dts", "eac3", "f4a",  "flac", "m4a",  "m4b",  "m4p",  "m4r",  "mka",
     "mp+", "mp1", "mp2", "mp3", "mpa",  "mpc",  "mpp",  "oga",  "ogg",  "oma",  "opus", "ra",
     "shn", "snd", "spx", "tak", "thd",  "tta",  "w64",  "wav",  "wave", "weba", "wma",  "wv"});
constexpr auto kOtherNames = std::to_array<std::string_view>(
    {"7z",  "accurip", "avi",    "bmp",  "bz2",  "cfg",  "cue", "db",   "doc",  "docx", "epub",    "exe",
     "ffp", "gif",     "gz",     "heic", "htm",  "html", "ico", "ini",  "iso",  "jpeg", "jpg",     "json",
     "lnk", "log",     "lrc",    "m3u",  "m3u8", "md",   "md5", "mid",  "midi", "mkv",  "mov",     "mpeg",
     "mpg", "nfo",     "nzb",    "par2", "part", "pdf",  "pls", "png",  "psd",  "py",   "rar",     "rtf",
     "sfv", "sh",      "sqlite", "srt",  "st5",  "svg",  "tar", "tif",  "tiff", "tmp",  "torrent", "ts",
     "txt", "url",     "vob",    "webp", "wmv",  "wpl",  "xml", "xspf", "yaml", "yml",  "zip"});

std::string lower_extension(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return {};
    std::string extension(name.substr(dot + 1));
    for (char& c : extension) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return extension;
}

/// Bytes of the MPEG audio frame whose header begins `data`; 0 when it is none. ISO/IEC 11172-3, 2.4.2.3.
std::size_t mpeg_frame_length(std::string_view data) {
    if (data.size() < 4) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(data[i])); };
    if (byte(0) != 0xFF || (byte(1) & 0xE0) != 0xE0) return 0;
    const unsigned version = (byte(1) >> 3) & 3;  // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    const unsigned layer = (byte(1) >> 1) & 3;    // 3: I, 2: II, 1: III
    const unsigned rate_index = byte(2) >> 4;
    const unsigned sample_index = (byte(2) >> 2) & 3;
    if (version == 1 || layer == 0 || rate_index == 0 || rate_index == 15 || sample_index == 3) return 0;
    static constexpr unsigned kRates[5][15] = {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
                                               {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
                                               {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
                                               {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
                                               {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
    static constexpr unsigned kSampleRates[3] = {44100, 48000, 32000};
    const bool first = version == 3;
    const unsigned table = first ? 3 - layer : layer == 3 ? 3 : 4;
    const unsigned bits = kRates[table][rate_index] * 1000;
    const unsigned sample_rate = kSampleRates[sample_index] >> (first ? 0 : version == 2 ? 1 : 2);
    const unsigned padding = (byte(2) >> 1) & 1;
    if (layer == 3) return (12 * bits / sample_rate + padding) * 4;
    return (layer == 1 && !first ? 72 : 144) * bits / sample_rate + padding;
}

/// Bytes of the ADTS frame whose header begins `data`; 0 when it is none. ISO/IEC 13818-7, 6.2.
std::size_t adts_frame_length(std::string_view data) {
    if (data.size() < 7) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(data[i])); };
    if (byte(0) != 0xFF || (byte(1) & 0xF6) != 0xF0 || ((byte(2) >> 2) & 15) > 12) return 0;
    const std::size_t length = ((byte(3) & 3) << 11) | (byte(4) << 3) | (byte(5) >> 5);
    return length > 7 ? length : 0;
}

/// Two frames in a row, because one header's bits occur by chance.
bool has_two_frames(std::string_view data, std::size_t (*frame_length)(std::string_view)) {
    const std::size_t length = frame_length(data);
    return length != 0 && length < data.size() && frame_length(data.substr(length)) != 0;
}

bool is_mp4_audio(std::string_view head) {
    if (head.substr(4, 4) != "ftyp") return false;
    static constexpr auto kOtherBrands = {"heic"sv, "heix"sv, "heif"sv, "mif1"sv, "msf1"sv,
                                          "avif"sv, "avis"sv, "crx "sv, "qt  "sv};
    return std::ranges::find(kOtherBrands, head.substr(8, 4)) == kOtherBrands.end();
}

}  // namespace

NameKind kind_by_name(std::string_view file_name) {
    const std::string extension = lower_extension(file_name);
    if (std::ranges::find(kAudioNames, extension) != kAudioNames.end()) return NameKind::audio;
    if (std::ranges::find(kOtherNames, extension) != kOtherNames.end()) return NameKind::other;
    return NameKind::unknown;
}

bool looks_like_audio(std::span<const std::byte> bytes) {
    const std::string_view head(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (head.size() < 12) return false;
    static constexpr auto kMagic = std::to_array<std::string_view>(
        {"fLaC",     "OggS", "ID3",  "wvpk", "MAC ",   "DSD ", "FRM8",  "\x30\x26\xB2\x75\x8E\x66\xCF\x11",
         "TTA1",     "TTA2", "MP+",  "MPCK", "caff",   ".snd", "#!AMR", "\x1A\x45\xDF\xA3",
         "\x0B\x77", "ajkg", "tBaK", ".RMF", ".ra\xFD"});
    if (std::ranges::any_of(kMagic, [&](std::string_view magic) { return head.starts_with(magic); })) return true;
    const std::string_view form = head.substr(8, 4);
    if ((head.starts_with("RIFF") || head.starts_with("RF64")) && form == "WAVE") return true;
    if (head.starts_with("FORM") && (form == "AIFF" || form == "AIFC")) return true;
    return is_mp4_audio(head) || has_two_frames(head, mpeg_frame_length) || has_two_frames(head, adts_frame_length);
}

bool is_skipped_name(std::string_view name) {
    static constexpr auto kSkipped = {"@eaDir"sv,
                                      "#recycle"sv,
                                      "@Recycle"sv,
                                      "#snapshot"sv,
                                      "lost+found"sv,
                                      "$RECYCLE.BIN"sv,
                                      "System Volume Information"sv};
    return name.starts_with('.') || std::ranges::find(kSkipped, name) != kSkipped.end();
}

}  // namespace audiomuse::library
