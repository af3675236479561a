// The command line: which subcommand with which options. What the subcommands do is in commands.h.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <initializer_list>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/machine.h"
#include "commands.h"

namespace audiomuse::app {

namespace {

constexpr int kWrongUsage = 2;

using Groups = std::initializer_list<std::string_view>;

void add_setting(CLI::App& command, settings::Values& values, const settings::SettingInfo& info,
                 const std::string& flag) {
    std::string help(info.help);
    if (!info.choices.empty()) help += fmt::format(" ({})", fmt::join(info.choices, ", "));
    if (!info.default_text.empty()) help += fmt::format(" [{}]", info.default_text);
    const auto store_value = [&values, name = std::string(info.name)](const std::string& text) { values[name] = text; };
    command.add_option_function<std::string>(flag, store_value, help)->type_name("");
}

/// Gives `command` the flags that every command has, and those of the settings in `groups`.
void add_settings(CLI::App& command, settings::Values& values, Groups groups = {}) {
    for (const settings::SettingInfo& info : settings::table()) {
        if (info.type == settings::Type::Secret) continue;  // every user of the machine can read flags
        if (info.name == "AUDIOMUSE_DATA" || info.name == "AUDIOMUSE_LOG_LEVEL") {
            add_setting(command, values, info, "--" + info.flag());
        } else if (std::find(groups.begin(), groups.end(), info.group) != groups.end()) {
            add_setting(command, values, info, "--" + info.flag());
            command.get_option("--" + info.flag())->group(fmt::format("Settings of {}", info.group));
        }
    }
}

/// A setting under a shorter flag.
void add_alias(CLI::App& command, settings::Values& values, std::string_view name, const std::string& flag) {
    for (const settings::SettingInfo& info : settings::table()) {
        if (info.name == name) add_setting(command, values, info, flag);
    }
}

void add_music(CLI::App& command, settings::Values& values) {
    command
        .add_option_function<std::vector<std::string>>(
            "--music",
            [&values](const std::vector<std::string>& folders) {
                values["MUSIC_FOLDERS"] = fmt::format("{}", fmt::join(folders, ":"));
            },
            "A music folder; may be given several times")
        ->type_name("DIR");
}

int run(int argc, char** argv) {
    CLI::App program{
        "AudioMuse listens to your music and makes playlists from how it sounds.\n"
        "Start with:  audiomuse serve --music ~/Music   and open http://localhost:8000"};
    program.set_version_flag("--version", AUDIOMUSE_VERSION);
    program.require_subcommand(1);
    program.get_formatter()->column_width(34);

    int status = 0;
    ServeOptions serve_options;
    auto* serve_command = program.add_subcommand("serve", "The web page, the API and, unless told not to, the worker");
    add_music(*serve_command, serve_options.settings);
    serve_command->add_flag("--no-worker", serve_options.no_worker, "Only page and API; jobs wait for another process");
    add_settings(*serve_command, serve_options.settings,
                 {"server", "access", "distributed", "media_servers", "analysis", "limits", "similar", "alchemy",
                  "clustering", "language"});
    serve_command->callback([&] { status = serve(serve_options); });

    WorkerOptions worker_options;
    auto* worker_command =
        program.add_subcommand("worker", "Only workers, for the PostgreSQL (and Redis) that other machines use too");
    add_music(*worker_command, worker_options.settings);
    add_settings(*worker_command, worker_options.settings, {"distributed", "analysis", "limits"});
    worker_command->callback([&] { status = worker(worker_options); });

    AnalyzeOptions analyze_options;
    auto* analyze_command = program.add_subcommand("analyze", "Analyse files and show the result; stores nothing");
    analyze_command->add_option("files", analyze_options.files, "Audio files")->required()->type_name("FILE...");
    analyze_command->add_flag("--json", analyze_options.json, "One line of JSON per file, in order");
    add_settings(*analyze_command, analyze_options.settings, {"analysis", "limits"});
    analyze_command->callback([&] { status = analyze(analyze_options); });

    ScanOptions scan_options;
    auto* scan_command = program.add_subcommand("scan", "Analyse the whole library now, with progress");
    add_music(*scan_command, scan_options.settings);
    scan_command->add_flag("--retry-failed", scan_options.retry_failed, "Try files again that could not be analysed");
    scan_command->add_flag("--json", scan_options.json, "Print the counts as JSON");
    add_settings(*scan_command, scan_options.settings, {"analysis", "limits"});
    scan_command->callback([&] { status = scan(scan_options); });

    SimilarOptions similar_options;
    auto* similar_command = program.add_subcommand("similar", "Tracks that sound like one");
    similar_command->add_option("track", similar_options.track, "An id, a path or 'Artist - Title'")
        ->required()
        ->type_name("TRACK");
    similar_command->add_option("-n", similar_options.n, "How many [10]")->check(CLI::Range(1, 10000))->type_name("");
    similar_command->add_flag("--radius", similar_options.radius, "Order them as a walk rather than by distance");
    similar_command->add_flag("--json", similar_options.json, "Print JSON");
    add_settings(*similar_command, similar_options.settings);
    similar_command->callback([&] { status = similar(similar_options); });

    PathOptions path_options;
    auto* path_command = program.add_subcommand("path", "A list that leads from one track to another");
    path_command->add_option("from", path_options.from, "An id, a path or 'Artist - Title'")
        ->required()
        ->type_name("FROM");
    path_command->add_option("to", path_options.to, "The same")->required()->type_name("TO");
    path_command->add_option("--via", path_options.via, "A track to lead through; may be given again")
        ->type_name("TRACK");
    path_command->add_option("-n", path_options.n, "How many, the ends included [25]")
        ->check(CLI::Range(2, 500))
        ->type_name("");
    path_command->add_flag("--exact", path_options.exact, "Exactly as many, when there are");
    path_command->add_flag("--json", path_options.json, "Print JSON");
    add_settings(*path_command, path_options.settings);
    path_command->callback([&] { status = path(path_options); });

    ClusterOptions cluster_options;
    auto* cluster_command = program.add_subcommand("cluster", "Make playlists from how the music sounds");
    cluster_command->add_flag("--if-changed", cluster_options.if_changed,
                              "Only if the library changed since the last time");
    cluster_command->add_flag("--json", cluster_options.json, "Print the playlists as JSON");
    add_alias(*cluster_command, cluster_options.settings, "CLUSTER_ALGORITHM", "--algorithm");
    add_alias(*cluster_command, cluster_options.settings, "CLUSTERING_RUNS", "--runs");
    add_alias(*cluster_command, cluster_options.settings, "TOP_N_PLAYLISTS", "--top");
    add_alias(*cluster_command, cluster_options.settings, "CLUSTERING_SEED", "--seed");
    add_settings(*cluster_command, cluster_options.settings, {"clustering", "language"});
    cluster_command->callback([&] { status = cluster(cluster_options); });

    PlaylistsOptions playlists_options;
    auto* playlists_command = program.add_subcommand("playlists", "List the playlists, or write them as M3U8 files");
    playlists_command->add_option("--export", playlists_options.export_folder, "Write one M3U8 file per playlist")
        ->type_name("DIR");
    playlists_command->add_flag("--json", playlists_options.json, "Print JSON");
    add_settings(*playlists_command, playlists_options.settings);
    playlists_command->callback([&] { status = playlists(playlists_options); });

    JobsOptions jobs_options;
    auto* jobs_command = program.add_subcommand("jobs", "What runs and what ran");
    jobs_command->add_flag("--json", jobs_options.json, "Print JSON");
    add_settings(*jobs_command, jobs_options.settings);
    auto* cancel_command = jobs_command->add_subcommand("cancel", "Ask a job to stop; what it did is kept");
    cancel_command->fallthrough();
    cancel_command->add_option("id", jobs_options.cancel, "The job's id")->required()->type_name("ID");
    jobs_command->final_callback([&] { status = jobs_list(jobs_options); });

    UsersOptions users_options;
    auto* users_command = program.add_subcommand("users", "Who may sign in");
    users_command->require_subcommand(1);
    const auto add_users_command = [&](const char* name, const char* help, UsersOptions::What what) {
        auto* command = users_command->add_subcommand(name, help);
        if (what == UsersOptions::What::list) {
            command->add_flag("--json", users_options.json, "Print JSON");
        } else {
            command->add_option("name", users_options.name, "The user's name")->required()->type_name("NAME");
        }
        add_settings(*command, users_options.settings);
        command->callback([&, what] {
            users_options.what = what;
            status = users(users_options);
        });
        return command;
    };
    add_users_command("list", "All users", UsersOptions::What::list);
    add_users_command("add", "Add a user; the password is asked for, or read from the standard input",
                      UsersOptions::What::add)
        ->add_flag("--admin", users_options.admin, "An administrator; the first user always is one");
    add_users_command("reset-password", "Set a user's password anew; all browsers are signed out",
                      UsersOptions::What::reset_password);
    add_users_command("remove", "Remove a user with their sessions and tokens", UsersOptions::What::remove);

    ModelsOptions models_options;
    auto* models_command = program.add_subcommand("models", "The models that listen");
    models_command->require_subcommand(1);
    for (const bool verify : {false, true}) {
        auto* command = models_command->add_subcommand(
            verify ? "verify" : "list", verify ? "Check the files of every model found" : "Which models there are");
        command->add_flag("--json", models_options.json, "Print JSON");
        add_settings(*command, models_options.settings);
        command->callback([&, verify] {
            models_options.verify = verify;
            status = models_list(models_options);
        });
    }

    DemoOptions demo_options;
    auto* demo_command =
        program.add_subcommand("demo", "Write a synthesised, tagged music library of different styles");
    demo_command->add_option("folder", demo_options.folder, "Where to write it")->required()->type_name("DIR");
    demo_command->add_option("--tracks", demo_options.tracks, "How many tracks [96]")
        ->check(CLI::Range(1, 100000))
        ->type_name("");
    demo_command->add_option("--seed", demo_options.seed, "The same seed makes the same library [1]")->type_name("");
    add_settings(*demo_command, demo_options.settings);
    demo_command->callback([&] { status = demo(demo_options); });

    ExportOptions export_options;
    auto* export_command =
        program.add_subcommand("export", "Write the whole catalogue to one file, for a backup or another machine");
    export_command->add_option("file", export_options.file, "The file to write; one that is there is replaced")
        ->required()
        ->type_name("FILE");
    export_command->add_flag("--json", export_options.json, "Print what was exported as JSON");
    add_settings(*export_command, export_options.settings);
    export_command->callback([&] { status = export_catalogue(export_options); });

    ImportOptions import_options;
    auto* import_command = program.add_subcommand("import", "Read a catalogue that 'export' wrote");
    import_command->add_option("file", import_options.file, "The file to read")->required()->type_name("FILE");
    import_command->add_flag(
        "--replace", import_options.replace,
        "Also over tracks and playlists that are here; they are exported to the data folder first");
    import_command->add_flag("--check", import_options.check, "Only check that the file is whole; changes nothing");
    import_command->add_flag("--json", import_options.json, "Print what was imported as JSON");
    add_settings(*import_command, import_options.settings);
    import_command->callback([&] { status = import_catalogue(import_options); });

    CheckOptions check_options;
    auto* check_command =
        program.add_subcommand("check", "Look at everything the program needs: what was tried, found, and the way out");
    check_command
        ->add_option("parts", check_options.parts,
                     "Only these: data, music, decoder, analysis, store, queue, servers, instances, web")
        ->check(CLI::IsMember(
            {"data", "music", "decoder", "libraries", "analysis", "store", "queue", "servers", "instances", "web"}))
        ->type_name("PART...");
    check_command->add_flag("--running", check_options.running,
                            "The web server must answer, rather than its port be free");
    check_command->add_flag("--json", check_options.json, "Print JSON");
    add_music(*check_command, check_options.settings);
    add_settings(*check_command, check_options.settings, {"server", "distributed", "analysis", "limits"});
    check_command->callback([&] { status = check(check_options); });

    auto* settings_command = program.add_subcommand("settings", "Print every setting with its default and meaning");
    settings_command->callback([] { fmt::print("{}", settings::markdown()); });

    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : kWrongUsage;
    }
    return status;
}

}  // namespace

}  // namespace audiomuse::app

int main(int argc, char** argv) {
    using audiomuse::ErrorCode;
    audiomuse::spare_address_space();
    try {
        return audiomuse::app::run(argc, argv);
    } catch (const audiomuse::Error& error) {
        fmt::print(stderr, "audiomuse: {}\n", error.what());
        return error.code() == ErrorCode::invalid_argument ? audiomuse::app::kWrongUsage : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "audiomuse: unexpected error: {}\n", error.what());
        return 1;
    }
}
