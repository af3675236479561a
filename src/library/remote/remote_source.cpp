#include "audiomuse/library/remote_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/library/audio_link.h"
#include "audiomuse/wrap/curl/http_client.h"
#include "remote/fetch_folder.h"

namespace audiomuse::library {

namespace {

namespace fs = std::filesystem;
namespace curl = wrap::curl;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Clocks of machines differ; a link is no use for anything but this one file.
constexpr double kLinkLife = 3600;  // seconds
constexpr std::chrono::milliseconds kFirstPause = 250ms;
constexpr std::chrono::milliseconds kLongestPause = 5s;

/// A file while it is being downloaded, and afterwards; deleted with this.
class DownloadedAudio final : public FetchedAudio {
public:
    /// The name is kept, because it is what messages about the file say.
    DownloadedAudio(std::shared_ptr<FetchFolder> folder, const fs::path& name)
        : folder_(std::move(folder)), place_(folder_->new_place()), path_(place_ / name) {
        file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file_ < 0) {  // a name that this file system does not take
            path_ = place_ / "audio";
            file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        }
        if (file_ < 0) fail();
    }
    ~DownloadedAudio() override {
        if (file_ >= 0) ::close(file_);
        std::error_code ignored;
        fs::remove_all(place_, ignored);
    }

    const fs::path& path() const override { return path_; }
    std::uint64_t size() const { return size_; }

    void append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(file_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail();
            bytes.remove_prefix(static_cast<std::size_t>(written));
            size_ += static_cast<std::uint64_t>(written);
        }
    }
    void begin_again() {
        if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) fail();
        size_ = 0;
    }
    void finish() {
        if (::close(std::exchange(file_, -1)) != 0) fail();
    }

private:
    [[noreturn]] void fail() const {
        throw Error(ErrorCode::io, fmt::format("The download {} cannot be written ({}). Check the free space there.",
                                               path_.native(), std::strerror(errno)));
    }

    std::shared_ptr<FetchFolder> folder_;
    fs::path place_;
    fs::path path_;
    int file_ = -1;
    std::uint64_t size_ = 0;
};

/// The first position and the size of the whole, from "bytes 100-199/1000".
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text) {
    constexpr std::string_view kUnit = "bytes ";
    const auto slash = text.find('/');
    if (!text.starts_with(kUnit) || slash == std::string_view::npos) return std::nullopt;
    ContentRange range;
    const std::string_view first = text.substr(kUnit.size(), text.find('-') - kUnit.size());
    const std::string_view total = text.substr(slash + 1);
    const auto read = [](std::string_view digits, std::uint64_t& value) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        return error == std::errc() && end == digits.data() + digits.size();
    };
    if (!read(first, range.first) || !read(total, range.total)) return std::nullopt;
    return range;
}

/// One fetch(): goes from instance to instance until the file is whole.
class Fetch {
public:
    Fetch(const RemoteOptions& options, const SourceItem& item, const CancelToken& cancel,
          std::shared_ptr<FetchFolder> folder)
        : options_(options),
          item_(item),
          cancel_(cancel),
          audio_(std::make_unique<DownloadedAudio>(std::move(folder), name_of(item))) {}

    std::unique_ptr<FetchedAudio> run() {
        auto give_up = Clock::now() + options_.patience;
        for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
            const std::uint64_t before = audio_->size();
            if (try_all()) {
                audio_->finish();
                return std::move(audio_);
            }
            if (audio_->size() > before) {  // it comes, if in pieces
                give_up = Clock::now() + options_.patience;
                pause = kFirstPause;
            }
            if (Clock::now() + pause > give_up) {
                throw Error(
                    ErrorCode::unavailable,
                    fmt::format("The file {} could not be fetched from a web instance: {}", item_.path, trouble_));
            }
            sleep(pause);
        }
    }

