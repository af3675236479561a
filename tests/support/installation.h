// An installation of several processes as its users have it: PostgreSQL, with or without Redis, web instances, workers.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/store/store.h"
#include "support/postgres_server.h"
#include "support/process.h"
#include "support/redis_server.h"
#include "support/temp_folder.h"

namespace audiomuse::testing_support {

class Installation {
public:
    enum class Delivery { redis, postgres };
    explicit Installation(Delivery delivery);

    PostgresServer& postgres() { return postgres_; }
    RedisServer& redis() { return *redis_; }
    /// Everything from here on happens in another, empty database.
    void use_new_database();

    /// A web instance, of `music` where given; nothing is analysed there. It answers when this returns. `options` are
    /// further arguments.
    class Web {
    public:
        Web(Installation& installation, const std::filesystem::path& music,
            const std::vector<std::string>& options = {});
        std::string get(const std::string& path) const;  ///< the answer's body
        std::string post(const std::string& path, const std::string& body = "{}") const;
        /// Asks for an analysis; the id of its job.
        JobId start_analysis() const;
        const std::string& url() const { return url_; }
        int terminate() { return process_->terminate(); }

    private:
        std::string url_;
        std::unique_ptr<Process> process_;
    };
    /// A worker that shares nothing with the others but the services. `options` are further arguments.
    std::unique_ptr<Process> worker(const std::vector<std::string>& options = {});

    /// Another look at the store.
    std::unique_ptr<store::Store> open_store() const;
    std::map<std::string, std::string> environment() const;
    std::filesystem::path log() const { return folder_ / "log"; }

private:
    std::filesystem::path new_data_folder();

    TempFolder folder_;
    int folders_ = 0;
    PostgresServer postgres_;
    std::optional<RedisServer> redis_;
    std::string database_;
};

}  // namespace audiomuse::testing_support
