#include "transfer/catalogue.h"

#include <algorithm>

#include "audiomuse/base/text.h"
#include "sql/track_write.h"

namespace audiomuse::store::transfer {

namespace {

Column integer(std::string_view name) {
    return {.name = name, .type = ColumnType::integer};
}
Column real(std::string_view name) {
    return {.name = name, .type = ColumnType::real};
}
Column real_or_null(std::string_view name) {
    return {.name = name, .type = ColumnType::real, .nullable = true};
}
Column text(std::string_view name) {
    return {.name = name, .type = ColumnType::text};
}
Column bytes(std::string_view name) {
    return {.name = name, .type = ColumnType::bytes};
}
Column text_since_5(std::string_view name) {
    return {.name = name, .type = ColumnType::text, .since = 5, .otherwise = std::string_view()};
}
Column text_since_8(std::string_view name) {
    return {.name = name, .type = ColumnType::text, .since = 8, .otherwise = std::string_view()};
}
Column text_since_9(std::string_view name) {
    return {.name = name, .type = ColumnType::text, .since = 9, .otherwise = std::string_view()};
}
Column integer_since_5(std::string_view name) {
    return {.name = name, .type = ColumnType::integer, .since = 5, .otherwise = std::int64_t{0}};
}
Column integer_since_13(std::string_view name) {
    return {.name = name, .type = ColumnType::integer, .since = 13, .otherwise = std::int64_t{0}};
}
Column real_since_13(std::string_view name) {
    return {.name = name, .type = ColumnType::real, .since = 13, .otherwise = 0.0};
}
Column owner_since_14() {
    return {.name = "owner", .type = ColumnType::integer, .since = 14, .otherwise = std::int64_t{0}};
}
Column counter(std::string_view name) {
    return {.name = name, .type = ColumnType::integer, .counts = true};
}

std::vector<Table> tables() {
    return {
        {.name = "settings", .key = "name", .columns = {text("name"), text("value")}, .stays = "INTERNAL_SECRET"},
        {.name = "servers",
         .key = "id",
         .columns = {integer("id"), text("type"), text("name"), integer("listing"), text_since_5("url"),
                     text_since_5("username"), text_since_5("password"), text_since_5("token"),
                     text_since_5("libraries"), text_since_5("music_folder"), text_since_5("path_map"),
                     integer_since_5("allow_plain_password"), integer_since_5("is_default"),
                     text_since_5("change_stamp")},
         .gives_ids = true},
        {.name = "tracks",
         .key = "id",
         .columns = {integer("id"),
                     integer("present"),
                     text("title"),
                     text("album"),
                     text("album_artist"),
                     integer("track_number"),
                     integer("disc_number"),
                     integer("year"),
                     text("genres"),
                     text("musicbrainz_recording_id"),
                     text("musicbrainz_album_id"),
                     text("musicbrainz_artist_ids"),
                     real("duration_s"),
                     integer("has_cover"),
                     text("title_key"),
                     text("artist_key"),
                     text("album_key"),
                     text("album_artist_key"),
                     real("added_at"),
                     integer("times_analysed"),
                     counter("revision"),
                     real_since_13("orphaned_at"),
                     integer_since_13("cleaned_at")},
         .gives_ids = true},
        {.name = "track_artists",
         .key = "track_id, position",
         .columns = {integer("track_id"), integer("position"), text("name"), text("name_key")}},
        {.name = "track_texts",
         .key = "track_id",
         .columns = {integer("track_id"), text("title"), text("artist"), text("rest")}},
        {.name = "lyrics", .key = "track_id", .columns = {integer("track_id"), text("text"), text_since_9("words")}},
        {.name = "track_sources",
         .key = "id",
         .columns = {integer("id"), integer("track_id"), integer("server_id"), text("path"), integer("size"),
                     integer("mtime_ns"), text("signature"), integer("present"), integer("listing"),
                     text_since_5("item_id"), text_since_5("album_id"), text_since_5("real_path"), text_since_5("tail"),
                     text_since_5("digest"), text_since_8("artist_id")},
         .gives_ids = true},
        {.name = "analyses",
         .key = "track_id",
         .columns = {integer("track_id"),
                     text("model"),
                     text("model_version"),
                     integer("outdated"),
                     integer("size"),
                     integer("mtime_ns"),
                     real("analysed_at"),
                     real("duration_s"),
                     real("tempo"),
                     real("energy"),
                     integer("key"),
                     text("scale"),
                     bytes("other_features"),
                     bytes("moods"),
                     bytes("chroma"),
                     text("decode_settings"),
                     text("warning"),
                     real("elapsed_ms"),
                     bytes("descriptors"),
                     real_or_null("tempo_confidence"),
                     real_or_null("loudness"),
                     real_or_null("key_confidence")}},
        {.name = "embeddings",
         .key = "track_id, model, model_version",
         .columns = {integer("track_id"), text("model"), text("model_version"), bytes("vector")}},
        {.name = "sound_vectors",
         .key = "track_id",
         .columns = {integer("track_id"), text("model"), text("model_version"), integer("outdated"), bytes("vector")},
         .since = 10},
        {.name = "failures",
         .key = "track_id",
         .columns = {integer("track_id"), text("code"), text("stage"), text("message"), integer("size"),
                     integer("mtime_ns"), real("failed_at"), text("decoder")}},
        {.name = "playlists",
         .key = "id",
         .columns = {integer("id"), text("name"), text("kind"), text("recipe"), real("created_at"), real("updated_at"),
                     owner_since_14()},
         .gives_ids = true},
        {.name = "playlist_tracks",
         .key = "playlist_id, position",
         .columns = {integer("playlist_id"), integer("position"), integer("track_id")}},
        {.name = "server_playlists",
         .key = "server_id, owner, name",
         .columns = {integer("server_id"), text("name"), text("playlist_id"), owner_since_14()},
         .since = 5},
        {.name = "listening",
         .key = "track_id, owner, server_id, user_name",
         .columns = {integer("track_id"), integer("server_id"), text("user_name"), integer("plays"),
                     real("last_played_at"), integer("rating"), integer("favourite"), owner_since_14()},
         .since = 6},
        {.name = "anchors",
         .key = "id",
         .columns = {integer("id"), text("name"), text("recipe"), text("model"), text("model_version"),
                     real("created_at")},
         .gives_ids = true,
         .since = 7},
        {.name = "anchor_points",
         .key = "anchor_id, position",
         .columns = {integer("anchor_id"), integer("position"), integer("subtracted"), real("weight"), real("radius"),
                     bytes("vector")},
         .since = 7},
        {.name = "radios",
         .key = "id",
         .columns = {integer("id"), text("name"), integer("anchor_id"), text("recipe"), text("filter"),
                     real("temperature"), integer("n_results"), integer("enabled"), integer("playlist_id"),
                     real("created_at"), real("refreshed_at"), owner_since_14()},
         .gives_ids = true,
         .since = 7},
        {.name = "playlist_issues",
         .key = "playlist_id, number",
         .columns = {integer("playlist_id"), integer("number"), real("made_at")},
         .since = 7},
        {.name = "playlist_issue_tracks",
         .key = "playlist_id, number, position",
         .columns = {integer("playlist_id"), integer("number"), integer("position"), integer("track_id")},
         .since = 7},
        {.name = "users",
         .key = "id",
         .columns = {integer("id"), text("name"), text("name_key"), text("role"), text("password_hash"),
                     real("created_at")},
         .gives_ids = true,
         .since = 11},
        {.name = "api_tokens",
         .key = "id",
         .columns = {integer("id"), integer("user_id"), text("name"), text("secret_hash"), text("scopes"),
                     real("created_at"), real("used_at")},
         .gives_ids = true,
         .since = 11},
        {.name = "schedules",
         .key = "id",
         .columns = {integer("id"), text("name"), text("task_type"), text("cron"), text("zone"), integer("enabled"),
                     integer("catch_up"), integer("on_change"), real("next_due"), integer("seen_index"),
                     real("created_at"), real("last_run"), text("last_job"), text("waits_for"), real("missed_at")},
         .gives_ids = true,
         .since = 12},
        {.name = "server_accounts",
         .key = "user_id, server_id",
         .columns = {integer("user_id"), integer("server_id"), text("name"), text("password"), text("token")},
         .since = 14},
        {.name = "hidden_artists",
         .key = "owner, name_key",
         .columns = {integer("owner"), text("name_key"), text("name")},
         .since = 14},
        {.name = "index_blobs",
         .key = "name",
         .columns = {text("name"), text("model"), text("model_version"), counter("version"), integer("count"),
                     integer("bytes"), real("saved_at"), counter("revision")}},
        {.name = "index_blob_parts", .key = "name, part", .columns = {text("name"), integer("part"), bytes("data")}},
    };
}

/// As the migrations do.
void add_media_servers(sql::Connection& connection) {
    connection.run("UPDATE servers SET is_default = 1");
    sql::fill_tails(connection);
}

void add_lyrics_search(sql::Connection& connection) {
    sql::fill_lyrics_words(connection);
    sql::part_search_texts(connection);
}

}  // namespace

std::vector<const Column*> Table::columns_of(int version) const {
    std::vector<const Column*> found;
    for (const Column& column : columns) {
        if (column.since <= version) found.push_back(&column);
    }
    return found;
}

std::string Table::key_of(int version) const {
    std::vector<std::string> parts = split(key, ',');
    std::erase_if(parts, [&](const std::string& part) {
        const auto column = std::ranges::find(columns, trim(part), &Column::name);
        return column != columns.end() && column->since > version;
    });
    return join(parts, ",");
}

TableShape Table::shape_of(int version) const {
    TableShape shape{.name = std::string(name), .columns = {}};
    for (const Column* column : columns_of(version))
        shape.columns.push_back({std::string(column->name), column->type, column->nullable});
    return shape;
}

std::vector<const Table*> Catalogue::tables_of(int schema_version) const {
    std::vector<const Table*> found;
    for (const Table& table : tables) {
        if (table.since <= schema_version) found.push_back(&table);
    }
    return found;
}

const Catalogue& catalogue() {
    static const Catalogue known{.version = 14,
                                 .tables = tables(),
                                 .upgrades = {{.version = 5, .apply = add_media_servers},
                                              {.version = 9, .apply = add_lyrics_search},
                                              {.version = 13, .apply = sql::begin_orphans}}};
    return known;
}

}  // namespace audiomuse::store::transfer
