#include "audiomuse/backups/backups.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"

namespace audiomuse::backups {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".audiomuse";
constexpr std::string_view kMadeHere = "audiomuse-";
constexpr std::string_view kBeforeRestore = "before-restore-";
constexpr std::string_view kUnfinished = ".unfinished-";
constexpr std::string_view kTracksMark = "-tracks";
constexpr std::size_t kTimeLength = 15;  // of "20260131-235959"

constexpr std::uint64_t kReserve = 256 << 20;  // that must stay free on the disk
// A catalogue takes 2.7 kB a track; this is asked for where no backup tells.
constexpr std::uint64_t kBytesPerTrack = 4096;

std::string stamp_now() {
    return fmt::format("{:%Y%m%d-%H%M%S}", fmt::gmtime(std::chrono::system_clock::now()));
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
    return value;
}

struct NameParts {
    double made_at = 0;
    std::optional<std::int64_t> tracks;
};
/// "audiomuse-20260131-235959-1234-tracks.audiomuse" and "before-restore-20260131-235959.audiomuse".
std::optional<NameParts> parse_name(std::string_view name) {
    if (!name.ends_with(kEnding)) return std::nullopt;
    name.remove_suffix(kEnding.size());
    const bool made_here = name.starts_with(kMadeHere);
    if (!made_here && !name.starts_with(kBeforeRestore)) return std::nullopt;
    name.remove_prefix(made_here ? kMadeHere.size() : kBeforeRestore.size());
    if (name.size() < kTimeLength || name[8] != '-') return std::nullopt;
    std::array<int, 6> parts{};
    constexpr std::array<std::array<std::size_t, 2>, 6> kPlaces = {{{0, 4}, {4, 2}, {6, 2}, {9, 2}, {11, 2}, {13, 2}}};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto part = parse_whole(name.substr(kPlaces[i][0], kPlaces[i][1]));
        if (!part) return std::nullopt;
        parts[i] = static_cast<int>(*part);
    }
    std::tm time{};
    time.tm_year = parts[0] - 1900;
    time.tm_mon = parts[1] - 1;
    time.tm_mday = parts[2];
    time.tm_hour = parts[3];
    time.tm_min = parts[4];
    time.tm_sec = parts[5];
    NameParts found{.made_at = static_cast<double>(timegm(&time)), .tracks = std::nullopt};
    name.remove_prefix(kTimeLength);
    if (made_here) {
        if (!name.starts_with('-') || !name.ends_with(kTracksMark)) return std::nullopt;
        found.tracks = parse_whole(
            name.substr(1, std::max<std::size_t>(name.size(), kTracksMark.size() + 1) - kTracksMark.size() - 1));
        if (!found.tracks) return std::nullopt;
    } else if (!name.empty() && !(name.starts_with('-') && parse_whole(name.substr(1)))) {
        return std::nullopt;  // "-2" follows where two are of one second
    }
    return found;
}

double unix_time(fs::file_time_type time) {
    const auto system = std::chrono::file_clock::to_sys(time);
    return std::chrono::duration<double>(system.time_since_epoch()).count();
}

std::string megabytes(std::uint64_t bytes) {
    return fmt::format("{:.0f} MB", static_cast<double>(bytes) / 1e6);
}

void make_backup_folder(const fs::path& folder) {
    std::error_code error;
    if (fs::create_directories(folder, error)) fs::permissions(folder, fs::perms::owner_all, error);
    if (error || !fs::is_directory(folder, error)) {
        throw Error(ErrorCode::io, fmt::format("The folder {} for backups can't be made ({}). Choose another with "
                                               "AUDIOMUSE_BACKUP_FOLDER.",
                                               to_valid_utf8(folder.native()), error.message()));
    }
}

/// What a backup may need: a little more than the last one of this catalogue.
std::uint64_t expected_bytes(store::Store& store, const fs::path& folder) {
    std::uint64_t needed =
        static_cast<std::uint64_t>(std::max<std::int64_t>(store.tracks().counts().tracks, 0)) * kBytesPerTrack;
    for (const Backup& backup : list(folder)) {
        if (!backup.tracks) continue;
        needed = static_cast<std::uint64_t>(backup.bytes) + static_cast<std::uint64_t>(backup.bytes) / 4;
        break;
    }
    return needed;
}

void check_room(store::Store& store, const fs::path& folder, const MakeOptions& options) {
    const std::uint64_t needed = expected_bytes(store, folder);
    const std::uint64_t room = options.room(folder);
    if (room >= needed + kReserve) return;
    throw Error(
        ErrorCode::limit_exceeded,
        fmt::format("There is no room for a backup: it may take {}, {} must stay free, and {} has {} left. Make "
                    "room, keep fewer with AUDIOMUSE_BACKUPS_KEPT, or choose another disk with "
                    "AUDIOMUSE_BACKUP_FOLDER.",
                    megabytes(needed), megabytes(kReserve), to_valid_utf8(folder.native()), megabytes(room)));
}

/// Gives up when something else fills the disk meanwhile.
store::TransferProgress watching_room(const fs::path& folder, const MakeOptions& options,
                                      const store::TransferProgress& progress) {
    return [&folder, &options, &progress](double done) {
        if (options.room(folder) < kReserve) {
            throw Error(ErrorCode::limit_exceeded,
                        fmt::format("The disk of {} was nearly full, so no backup was made. Make room, or choose "
                                    "another disk with AUDIOMUSE_BACKUP_FOLDER.",
                                    to_valid_utf8(folder.native())));
        }
        if (progress) progress(done);
    };
}

