#include "route.h"

namespace audiomuse::api {

const std::vector<Route>& route_table() {
    static const std::vector<Route> table = [] {
        std::vector<Route> all;
        for (auto part : {auth_routes,        account_routes,  analysis_routes, track_routes,    artist_routes,
                          path_routes,        library_routes,  list_routes,     draft_routes,    chat_routes,
                          text_search_routes, order_routes,    alchemy_routes,  anchor_routes,   play_routes,
                          map_routes,         server_routes,   player_routes,   rest_routes,     system_routes,
                          worker_routes,      schedule_routes, backup_routes,   cleaning_routes, settings_routes}) {
            for (Route& route : part())
                all.push_back(std::move(route));
        }
        return all;
    }();
    return table;
}

}  // namespace audiomuse::api
