#include "plan_watch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <regex>
#include <sstream>

#include "sql/repositories.h"
#include "store_contract.h"

namespace audiomuse::store {
namespace {

/// Few rows, however large the library is.
bool stays_small(const std::string& table) {
    static const std::set<std::string> kSmall = {"servers", "v", "change_counter", "CONSTANT"};
    return kSmall.contains(table) || table.starts_with("(");  // made by the statement itself
}

class Connection final : public sql::Connection {
public:
    Connection(sql::Connection& inner, const PlanQuestions& questions, PlanWatch& watch)
        : inner_(inner), questions_(questions), watch_(watch) {
        if (!watch_.watch) return;
        for (const std::string& statement : questions_.before)
            inner_.run(statement);
    }

    std::unique_ptr<sql::Rows> query(std::string_view sql, std::span<const sql::Value> values) override {
        look_at(sql, values);
        return inner_.query(sql, values);
    }
    std::unique_ptr<sql::Rows> stream(std::string_view sql, std::span<const sql::Value> values) override {
        look_at(sql, values);
        return inner_.stream(sql, values);
    }
    std::int64_t run(std::string_view sql, std::span<const sql::Value> values) override {
        look_at(sql, values);
        return inner_.run(sql, values);
    }
    std::unique_ptr<sql::Appender> append(std::string_view table, std::span<const std::string_view> columns) override {
        return inner_.append(table, columns);
    }
    void continue_ids(std::string_view table) override { inner_.continue_ids(table); }
    void no_time_limit() override { inner_.no_time_limit(); }
    void lock(sql::Lock what) override { inner_.lock(what); }
    std::string_view now() const override { return inner_.now(); }
    sql::Fragment tracks_with(std::span<const sql::Term> terms) const override { return inner_.tracks_with(terms); }
    sql::Fragment ids_with(std::span<const sql::Term> terms) const override { return inner_.ids_with(terms); }
    sql::Fragment lyrics_with(const std::vector<std::string>& words, bool in_order) const override {
        return inner_.lyrics_with(words, in_order);
    }

private:
    void look_at(std::string_view sql, std::span<const sql::Value> values) {
        if (!watch_.watch) return;
        std::string plan;
        const auto rows = inner_.query(questions_.explain + std::string(sql), values);
        while (rows->next())
            plan += rows->text(questions_.column) + "\n";
        if (questions_.reads_all(plan)) watch_.found[std::string(sql)] = plan;
    }

    sql::Connection& inner_;
    const PlanQuestions& questions_;
    PlanWatch& watch_;
};

class Engine final : public sql::Engine {
public:
    Engine(std::unique_ptr<sql::Engine> inner, PlanQuestions questions, PlanWatch& watch)
        : inner_(std::move(inner)), questions_(std::move(questions)), watch_(watch) {}

private:
    void run_read(const Work& work) override {
        inner_->read([&](sql::Connection& connection) {
            Connection watched(connection, questions_, watch_);
            work(watched);
        });
    }
    void run_write(const Work& work) override {
        inner_->write([&](sql::Connection& connection) {
            Connection watched(connection, questions_, watch_);
            work(watched);
        });
    }

