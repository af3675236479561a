#include "audiomuse/store/instances.h"

#include "audiomuse/base/text.h"
#include "sql/repositories.h"

namespace audiomuse::store::sql {

namespace {

constexpr double kForgetAfter = 86'400;  // seconds

class SqlInstances final : public Instances {
public:
    explicit SqlInstances(Engine& engine) : engine_(engine) {}

    void announce(const std::string& id, const std::string& url) override {
        engine_.write([&](Connection& connection) {
            const std::string now(connection.now());
            connection.run("DELETE FROM instances WHERE seen_at < " + now + " - ?", {kForgetAfter});
            connection.run("INSERT INTO instances (id, url, seen_at) VALUES (?, ?, " + now +
                               ") ON CONFLICT (id) DO UPDATE SET url = excluded.url, seen_at = excluded.seen_at",
                           {id, to_valid_utf8(url)});
        });
    }

    std::vector<Instance> living(double max_age_s) override {
        return engine_.read([&](Connection& connection) {
            const std::string now(connection.now());
            std::vector<Instance> instances;
            const auto rows = connection.query(
                "SELECT id, url, seen_at FROM instances WHERE seen_at >= " + now + " - ? ORDER BY seen_at DESC, id",
                {max_age_s});
            while (rows->next())
                instances.push_back({rows->text(0), rows->text(1), rows->real(2)});
            return instances;
        });
    }

    void withdraw(const std::string& id) override {
        engine_.write([&](Connection& connection) { connection.run("DELETE FROM instances WHERE id = ?", {id}); });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Instances> create_instances(Engine& engine) {
    return std::make_unique<SqlInstances>(engine);
}

}  // namespace audiomuse::store::sql
