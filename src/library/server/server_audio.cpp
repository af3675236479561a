#include "audiomuse/library/server_audio.h"

#include <algorithm>

#include "remote/fetch_folder.h"

namespace audiomuse::library {

namespace fs = std::filesystem;

namespace {

class FileHere final : public FetchedAudio {
public:
    explicit FileHere(fs::path path) : path_(std::move(path)) {}
    const fs::path& path() const override { return path_; }

private:
    fs::path path_;
};

class DownloadedFile final : public FetchedAudio {
public:
    explicit DownloadedFile(std::shared_ptr<FetchFolder> folder)
        : folder_(std::move(folder)), place_(folder_->new_place()), path_(place_ / "audio") {}
    ~DownloadedFile() override {
        std::error_code ignored;
        fs::remove_all(place_, ignored);
    }
    const fs::path& path() const override { return path_; }

private:
    std::shared_ptr<FetchFolder> folder_;
    fs::path place_;
    fs::path path_;
};

std::string with_slashes(std::string_view path) {
    std::string text(path);
    std::ranges::replace(text, '\\', '/');
    return text;
}

/// What follows `beginning` in `path`, when it ends where a part of the path does.
std::optional<std::string> rest_after(const std::string& path, std::string beginning) {
    while (beginning.ends_with('/'))
        beginning.pop_back();
    if (!path.starts_with(beginning)) return std::nullopt;
    std::string rest = path.substr(beginning.size());
    if (!rest.empty() && rest.front() != '/' && !beginning.empty()) return std::nullopt;
    rest.erase(0, std::min(rest.find_first_not_of('/'), rest.size()));
    return rest;
}

}  // namespace

std::optional<fs::path> map_path(const PathMap& map, std::string_view path) {
    const std::string wanted = with_slashes(path);
    std::optional<fs::path> found;
    std::size_t longest = 0;
    for (const auto& [theirs, ours] : map) {
        if (ours.empty() || (found && theirs.size() < longest)) continue;
        const auto rest = rest_after(wanted, with_slashes(theirs));
        if (!rest || rest->empty()) continue;
        const fs::path below = fs::path(*rest).lexically_normal();
        if (below.is_absolute() || *below.begin() == "..") continue;
        longest = theirs.size();
        found = fs::path(ours) / below;
    }
    return found;
}

ServerAudio::ServerAudio(std::shared_ptr<MediaServer> server, PathMap map, const fs::path& folder)
    : server_(std::move(server)), map_(std::move(map)), folder_(std::make_shared<FetchFolder>(folder)) {}

ServerAudio::~ServerAudio() = default;

std::unique_ptr<FetchedAudio> ServerAudio::fetch(const std::string& item, const std::string& path,
                                                 const CancelToken& cancel) {
    if (const auto here = map_path(map_, path)) {
        std::error_code ignored;
        if (fs::is_regular_file(*here, ignored)) return std::make_unique<FileHere>(*here);
    }
    auto download = std::make_unique<DownloadedFile>(folder_);
    server_->fetch(item, download->path(), cancel);
    return download;
}

}  // namespace audiomuse::library
