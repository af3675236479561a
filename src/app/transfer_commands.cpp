// export, import: the whole catalogue in one file.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>

#include "audiomuse/base/text.h"
#include "commands.h"
#include "progress_bar.h"
#include "runtime.h"

namespace audiomuse::app {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

store::TransferProgress on_bar(ProgressBar& bar, const char* what) {
    return [&bar, what](double done) { bar.show(done, what); };
}

/// "before-import-20260131-235959.audiomuse" in `folder`, with a number where there is one already.
fs::path new_backup(const fs::path& folder) {
    const std::string stem =
        fmt::format("before-import-{:%Y%m%d-%H%M%S}", fmt::gmtime(std::chrono::system_clock::now()));
    fs::path file = folder / (stem + ".audiomuse");
    for (int n = 2; fs::exists(file); ++n)
        file = folder / fmt::format("{}-{}.audiomuse", stem, n);
    return file;
}

void show(const char* what, const fs::path& file, const store::TransferReport& report, const fs::path& kept,
          bool as_json) {
    const std::string shown = to_valid_utf8(fs::absolute(file).native());
    if (as_json) {
        json::object out = {{"file", shown},
                            {"schema_version", report.schema_version},
                            {"tracks", report.tracks},
                            {"rows", report.rows},
                            {"file_bytes", report.file_bytes}};
        if (!kept.empty()) out["kept_as"] = to_valid_utf8(kept.native());
        fmt::print("{}\n", json::serialize(out));
        return;
    }
    fmt::print("{} {}: {} tracks, {} rows in all, {:.1f} MB, schema {}.\n", what, shown, report.tracks, report.rows,
               static_cast<double>(report.file_bytes) / 1e6, report.schema_version);
    if (!kept.empty()) fmt::print("What was there before is in {}.\n", to_valid_utf8(kept.native()));
}

}  // namespace

int export_catalogue(const ExportOptions& options) {
    Runtime runtime(options.settings, Needs::store);
    ProgressBar bar;
    const auto report = runtime.store().transfer().export_to(options.file, on_bar(bar, "Exporting"));
    bar.finish();
    show("Exported to", options.file, report, {}, options.json);
    return 0;
}

int import_catalogue(const ImportOptions& options) {
    ProgressBar bar;
    if (options.check) {
        const auto report = store::check_export(options.file, on_bar(bar, "Checking"));
        bar.finish();
        show("Whole:", options.file, report, {}, options.json);
        return 0;
    }
    Runtime runtime(options.settings, Needs::store);
    const DataLock alone(runtime.data());
    store::Transfer& transfer = runtime.store().transfer();
    const fs::path kept = options.replace && !transfer.empty() ? new_backup(runtime.data()) : fs::path();
    const auto report =
        transfer.import_from(options.file, {.replace = options.replace, .keep_as = kept}, on_bar(bar, "Importing"));
    bar.finish();
    show("Imported", options.file, report, kept, options.json);
    return 0;
}

}  // namespace audiomuse::app