    std::unique_ptr<sql::Engine> inner_;
    const PlanQuestions questions_;
    PlanWatch& watch_;
};

ListedItem listed(int number, const std::string& prefix, const std::string& root) {
    ListedItem item;
    item.item_id = prefix + std::to_string(number);
    item.album_id = "album " + std::to_string(number / 10);
    item.path = fmt::format("{}/Artist/Album {}/{}.flac", root, number / 10, number);
    item.stamp = {1000 + number, 5};
    item.tags = tags(fmt::format("Title {}", number), "Artist", fmt::format("Album {}", number / 10));
    item.tags.duration_s = 100 + number;
    return item;
}

void list_all(Store& store, ServerId server, const std::string& prefix, const std::string& root, PlanWatch& watch) {
    std::vector<ListedItem> items;
    for (int i = 0; i < 60; ++i)
        items.push_back(listed(i, prefix, root));
    const std::int64_t listing = store.tracks().begin_listing(server);
    watch.watch = true;
    store.tracks().put_listed(server, listing, items);
    watch.watch = false;
    store.tracks().finish_listing(server, listing);  // reads what it listed, once
}

}  // namespace

bool sqlite_reads_all(const std::string& plan) {
    static const std::regex kScan(R"(SCAN (\S+))");
    for (auto found = std::sregex_iterator(plan.begin(), plan.end(), kScan); found != std::sregex_iterator(); ++found) {
        if (!stays_small((*found)[1])) return true;
    }
    return false;
}

bool postgres_reads_all(const std::string& plan) {
    static const std::regex kScan(
        R"((Seq Scan|Index Scan|Index Only Scan|Bitmap Index Scan)( Backward)?( using \S+)? on (\S+))");
    std::istringstream lines(plan);
    std::string line;
    std::string whole;  // the table of a scan whose condition has not come yet
    while (std::getline(lines, line)) {
        std::smatch found;
        if (line.find("Index Cond:") != std::string::npos) {
            whole.clear();
        } else if (std::regex_search(line, found, kScan)) {
            if (!whole.empty()) return true;
            if (!stays_small(found[4])) whole = found[4];
        }
    }
    return !whole.empty();
}

PlanQuestions sqlite_plans() {
    return {.before = {}, .explain = "EXPLAIN QUERY PLAN ", .column = 3, .reads_all = sqlite_reads_all};
}

PlanQuestions postgres_plans() {
    // Of few rows it would always choose these: what counts is that there is a way without them.
    return {.before = {"SET LOCAL enable_seqscan = off", "SET LOCAL enable_hashjoin = off",
                       "SET LOCAL enable_mergejoin = off"},
            .explain = "EXPLAIN ",
            .column = 0,
            .reads_all = postgres_reads_all};
}

std::unique_ptr<Store> create_watched_store(std::unique_ptr<sql::Engine> engine, PlanQuestions questions,
                                            PlanWatch& watch) {
    return sql::create_store(std::make_unique<Engine>(std::move(engine), std::move(questions), watch));
}

void expect_no_whole_reads(Store& store, PlanWatch& watch) {
    Tracks& tracks = store.tracks();
    const ServerId folders = tracks.local_server();
    std::vector<SeenFile> files;
    std::vector<Tracks::PutItem> items;
    for (int i = 0; i < 60; ++i) {
        files.push_back(file(fmt::format("/music/{}", i)));
        items.push_back({files.back(), fmt::format("signature {}", i), tags(fmt::format("Local {}", i))});
    }
    const std::int64_t listing = tracks.begin_listing(folders);
    watch.watch = true;
    tracks.mark_seen(folders, listing, files);
    tracks.put(folders, items);
    tracks.mark_seen(folders, listing, files);
    watch.watch = false;

    const ServerId home = store.servers().add({.type = "navidrome", .name = "Home", .url = "http://home"});
    const ServerId cabin = store.servers().add({.type = "plex", .name = "Cabin", .url = "http://cabin"});
    list_all(store, home, "a", "/srv", watch);
    list_all(store, home, "a", "/srv", watch);         // unchanged
    list_all(store, home, "b", "/srv", watch);         // other ids
    list_all(store, cabin, "c", "/mnt/music", watch);  // known by the end of the path
    list_all(store, cabin, "d", "/elsewhere/x", watch);

    watch.watch = true;
    std::vector<TrackId> ids;
    for (const char* item_id : {"b7", "d7", "local-3", "nothing"}) {
        for (const std::optional<ServerId> server :
             {std::optional<ServerId>(), std::optional(home), std::optional(cabin)}) {
            if (const auto row = tracks.by_item_id(item_id, server)) ids.push_back(row->id);
        }
    }
    EXPECT_THAT(ids, ::testing::SizeIs(5));
    const std::vector<std::string> items_asked_for = {"b7", "d7", "local-3", "nothing"};
    tracks.by_item_ids(items_asked_for);
    tracks.by_item_ids(items_asked_for, cabin);
    for (const TrackId id : ids) {
        tracks.get(id);
        tracks.places(id);
        tracks.set_lyrics(id, "la la");
        tracks.lyrics(id);
        tracks.recognise_audio(id, "audio");
    }
    tracks.get(ids);
    tracks.item_ids_on(cabin, ids);
    tracks.by_path("/music/7");
    tracks.by_name("Title 7", "Artist");
    store.analyses().summaries(ids);
    store.analyses().failures_of(ids);
    store.analyses().embedding(ids.front(), kModel);
    // What CLAP has heard, and is to hear.
    std::vector<SoundVectors::Heard> heard;
    for (const TrackId id : ids)
        heard.push_back({id, {1, 1}, {kOtherModel, {1, 2}}});
    store.sounds().save(heard);
    store.sounds().embedding(ids.front(), kOtherModel);
    store.sounds().due_of(kModel, kOtherModel, ids);
    store.sounds().due(kModel, kOtherModel, ids.front(), 10);
    const PlaylistId list = store.playlists().create("List", PlaylistKind::own, "{}", ids);
    store.playlists().tracks(list);
    watch.watch = false;
    for (const auto& [statement, plan] : watch.found)
        ADD_FAILURE() << "reads a whole table:\n" << statement << "\n" << plan;
}

}  // namespace audiomuse::store
