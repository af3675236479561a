#include "allowed.h"

#include <algorithm>
#include <array>

namespace audiomuse::wrap::ffmpeg {

namespace {

// FFmpeg's short names; a demuxer of several formats has all of them in its name.
constexpr auto kMusicDemuxers = std::to_array<std::string_view>(
    {"aac", "ac3", "aiff",  "amr",  "amrnb", "amrwb", "ape",  "asf",           "au",     "caf",
     "dsf", "dts", "dtshd", "eac3", "flac",  "iff",   "loas", "matroska,webm", "mlp",    "mov,mp4,m4a,3gp,3g2,mj2",
     "mp3", "mpc", "mpc8",  "ogg",  "oma",   "rm",    "shn",  "tak",           "truehd", "tta",
     "voc", "w64", "wav",   "wv"});

}  // namespace

const char* const kMusicDecoders =
    "aac,aac_latm,ac3,adpcm_g722,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,adpcm_yamaha,alac,amrnb,amrwb,ape,atrac1,atrac3,"
    "atrac3al,atrac3plus,atrac3plusal,cook,dca,dsd_lsbf,dsd_lsbf_planar,dsd_msbf,dsd_msbf_planar,dst,eac3,flac,gsm,"
    "gsm_ms,mace3,mace6,mlp,mp1,mp1float,mp2,mp2float,mp3,mp3adu,mp3adufloat,mp3float,mp3on4,mp3on4float,mp4als,mpc7,"
    "mpc8,opus,pcm_alaw,pcm_bluray,pcm_dvd,pcm_f16le,pcm_f24le,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_lxf,"
    "pcm_mulaw,pcm_s16be,pcm_s16be_planar,pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24le,pcm_s24le_planar,pcm_s32be,"
    "pcm_s32le,pcm_s32le_planar,pcm_s64be,pcm_s64le,pcm_s8,pcm_s8_planar,pcm_u16be,pcm_u16le,pcm_u24be,pcm_u24le,"
    "pcm_u32be,pcm_u32le,pcm_u8,qdm2,qdmc,ralf,real_144,real_288,shorten,sipr,speex,tak,truehd,tta,vorbis,wavpack,"
    "wmalossless,wmapro,wmav1,wmav2,wmavoice";

bool is_music_demuxer(std::string_view name) {
    return std::ranges::find(kMusicDemuxers, name) != kMusicDemuxers.end();
}

bool is_music_decoder(std::string_view name) {
    std::string_view rest = kMusicDecoders;
    while (true) {
        const std::size_t comma = rest.find(',');
        if (rest.substr(0, comma) == name) return true;
        if (comma == std::string_view::npos) return false;
        rest.remove_prefix(comma + 1);
    }
}

}  // namespace audiomuse::wrap::ffmpeg
