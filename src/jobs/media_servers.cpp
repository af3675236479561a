#include "audiomuse/jobs/media_servers.h"

#include "audiomuse/servers/account.h"

namespace audiomuse::jobs {

namespace {

/// Whether an opened server can go on being used.
bool same_place(const store::ServerRow& one, const store::ServerRow& other) {
    const auto what = [](const store::ServerRow& row) {
        return std::tie(row.type, row.url, row.user, row.password, row.token, row.libraries, row.music_folder,
                        row.path_map, row.allow_plain_password);
    };
    return what(one) == what(other);
}

}  // namespace

MediaServers::MediaServers(store::Store& store, std::filesystem::path downloads, Create create)
    : store_(store), downloads_(std::move(downloads)), create_(std::move(create)) {}

std::shared_ptr<library::ServerAudio> MediaServers::open(ServerId id) {
    const auto row = store_.servers().get(id);
    if (!row) throw Error(ErrorCode::not_found, "The media server was removed.");
    std::lock_guard lock(mutex_);
    Opened& opened = opened_[id];
    if (!opened.audio || !same_place(opened.row, *row)) {
        opened = {*row, std::make_shared<library::ServerAudio>(create_(servers::account_of(*row)), row->path_map,
                                                               downloads_)};
    }
    return opened.audio;
}

std::unique_ptr<library::MediaServer> MediaServers::connect(const store::ServerRow& server) const {
    return create_(servers::account_of(server));
}

std::vector<store::ServerRow> media_servers(store::Store& store) {
    std::vector<store::ServerRow> servers = store.servers().all();
    std::erase_if(servers, [](const store::ServerRow& server) { return server.type == "local"; });
    return servers;
}

}  // namespace audiomuse::jobs
