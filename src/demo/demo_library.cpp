#include "audiomuse/demo/demo_library.h"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "catalogue.h"
#include "cover_picture.h"
#include "styles/styles.h"

namespace audiomuse::demo {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarker = ".audiomuse-demo";
constexpr int kVersion = 1;  // of the music: raise it when the same seed gives other files
constexpr std::string_view kUnfinished = ".part";

/// What a finished or begun library was made with.
std::string marker_text(const DemoOptions& options) {
    std::ostringstream text;
    text << "version " << kVersion << "\nseed " << options.seed << "\ntracks " << options.tracks << "\n";
    return text.str();
}

std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool is_there(const fs::path& file) {
    std::error_code error;
    return fs::exists(file, error);
}

void rename_into_place(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) throw Error(ErrorCode::io, "The file " + to.string() + " cannot be written: " + error.message() + ".");
}

void write_whole(const fs::path& file, std::string_view bytes) {
    fs::path part = file;
    part += kUnfinished;
    std::ofstream out(part, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw Error(ErrorCode::io, "The file " + part.string() + " cannot be written.");
    rename_into_place(part, file);
}

void make_folder(const fs::path& dir) {
    std::error_code error;
    fs::create_directories(dir, error);
    if (error) throw Error(ErrorCode::io, "The folder " + dir.string() + " cannot be made: " + error.message() + ".");
}

/// Makes `dir` a demo library, or finds that it is this one already.
void claim(const fs::path& dir, const DemoOptions& options) {
    make_folder(dir);
    const fs::path marker = dir / kMarker;
    const std::string wanted = marker_text(options);
    if (is_there(marker)) {
        if (contents(marker) == wanted) return;
        throw Error(
            ErrorCode::conflict,
            "The folder " + dir.string() +
                " holds a demo library of another seed, size or version; name a new folder, or delete this one.");
    }
    std::error_code error;
    fs::path unfinished = marker;
    unfinished += kUnfinished;
    fs::remove(unfinished, error);  // left by a run that was killed at its very start
    const bool empty = fs::is_empty(dir, error);
    if (error) throw Error(ErrorCode::io, "The folder " + dir.string() + " cannot be read: " + error.message() + ".");
    if (!empty) {
        throw Error(ErrorCode::conflict,
                    "The folder " + dir.string() + " is not empty and no demo library; name a new or an empty folder.");
    }
    write_whole(marker, wanted);
}

/// A title as a file name.
std::string file_name(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos; }, '_');
    return text;
}

fs::path album_folder(const fs::path& dir, const TrackTags& tags) {
    return dir / file_name(tags.album_artist) / file_name(tags.album);
}

fs::path track_file(const fs::path& dir, const CatalogueEntry& entry) {
    const std::string number = std::to_string(entry.tags.track_number);
    return album_folder(dir, entry.tags) /
           ((number.size() < 2 ? "0" : "") + number + " - " + file_name(entry.tags.title) + "." + entry.container);
}

void write_track(const fs::path& file, const CatalogueEntry& entry, std::size_t index, std::uint64_t seed) {
    const DemoAudio audio = render_demo_track(index, seed);
    fs::path part = file;
    part += kUnfinished;
    wrap::ffmpeg::encode_audio(part, entry.container, {audio.left, audio.right, kSampleRate});
    wrap::taglib::Picture cover;
    if (entry.cover == CatalogueEntry::CoverPlace::embedded)
        cover = {"image/png", cover_picture(entry.style, entry.album)};
    wrap::taglib::write_tags(part, entry.tags, cover);
    rename_into_place(part, file);
}

}  // namespace

DemoAudio render_demo_track(std::size_t index, std::uint64_t seed) {
    Random random = Random::for_task(seed, index);
    StereoSamples samples = styles()[catalogue_entry(index).style].render(random);
    return {std::move(samples.left), std::move(samples.right)};
}

DemoReport write_demo_library(const fs::path& dir, const DemoOptions& options, const DemoProgress& progress,
                              const CancelToken& cancel) {
    if (options.tracks < 1 || options.tracks > 10'000) {
        throw Error(ErrorCode::invalid_argument, "A demo library has between 1 and 10000 tracks.");
    }
    const double begun = steady_now();
    claim(dir, options);

    const auto total = static_cast<std::size_t>(options.tracks);
    std::vector<CatalogueEntry> entries;
    for (std::size_t i = 0; i < total; ++i)
        entries.push_back(catalogue_entry(i));
    for (const CatalogueEntry& entry : entries) {
        const fs::path folder = album_folder(dir, entry.tags);
        make_folder(folder);
        const fs::path cover = folder / "cover.png";
        if (entry.cover == CatalogueEntry::CoverPlace::folder && !is_there(cover)) {
            write_whole(cover, cover_picture(entry.style, entry.album));
        }
    }

    DemoReport report;
    std::mutex mutex;  // guards report and the calls of progress
    parallel_for(total, options.threads ? options.threads : allowed_cores(), [&](std::size_t i) {
        cancel.check();
        const fs::path file = track_file(dir, entries[i]);
        const bool there = is_there(file);
        if (!there) write_track(file, entries[i], i, options.seed);
        const std::lock_guard lock(mutex);
        ++(there ? report.kept : report.written);
        if (progress) progress(report.kept + report.written, options.tracks);
    });
    report.elapsed_s = steady_now() - begun;
    return report;
}

}  // namespace audiomuse::demo
