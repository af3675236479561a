#include <fmt/format.h>

#include "audiomuse/base/error.h"
#include "check/check.h"

namespace audiomuse::app {

Check check_media_server(const store::ServerRow& server, const std::function<library::ServerInfo()>& probe) {
    return guarded(server.name, "Correct it on the page, under Settings, or in the environment.", [&] {
        const library::ServerInfo info = probe();
        std::string found = fmt::format("{} {} at {}", info.product, info.version, server.url);
        if (!info.user.empty()) found += fmt::format(", as {}", info.user);
        found += fmt::format(": {} tracks in ", info.tracks);
        for (std::size_t i = 0; i < info.libraries.size(); ++i)
            found += (i == 0 ? "" : ", ") + info.libraries[i].name;
        if (info.libraries.empty()) found += "no library";
        if (info.tracks == 0) {
            return Check{server.name, Check::State::warning, found,
                         "Nothing can be listened to: let the server scan its music, or choose other libraries."};
        }
        if (!info.advice.empty()) return Check{server.name, Check::State::warning, found, info.advice};
        return Check{server.name, Check::State::ok, found, ""};
    });
}

}  // namespace audiomuse::app