/// A file that goes unless it gets another name.
struct Unfinished {
    explicit Unfinished(fs::path file) : path(std::move(file)) {}
    ~Unfinished() {
        std::error_code error;
        fs::remove(path, error);
    }
    Unfinished(const Unfinished&) = delete;
    Unfinished& operator=(const Unfinished&) = delete;
    const fs::path path;
};

/// Removes the oldest files of one beginning beyond the newest `kept`.
void thin_out(const fs::path& folder, std::string_view beginning, std::int64_t kept) {
    for (const Backup& backup : list(folder)) {
        if (!backup.filename.starts_with(beginning) || !parse_name(backup.filename)) continue;
        if (kept-- > 0) continue;
        std::error_code error;
        fs::remove(folder / backup.filename, error);
        if (error) log::warn("The old backup {} can't be removed: {}", backup.filename, error.message());
    }
}

/// Takes away what killed processes have left.
void sweep(const fs::path& folder) {
    constexpr auto kLongAgo = std::chrono::hours(24);
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        if (!entry.path().filename().native().starts_with(kUnfinished)) continue;
        std::error_code gone;
        const auto written = fs::last_write_time(entry.path(), gone);
        if (!gone && fs::file_time_type::clock::now() - written > kLongAgo) fs::remove(entry.path(), gone);
    }
}

}  // namespace

fs::path backup_folder(const settings::Settings& settings, const fs::path& data) {
    if (settings.backup_folder.empty()) return data / "backups";
    return fs::absolute(settings.backup_folder).lexically_normal();
}

std::vector<Backup> list(const fs::path& folder) {
    std::vector<Backup> found;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        std::error_code gone;
        std::string name = entry.path().filename().native();
        if (!name.ends_with(kEnding) || name.starts_with('.') || to_valid_utf8(name) != name) continue;
        if (entry.symlink_status(gone).type() != fs::file_type::regular) continue;
        const auto bytes = static_cast<std::int64_t>(entry.file_size(gone));
        const auto written = entry.last_write_time(gone);
        if (gone) continue;
        const std::optional<NameParts> parts = parse_name(name);
        found.push_back({.filename = std::move(name),
                         .bytes = bytes,
                         .made_at = parts ? parts->made_at : unix_time(written),
                         .tracks = parts ? parts->tracks : std::nullopt});
    }
    std::ranges::sort(found, [](const Backup& a, const Backup& b) {
        return a.made_at != b.made_at ? a.made_at > b.made_at : a.filename > b.filename;
    });
    return found;
}

fs::path find(const fs::path& folder, std::string_view filename) {
    for (const Backup& backup : list(folder)) {
        if (backup.filename == filename) return folder / backup.filename;
    }
    throw Error(ErrorCode::not_found, fmt::format("There is no backup '{}'.", to_valid_utf8(filename.substr(0, 200))));
}

std::uint64_t free_bytes(const fs::path& folder) {
    std::error_code error;
    const fs::space_info space = fs::space(folder, error);
    if (error) {
        throw Error(ErrorCode::io, fmt::format("How much room {} has can't be read ({}).",
                                               to_valid_utf8(folder.native()), error.message()));
    }
    return space.available;
}

Backup make(store::Store& store, const fs::path& folder, const MakeOptions& options,
            const store::TransferProgress& progress) {
    make_backup_folder(folder);
    sweep(folder);
    check_room(store, folder, options);
    const std::string stamp = stamp_now();
    const Unfinished unfinished(folder / fmt::format("{}{}-{}{}", kUnfinished, stamp, new_job_id().value, kEnding));
    const store::TransferReport report =
        store.transfer().export_to(unfinished.path, watching_room(folder, options, progress));
    const std::string name = fmt::format("{}{}-{}{}{}", kMadeHere, stamp, report.tracks, kTracksMark, kEnding);
    std::error_code error;
    fs::rename(unfinished.path, folder / name, error);
    if (error) {
        throw Error(ErrorCode::io, fmt::format("The backup {} can't get its name ({}).",
                                               to_valid_utf8((folder / name).native()), error.message()));
    }
    thin_out(folder, kMadeHere, std::max<std::int64_t>(options.kept, 1));
    return {.filename = name,
            .bytes = report.file_bytes,
            .made_at = parse_name(name).value_or(NameParts{unix_now(), {}}).made_at,
            .tracks = report.tracks};
}

Restored restore(store::Store& store, const fs::path& folder, std::string_view filename, const MakeOptions& options) {
    const fs::path file = find(folder, filename);
    Restored restored;
    fs::path kept;
    if (!store.transfer().empty()) {
        check_room(store, folder, options);
        const std::string stem = fmt::format("{}{}", kBeforeRestore, stamp_now());
        kept = folder / (stem + std::string(kEnding));
        for (int n = 2; fs::exists(kept); ++n)
            kept = folder / fmt::format("{}-{}{}", stem, n, kEnding);
        restored.kept_as = kept.filename();
    }
    restored.report =
        store.transfer().import_from(file, {.replace = true, .keep_as = kept}, watching_room(folder, options, {}));
    thin_out(folder, kBeforeRestore, std::max<std::int64_t>(options.kept, 1));
    return restored;
}

}  // namespace audiomuse::backups
