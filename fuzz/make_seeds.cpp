// make_seeds OUT [FILE...]: first inputs for the fuzz targets, in OUT/decode, OUT/tags and OUT/model. Small music files
// with tags and a cover are made here; of the audio FILEs the first 20 kB are taken, .onnx FILEs whole.
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "tiny_models.h"

namespace {

using namespace audiomuse;
namespace fs = std::filesystem;

constexpr std::size_t kLongest = 20U << 10U;

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

void add_audio(const fs::path& out, const fs::path& file) {
    const std::string bytes = read(file).substr(0, kLongest - 1);
    const std::string name = file.filename().string();
    write(out / "decode" / name, bytes);
    // The first byte of the tag reader's input chooses a name.
    write(out / "tags" / name, std::string(1, static_cast<char>(bytes.size() % 12)) + bytes);
}

void add_model(const fs::path& out, const std::string& name, bool is_embedding, const std::string& bytes) {
    write(out / "model" / name, std::string(1, static_cast<char>(is_embedding ? 0 : 1)) + bytes);
}

void make_music(const fs::path& out) {
    std::vector<float> tone(22050);
    for (std::size_t i = 0; i < tone.size(); ++i)
        tone[i] = static_cast<float>(0.5 * std::sin(0.06 * static_cast<double>(i)));
    const std::vector<std::uint8_t> pixels(std::size_t{8} * 8 * 3, 90);
    TrackTags tags;
    tags.title = "Title";
    tags.artists = {"First", "Second"};
    tags.album = "Album";
    tags.album_artist = "First";
    tags.track_number = 3;
    tags.disc_number = 1;
    tags.year = 1999;
    tags.genres = {"Rock", "Jazz"};
    tags.lyrics = "La la\nla";
    tags.musicbrainz_recording_id = "b1a9c0e9-d987-4042-ae91-78d6a3267d69";
    for (const char* container : {"flac", "mp3", "ogg", "opus", "m4a"}) {
        const fs::path file = out / (std::string("made.") + container);
        wrap::ffmpeg::encode_audio(file, container, {tone, tone, 22050});
        add_audio(out, file);
        wrap::taglib::write_tags(file, tags, {"image/png", wrap::ffmpeg::encode_png(8, 8, pixels)});
        const fs::path tagged = out / (std::string("tagged.") + container);
        fs::rename(file, tagged);
        add_audio(out, tagged);
        fs::remove(tagged);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fprintf(stderr, "usage: make_seeds OUT [FILE...]\n");
        return 2;
    }
    const fs::path out = arguments[1];
    for (const char* target : {"decode", "tags", "model"})
        fs::create_directories(out / target);
    make_music(out);
    add_model(out, "tiny_embedding", true, fuzz::tiny_embedding_model());
    add_model(out, "tiny_prediction", false, fuzz::tiny_prediction_model());
    for (int i = 2; i < count; ++i) {
        const fs::path file = arguments[i];
        if (file.extension() == ".onnx") {
            add_model(out, file.filename().string(), false, read(file));
        } else {
            add_audio(out, file);
        }
    }
    return 0;
}
