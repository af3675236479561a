// Copies of the whole catalogue: made, listed, sent, put back.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "aside.h"
#include "audiomuse/backups/backups.h"
#include "audiomuse/base/log.h"
#include "backend.h"
#include "errors.h"
#include "job_json.h"
#include "open_file.h"
#include "route.h"

namespace audiomuse::api {
namespace {

/// What a restore must be told, letter by letter: no slip of a finger replaces a catalogue.
constexpr std::string_view kConfirmation = "I understand that this replaces the whole catalogue.";

const std::filesystem::path& folder_of_backups(const Backend& backend) {
    if (backend.context.backups.empty()) throw Error(ErrorCode::unsupported, "This process has no folder for backups.");
    return backend.context.backups;
}

backups::MakeOptions make_options(const Backend& backend) {
    return {.kept = backend.context.settings->backups_kept};
}

Response create_backup(Backend& backend, const Call&) {
    const auto job = do_aside(backend, backups::kBackupJob, "{}", queue::Lane::backup);
    if (!job)
        return json_response(
            202, {{"success", false}, {"message", "The backup goes on. It is listed as soon as it is complete."}});
    if (job->state != store::JobState::success) throw Error(ErrorCode::unavailable, status_message(*job));
    json::object answer = {{"success", true}};
    const json::object details = parse_stored_object(job->details);
    if (const json::value* made = details.if_contains(backups::kMade); made && made->is_object()) {
        answer["filename"] = made->get_object().at("filename");
        answer["size_bytes"] = made->get_object().at("size_bytes");
    }
    return json_response(200, answer);
}

Response list_backups(Backend& backend, const Call&) {
    const std::filesystem::path& folder = folder_of_backups(backend);
    json::array rows;
    for (const backups::Backup& backup : backups::list(folder)) {
        rows.push_back({{"file", backup.filename},
                        {"bytes", backup.bytes},
                        {"made_at", backup.made_at},
                        {"tracks", backup.tracks ? json::value(*backup.tracks) : json::value(nullptr)}});
    }
    std::error_code error;
    const bool is_there = std::filesystem::is_directory(folder, error);
    return json_response(200, {{"backups", std::move(rows)},
                               {"folder", folder.string()},
                               {"kept", backend.context.settings->backups_kept},
                               {"free_bytes", is_there ? json::value(backups::free_bytes(folder)) : json::value()},
                               {"confirmation", kConfirmation}});
}

Response download_backup(Backend& backend, const Call& call) {
    const std::filesystem::path path = backups::find(folder_of_backups(backend), call.text("filename"));
    const auto file = std::make_shared<const OpenFile>(path);
    Response response;
    // Names that people gave may hold anything; RFC 6266 takes them percent-encoded.
    response.headers = {{"Content-Type", "application/octet-stream"},
                        {"Content-Disposition",
                         fmt::format("attachment; filename*=UTF-8''{}", percent_encode(path.filename().native()))}};
    response.body = FileRange{file, 0, file->size()};
    return response;
}

Response check_backup(Backend& backend, const Call& call) {
    const std::string filename(text_field(call.body(), "filename"));
    const store::TransferReport report = store::check_export(backups::find(folder_of_backups(backend), filename), {});
    return json_response(200, {{"filename", filename},
                               {"tracks", report.tracks},
                               {"rows", report.rows},
                               {"schema_version", report.schema_version},
                               {"size_bytes", report.file_bytes}});
}

Response restore_backup(Backend& backend, const Call& call) {
    const json::object body = call.body();
    if (text_field(body, "confirmation") != kConfirmation) {
        throw Error(ErrorCode::invalid_argument, fmt::format("'confirmation' must be exactly: {}", kConfirmation));
    }
    const std::unique_lock alone(backend.restoring, std::try_to_lock);
    if (!alone) throw Error(ErrorCode::conflict, "A backup is being put back already. Wait for its end.");
    const backups::Restored restored = backups::restore(backend.context.store, folder_of_backups(backend),
                                                        text_field(body, "filename"), make_options(backend));
    log::info("A backup with {} tracks was put back", restored.report.tracks);
    backend.has_users = false;  // those of the backup count
    for (const char* topic : {"index", "library", "playlists"})
        backend.context.queue.publish({topic, "{}"});
    return json_response(
        200, {{"success", true},
              {"tracks", restored.report.tracks},
              {"kept_as", restored.kept_as.empty() ? json::value(nullptr) : json::value(restored.kept_as)}});
}

}  // namespace

std::vector<Route> backup_routes() {
    const Param in_path{.name = "filename", .in = In::path, .help = "As /api/backups lists it.", .required = true};
    const Param in_body{.name = "filename", .in = In::body, .help = "As /api/backups lists it.", .required = true};
    return {
        {Method::post, "/api/backup/create", "create_backup", create_backup, Right::admin, {}, kWaits},
        {Method::get, "/api/backups", "backups", list_backups, Right::admin, {}},
        {Method::get, "/api/backup/download/{filename}", "download_backup", download_backup, Right::admin, {in_path}},
        {Method::post, "/api/backup/check", "check_backup", check_backup, Right::admin, {in_body}, kWaits},
        {Method::post,
         "/api/backup/restore",
         "restore_backup",
         restore_backup,
         Right::admin,
         {in_body,
          {.name = "confirmation",
           .in = In::body,
           .help = "The sentence that /api/backups gives, letter by letter.",
           .required = true}},
         kWaits},
    };
}

}  // namespace audiomuse::api
