#include "audiomuse/base/text.h"
#include "sql/repositories.h"

namespace audiomuse::store::sql {

namespace {

class SqlStore final : public Store {
public:
    explicit SqlStore(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

    Servers& servers() override { return *servers_; }
    Tracks& tracks() override { return *tracks_; }
    Analyses& analyses() override { return *analyses_; }
    SoundVectors& sounds() override { return *sounds_; }
    Playlists& playlists() override { return *playlists_; }
    History& history() override { return *history_; }
    Anchors& anchors() override { return *anchors_; }
    Radios& radios() override { return *radios_; }
    Cleaning& cleaning() override { return *cleaning_; }
    Jobs& jobs() override { return *jobs_; }
    IndexBlobs& index_blobs() override { return *index_blobs_; }
    Instances& instances() override { return *instances_; }
    Users& users() override { return *users_; }
    Schedules& schedules() override { return *schedules_; }
    Transfer& transfer() override { return *transfer_; }

    std::string saved_setting(const std::string& name) override {
        return engine_->read([&](Connection& connection) {
            const auto rows = connection.query("SELECT value FROM settings WHERE name = ?", {name});
            return rows->next() ? rows->text(0) : std::string();
        });
    }

    void save_setting(const std::string& name, const std::string& value) override {
        engine_->write([&](Connection& connection) {
            connection.run(
                "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
                "excluded.value",
                {name, to_valid_utf8(value)});
        });
    }

    std::map<std::string, std::string> saved_settings() override {
        return engine_->read([&](Connection& connection) {
            std::map<std::string, std::string> saved;
            const auto rows = connection.query("SELECT name, value FROM settings", {});
            while (rows->next())
                saved[rows->text(0)] = rows->text(1);
            return saved;
        });
    }

    void save_settings(const std::map<std::string, std::string>& values) override {
        engine_->write([&](Connection& connection) {
            for (const auto& [name, value] : values) {
                if (value.empty()) {
                    connection.run("DELETE FROM settings WHERE name = ?", {name});
                } else {
                    connection.run(
                        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
                        "excluded.value",
                        {name, to_valid_utf8(value)});
                }
            }
        });
    }

    std::string save_setting_if_absent(const std::string& name, const std::string& value) override {
        return engine_->write([&](Connection& connection) {
            connection.run("INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                           {name, to_valid_utf8(value)});
            const auto rows = connection.query("SELECT value FROM settings WHERE name = ?", {name});
            return rows->next() ? rows->text(0) : std::string();
        });
    }

    std::int64_t change_counter() override {
        return engine_->read([](Connection& connection) {
            return connection.find_integer("SELECT value FROM change_counter").value_or(0);
        });
    }

private:
    // Destroyed last: the parts refer to it.
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Servers> servers_ = create_servers(*engine_);
    std::unique_ptr<Tracks> tracks_ = create_tracks(*engine_);
    std::unique_ptr<Analyses> analyses_ = create_analyses(*engine_);
    std::unique_ptr<SoundVectors> sounds_ = create_sound_vectors(*engine_);
    std::unique_ptr<Playlists> playlists_ = create_playlists(*engine_);
    std::unique_ptr<Cleaning> cleaning_ = create_cleaning(*engine_);
    std::unique_ptr<History> history_ = create_history(*engine_);
    std::unique_ptr<Anchors> anchors_ = create_anchors(*engine_);
    std::unique_ptr<Radios> radios_ = create_radios(*engine_);
    std::unique_ptr<Jobs> jobs_ = create_jobs(*engine_);
    std::unique_ptr<IndexBlobs> index_blobs_ = create_index_blobs(*engine_);
    std::unique_ptr<Instances> instances_ = create_instances(*engine_);
    std::unique_ptr<Users> users_ = create_users(*engine_);
    std::unique_ptr<Schedules> schedules_ = create_schedules(*engine_);
    std::unique_ptr<Transfer> transfer_ = create_transfer(*engine_);
};

}  // namespace

std::unique_ptr<Store> create_store(std::unique_ptr<Engine> engine) {
    return std::make_unique<SqlStore>(std::move(engine));
}

}  // namespace audiomuse::store::sql
