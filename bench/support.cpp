#include "support.h"

#include <fmt/format.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/demo/demo_library.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "support/temp_folder.h"

namespace audiomuse::bench {

namespace fs = std::filesystem;

namespace {

constexpr int kDemoRate = 44100;
constexpr std::size_t kPatchValues = dsp::LogMelPatches::kFrames * dsp::LogMelPatches::kBands;

}  // namespace

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

namespace {

double status_megabytes(std::string_view key) {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with(key)) return std::strtod(line.c_str() + key.size(), nullptr) / 1024;
    }
    return 0;
}

}  // namespace

double peak_megabytes() {
    return status_megabytes("VmHWM:");
}

double resident_megabytes() {
    return status_megabytes("VmRSS:");
}

double ask_child(const std::string& arguments) {
    const std::string command = fs::read_symlink("/proc/self/exe").string() + " " + arguments;
    FILE* const pipe = popen(command.c_str(), "r");
    if (!pipe) throw Error(ErrorCode::internal, "A process could not be started: " + command);
    double number = 0;
    const int read = std::fscanf(pipe, "%lf", &number);
    if (pclose(pipe) != 0 || read != 1) throw Error(ErrorCode::internal, "A process failed: " + command);
    return number;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

void write_music(const fs::path& file, std::string_view container, double seconds, std::size_t first) {
    const auto wanted = static_cast<std::size_t>(seconds * kDemoRate);
    demo::DemoAudio all;
    for (std::size_t index = first; all.left.size() < wanted; ++index) {
        const demo::DemoAudio piece = demo::render_demo_track(index, 1);
        all.left.insert(all.left.end(), piece.left.begin(), piece.left.end());
        all.right.insert(all.right.end(), piece.right.begin(), piece.right.end());
    }
    all.left.resize(wanted);
    all.right.resize(wanted);
    wrap::ffmpeg::encode_audio(file, container, {all.left, all.right, kDemoRate});
}

std::shared_ptr<const models::EmbeddingModel> open_musicnn() {
    const char* given = std::getenv("AUDIOMUSE_MODEL_DIR");
    const fs::path folder = given && *given ? fs::path(given) : fs::path(AUDIOMUSE_SHARED_DIR) / "models";
    try {
        return models::open_model(models::ModelChoice::musicnn, {folder, {}});
    } catch (const Error& error) {
        fmt::print("MusiCNN is left out: {}\n", error.what());
        return nullptr;
    }
}

std::shared_ptr<const models::EmbeddingModel> open_mini() {
    return models::open_model(models::ModelChoice::mini, {});
}

std::shared_ptr<const models::EmbeddingModel> open_named(std::string_view name) {
    return name == "musicnn" ? open_musicnn() : open_mini();
}

std::vector<float> music_patches(std::size_t count) {
    const testing_support::TempFolder folder;
    const fs::path file = folder.path() / "music.flac";
    write_music(file, "flac", 20);
    std::vector<float> patches;
    dsp::LogMelPatches maker(
        [&](std::span<const float> patch) { patches.insert(patches.end(), patch.begin(), patch.end()); });
    decode::decode_file(file, {}, [&](std::span<const float> samples) { maker.push(samples); });
    const std::size_t made = patches.size();
    patches.resize(count * kPatchValues);
    for (std::size_t i = made; i < patches.size(); ++i)
        patches[i] = patches[i - made];
    return patches;
}

}  // namespace audiomuse::bench