private:
    void sleep(std::chrono::milliseconds pause) const {
        for (const auto end = Clock::now() + pause; Clock::now() < end; std::this_thread::sleep_for(kFirstPause / 5))
            cancel_.check();
    }

    static fs::path name_of(const SourceItem& item) {
        const fs::path name = fs::path(item.path).filename();
        return name.empty() || name == "." || name == ".." ? fs::path("audio") : name;
    }

    /// Asks each living instance once; true when the file is whole.
    bool try_all() {
        const std::vector<std::string> instances = options_.instances();
        trouble_ =
            "No web instance with music folders is running. Start `audiomuse serve` with --music where the files are.";
        std::size_t without_file = 0;
        for (const std::string& instance : instances) {
            switch (try_one(instance)) {
                case Outcome::whole:
                    return true;
                case Outcome::gone:
                    ++without_file;
                    break;
                case Outcome::trouble:
                    break;
            }
        }
        if (!instances.empty() && without_file == instances.size())
            throw Error(ErrorCode::not_found, fmt::format("The file {} is gone: {}", item_.path, trouble_));
        return false;
    }

    enum class Outcome { whole, gone, trouble };
    Outcome try_one(const std::string& instance) {
        curl::Request request{.url = instance + audio_link(item_.track, unix_now() + kLinkLife, options_.secret),
                              .limits = {.stall = options_.stall, .bytes = options_.max_bytes}};
        // The rest is asked for only of the same state of the file.
        const bool resumes = audio_->size() > 0 && !etag_.empty();
        if (resumes) {
            request.from = audio_->size();
            request.headers.emplace_back("If-Range", etag_);
        }
        try {
            bool begun = false;
            const curl::Sink sink = [&](const curl::Answer& head, std::string_view bytes) {
                if (!std::exchange(begun, true)) begin(head);
                audio_->append(bytes);
            };
            const curl::Answer answer = client_.send(request, sink, cancel_);
            return judge(answer, begun, instance);
        } catch (const Error& error) {
            if (error.code() != ErrorCode::unavailable && error.code() != ErrorCode::timeout) throw;
            trouble_ = error.what();
            log::debug("{}", trouble_);
            return Outcome::trouble;
        }
    }

    /// Puts the file where the bytes that come belong.
    void begin(const curl::Answer& head) {
        const auto range = head.status == 206 ? parse_content_range(head.header("content-range")) : std::nullopt;
        etag_ = head.header("etag");
        if (range && range->first == audio_->size()) {
            total_ = range->total;
            return;
        }
        audio_->begin_again();
        if (head.status == 206) throw Error(ErrorCode::unavailable, "A web instance sent another part of a file.");
        const std::string_view length = head.header("content-length");
        total_.reset();
        std::uint64_t value = 0;
        if (std::from_chars(length.data(), length.data() + length.size(), value).ec == std::errc()) total_ = value;
    }

    Outcome judge(const curl::Answer& answer, bool begun, const std::string& instance) {
        if (answer.status == 200 || answer.status == 206) {
            if (!begun) begin(answer);  // an empty file
            if (total_ && audio_->size() == *total_) return Outcome::whole;
            trouble_ = fmt::format("{} sent {} bytes of {}.", instance, audio_->size(), total_.value_or(0));
            return Outcome::trouble;
        }
        if (answer.status == 416) audio_->begin_again();  // the file became shorter
        trouble_ = fmt::format("{} answered {}: {}", instance, answer.status, answer.body.substr(0, 300));
        log::debug("{}", trouble_);
        return answer.status == 404 ? Outcome::gone : Outcome::trouble;
    }

    const RemoteOptions& options_;
    const SourceItem& item_;
    const CancelToken& cancel_;
    std::unique_ptr<DownloadedAudio> audio_;
    curl::HttpClient client_;
    std::string etag_;                    // of the state that the bytes so far belong to
    std::optional<std::uint64_t> total_;  // size of the whole file, as told last
    std::string trouble_;
};

class RemoteSource final : public MusicSource {
public:
    explicit RemoteSource(RemoteOptions options)
        : options_(std::move(options)), folder_(std::make_shared<FetchFolder>(options_.folder)) {}

    Listing list(const std::function<void(SourceItem)>&, const CancelToken&) override { not_here("list the library"); }
    TrackTags read_tags(const SourceItem&) override { not_here("read tags"); }
    std::string signature(const SourceItem&) override { not_here("compare files"); }
    Cover cover(const SourceItem&) override { not_here("read covers"); }

    std::unique_ptr<FetchedAudio> fetch(const SourceItem& item, const CancelToken& cancel) override {
        if (!item.track) throw Error(ErrorCode::invalid_argument, "A file without a track cannot be fetched.");
        return Fetch(options_, item, cancel, folder_).run();
    }

private:
    [[noreturn]] static void not_here(std::string_view what) {
        throw Error(ErrorCode::unavailable,
                    fmt::format("A worker without music folders cannot {}: a process that has them can "
                                "(`audiomuse serve` or `worker` with --music).",
                                what));
    }

    const RemoteOptions options_;
    const std::shared_ptr<FetchFolder> folder_;  // downloads share it and may outlive the source
};

}  // namespace

std::unique_ptr<MusicSource> create_remote(RemoteOptions options) {
    return std::make_unique<RemoteSource>(std::move(options));
}

}  // namespace audiomuse::library
