// What workers on other machines ask of a web instance.
#include <charconv>

#include "audio_file.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/library/audio_link.h"
#include "backend.h"
#include "errors.h"
#include "route.h"

namespace audiomuse::api {
namespace {

/// 0, which no track has, for what is no number.
TrackId track_id(std::string_view text) {
    TrackId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    return error == std::errc() && end == text.data() + text.size() ? id : TrackId();
}

Response worker_audio(Backend& backend, const Call& call) {
    const TrackId id = track_id(call.text("track_id"));
    const std::string signature = call.text("signature");
    if (signature.empty()) {
        Response refusal =
            error_response(401, "permission_denied", "This address works with a worker's signature only.");
        refusal.set_header("WWW-Authenticate", "Signature");
        return refusal;
    }
    switch (library::check_audio_link(id, call.text("expires"), signature, backend.context.link_secret, unix_now())) {
        case library::LinkState::forged:
            throw Error(ErrorCode::permission_denied,
                        "The signature does not fit: worker and web instance must share one database.");
        case library::LinkState::expired:
            throw Error(ErrorCode::permission_denied, "The signature has expired: compare the clocks of the machines.");
        case library::LinkState::valid:
            break;
    }
    const auto row = backend.context.store.tracks().get(id);
    if (!row) throw Error(ErrorCode::not_found, "There is no such track.");
    return audio_file(backend, *row, call.request());
}

}  // namespace

std::vector<Route> worker_routes() {
    return {{Method::get,
             "/api/worker/audio/{track_id}",
             "worker_audio",
             worker_audio,
             Right::open,
             {{.name = "track_id", .in = In::path, .help = "Number of the track in the store.", .required = true},
              {.name = "expires", .help = "Unix seconds until which the signature holds."},
              {.name = "signature", .help = "HMAC-SHA-256 of method, path and expires, in hexadecimal digits."}}}};
}

}  // namespace audiomuse::api
