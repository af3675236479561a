#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string_view>

#include "audiomuse/base/text.h"
#include "audiomuse/library/audio_signature.h"
#include "audiomuse/library/music_source.h"
#include "audiomuse/library/path_tags.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "local/scan.h"
#include "plain_lyrics.h"

namespace audiomuse::library {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxCoverBytes = 10 * 1024 * 1024;
constexpr std::uintmax_t kMaxLyricsBytes = 1024 * 1024;

/// A file that lies where it belongs; nothing to delete.
class LocalAudio final : public FetchedAudio {
public:
    explicit LocalAudio(fs::path path) : path_(std::move(path)) {}
    const fs::path& path() const override { return path_; }

private:
    fs::path path_;
};

void require_file(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        throw Error(ErrorCode::io, "The file " + path + " is gone" + (error ? ": " + error.message() : "") + ".");
    }
}

/// How much a picture's name says that it is the front cover: 0 most; nothing for other names.
std::optional<int> cover_rank(const fs::path& file) {
    const std::string stem = fold(file.stem().string());
    const std::string extension = fold(file.extension().string());
    static constexpr std::array<std::string_view, 3> kStems = {"cover", "folder", "front"};
    static constexpr std::array<std::string_view, 4> kExtensions = {".jpg", ".jpeg", ".png", ".webp"};
    const auto* name = std::ranges::find(kStems, stem);
    const auto* kind = std::ranges::find(kExtensions, extension);
    if (name == kStems.end() || kind == kExtensions.end()) return std::nullopt;
    return static_cast<int>((name - kStems.begin()) * 4 + (kind - kExtensions.begin()));
}

MusicSource::Cover folder_cover(const fs::path& folder) {
    std::vector<std::pair<int, fs::path>> candidates;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (const auto rank = cover_rank(entry->path().filename())) candidates.emplace_back(*rank, entry->path());
    }
    std::ranges::sort(candidates);
    for (const auto& [rank, path] : candidates) {
        std::error_code unreadable;
        const std::uintmax_t size = fs::is_regular_file(path, unreadable) ? fs::file_size(path, unreadable) : 0;
        if (unreadable || size == 0 || size > kMaxCoverBytes) continue;
        std::string bytes(size, '\0');
        std::ifstream in(path, std::ios::binary);
        if (!in.read(bytes.data(), static_cast<std::streamsize>(size))) continue;
        std::string media_type = wrap::taglib::picture_media_type(bytes);
        if (!media_type.empty()) return {std::move(media_type), std::move(bytes)};
    }
    return {};
}

/// The text of the .lrc file of the same name beside `file`; empty where there is none that can be read.
std::string lyrics_beside(const fs::path& file) {
    for (const char* extension : {".lrc", ".LRC"}) {
        fs::path lyrics = file;
        lyrics.replace_extension(extension);
        std::error_code error;
        const std::uintmax_t size = fs::is_regular_file(lyrics, error) ? fs::file_size(lyrics, error) : 0;
        if (error || size == 0 || size > kMaxLyricsBytes) continue;
        std::string bytes(size, '\0');
        std::ifstream in(lyrics, std::ios::binary);
        if (in.read(bytes.data(), static_cast<std::streamsize>(size))) return bytes;
    }
    return "";
}

class LocalSource final : public MusicSource {
public:
    explicit LocalSource(std::vector<fs::path> roots) : roots_(std::move(roots)) {}

    Listing list(const std::function<void(SourceItem)>& found, const CancelToken& cancel) override {
        return scan_folders(roots_, found, cancel);
    }

    TrackTags read_tags(const SourceItem& item) override {
        require_file(item.path);
        TrackTags tags = wrap::taglib::read_tags(item.path);
        fill_missing(tags, tags_from_path(relative_to_root(item.path)));
        tags.lyrics = plain_lyrics(tags.lyrics.empty() ? lyrics_beside(item.path) : tags.lyrics);
        return tags;
    }

    std::string signature(const SourceItem& item) override { return audio_signature(item.path); }

    std::unique_ptr<FetchedAudio> fetch(const SourceItem& item, const CancelToken&) override {
        require_file(item.path);
        return std::make_unique<LocalAudio>(item.path);
    }

    Cover cover(const SourceItem& item) override {
        require_file(item.path);
        wrap::taglib::Picture embedded = wrap::taglib::read_cover(item.path, kMaxCoverBytes);
        if (!embedded.bytes.empty()) return {std::move(embedded.media_type), std::move(embedded.bytes)};
        const fs::path folder = fs::path(item.path).parent_path();
        Cover beside = folder_cover(folder);
        // The discs of one album share the cover of the album's folder.
        if (beside.bytes.empty() && disc_of_folder(folder.filename().string()))
            beside = folder_cover(folder.parent_path());
        return beside;
    }

private:
    fs::path relative_to_root(const fs::path& file) const {
        std::size_t longest = 0;
        for (const fs::path& root : roots_) {
            const std::string prefix = (root / "").string();
            if (file.string().starts_with(prefix)) longest = std::max(longest, prefix.size());
        }
        return file.string().substr(longest);
    }

    std::vector<fs::path> roots_;
};

}  // namespace

std::unique_ptr<MusicSource> create_local(std::vector<fs::path> folders) {
    for (fs::path& folder : folders) {
        std::error_code error;
        const fs::file_status status = fs::status(folder, error);
        if (!fs::exists(status))
            throw Error(ErrorCode::not_found, "The music folder " + folder.string() + " does not exist.");
        if (!fs::is_directory(status))
            throw Error(ErrorCode::not_found, "The music folder " + folder.string() + " is not a folder.");
        folder = fs::absolute(folder).lexically_normal();
        if (folder.has_parent_path() && folder.filename().empty())
            folder = folder.parent_path();  // without the last "/"
    }
    return std::make_unique<LocalSource>(std::move(folders));
}

}  // namespace audiomuse::library
