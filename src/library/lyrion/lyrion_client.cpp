#include "lyrion/lyrion_client.h"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/json/serialize.hpp>

#include "audiomuse/base/text.h"
#include "server/json_read.h"

namespace audiomuse::library::lyrion {

namespace json = boost::json;

namespace {

constexpr std::string_view kName = "Lyrion";

std::string base64(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();  // its NUL
    return text;
}

Pairs headers_of(const ServerAccount& account) {
    Pairs headers{{"Accept", "*/*"}};
    if (account.user.empty() && account.password.empty()) return headers;
    if (account.user.empty() || account.password.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "A Lyrion server that is protected needs both user name and password; one that is not, neither.");
    }
    if (account.user.find(':') != std::string::npos) {
        throw Error(ErrorCode::invalid_argument, "The user name for Lyrion can't have a colon in it.");
    }
    headers.emplace_back("Authorization", "Basic " + base64(account.user + ":" + account.password));
    return headers;
}

}  // namespace

LyrionClient::LyrionClient(const ServerAccount& account)
    : http_(std::string(kName), account.url, account.limits, headers_of(account)) {}

Error LyrionClient::error(ErrorCode code, std::string_view what) const {
    return {code, fmt::format("{} {}", http_.shown(), what)};
}

ServerHttp::Answer LyrionClient::post(Effect effect, json::array terms, const CancelToken& cancel) const {
    const json::value request = {{"id", 1}, {"method", "slim.request"}, {"params", json::array{"", std::move(terms)}}};
    const Call call{.method = "POST",
                    .path = "/jsonrpc.js",
                    .headers = {{"Connection", "close"}},  // else a refusal looks like a connection that got old
                    .body = json::serialize(request),
                    .content_type = "application/json",
                    .reads = effect == Effect::reads,
                    .silence_is_answer = true};
    try {
        return http_.send(call, cancel, {0});
    } catch (const Error& failed) {
        if (failed.code() != ErrorCode::not_found) throw;
        throw error(ErrorCode::invalid_argument,
                    "is a web server, but no Lyrion: it has no /jsonrpc.js. Check port and path of the address.");
    }
}

json::value LyrionClient::result_of(const ServerHttp::Answer& answer) const {
    json::value whole = http_.parse(answer);
    json::object* object = whole.if_object();
    json::value* result = object == nullptr ? nullptr : object->if_contains("result");
    if (result == nullptr || !result->is_object()) http_.fail_reading("an answer without a result");
    return std::move(*result);
}

json::value LyrionClient::command(Effect effect, json::array terms, const Error& refused,
                                  const CancelToken& cancel) const {
    const auto answer = post(effect, std::move(terms), cancel);
    if (answer.status != 0) return result_of(answer);
    (void)version(cancel);  // throws when nobody is there any more
    throw refused;
}

std::string LyrionClient::version(const CancelToken& cancel) const {
    const auto answer = post(Effect::reads, {"version", "?"}, cancel);
    if (answer.status == 0) {
        throw error(ErrorCode::unavailable,
                    "closes every connection: it is still starting, or its security setting bars this machine.");
    }
    std::string version = text_at(result_of(answer), "_version");
    if (version.empty()) {
        throw error(ErrorCode::invalid_argument, "is no Lyrion server: it does not say its version.");
    }
    return version;
}

void LyrionClient::download(const std::string& track, const std::filesystem::path& file,
                            const CancelToken& cancel) const {
    // Nothing after "download": with ".mp3" the server would encode it anew.
    http_.fetch({.path = "/music/" + encode_segment(track) + "/download"}, file, {}, cancel);
}

std::int64_t LyrionClient::count(const json::value& result) const {
    const auto count = integer_at(result, "count");
    if (!count || *count < 0) http_.fail_reading("a list that does not say how long it is");
    return *count;
}

}  // namespace audiomuse::library::lyrion
