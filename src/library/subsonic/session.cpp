#include "subsonic/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"

namespace audiomuse::library::subsonic {

namespace json = boost::json;

namespace {

constexpr const char* kName = "Navidrome (Subsonic)";
constexpr const char* kClient = "AudioMuse";  // Navidrome keeps settings for each client by this name
constexpr const char* kApiVersion = "1.16.1";
constexpr std::size_t kIdsOfForm = 2000;   // Navidrome takes 10,000 parameters, in a second
constexpr std::size_t kIdsOfAddress = 40;  // gunicorn takes 4,094 bytes
constexpr std::size_t kShownOfMessage = 200;

Call call_of(std::string_view method, Pairs parameters, bool post) {
    Call call{.path = fmt::format("/rest/{}.view", method)};
    if (post) {
        call.method = "POST";
        call.body = encode_query(parameters);
        call.content_type = "application/x-www-form-urlencoded";
    } else {
        call.query = std::move(parameters);
    }
    return call;
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool is_about_login(int error) {
    return error >= kWrongLogin && error <= kWrongKey;
}

/// Whether a token was refused because it is one. Servers without OpenSubsonic miss the password instead.
bool refuses_tokens(const Response& response) {
    return response.error == kNoTokens || response.error == kNoSuchLogin ||
           (response.error == kMissingParameter && !response.open_subsonic);
}

}  // namespace

Session::Session(const ServerAccount& account)
    : account_(account),
      http_(kName, account.url, account.limits, {{"Accept", "application/json, */*"}}),
      manner_{account.token.empty() ? Login::token : Login::api_key, kApiVersion} {
    if (!account_.token.empty()) return;
    const auto missing = [](std::string_view what) {
        return Error(ErrorCode::invalid_argument,
                     fmt::format("The {} for {} is missing. Set user and password, or an API key where the server has "
                                 "these.",
                                 what, kName));
    };
    if (account_.user.empty()) throw missing("user");
    if (account_.password.empty()) throw missing("password");
}

Session::Manner Session::manner() const {
    std::lock_guard lock(mutex_);
    return manner_;
}

Response Session::server() const {
    std::lock_guard lock(mutex_);
    return server_;
}

bool Session::is_navidrome() const {
    std::lock_guard lock(mutex_);
    return server_.type == "navidrome";
}

std::size_t Session::change_size() const {
    std::lock_guard lock(mutex_);
    return takes_forms_ ? kIdsOfForm : kIdsOfAddress;
}

void Session::fall_back_to_password() const {
    if (!account_.url.starts_with("https://") && !account_.allow_plain_password) {
        throw Error(ErrorCode::login_refused,
                    fmt::format("{} takes no login by token, only the password itself, which everybody on the way "
                                "could read. Use an https address, or allow the readable password in the settings of "
                                "this server.",
                                shown()));
    }
    log::info("{} takes no login by token: the password is sent instead.", shown());
    manner_.login = Login::password;
}

bool Session::adapt(const Manner& manner, const Response& response) const {
    std::lock_guard lock(mutex_);
    server_.api_version = response.api_version;
    server_.type = response.type;
    server_.server_version = response.server_version;
    server_.open_subsonic = response.open_subsonic;
    if (response.ok || (response.error != kMissingParameter && !is_about_login(response.error))) {
        if (response.error == kServerTooOld && manner.version == kApiVersion && !response.ok &&
            older(response.api_version, kApiVersion) && !response.api_version.empty()) {
            manner_.version = response.api_version;
            return true;
        }
        login_works_ = true;
        return false;
    }
    if (login_works_) return false;
    if (manner.login == Login::token && refuses_tokens(response)) {
        fall_back_to_password();
        return true;
    }
    const bool no_keys = response.error == kMissingParameter || response.error == kNoSuchLogin;
    if (manner.login == Login::api_key && no_keys && !account_.user.empty() && !account_.password.empty()) {
        manner_.login = Login::token;
        return true;
    }
    return false;
}

Pairs Session::with_login(const Manner& manner, const Pairs& parameters) const {
    Pairs all = login_parameters(account_, manner.login, new_salt());
    all.insert(all.end(), {{"v", manner.version}, {"c", kClient}, {"f", "json"}});
    all.insert(all.end(), parameters.begin(), parameters.end());
    return all;
}

Response Session::read(const ServerHttp::Answer& answer) const {
    if (auto failure = read_xml_failure(answer.body)) return *failure;
    if (answer.status < 200 || answer.status > 299) {
        boost::system::error_code error;
        auto response = read_response(json::parse(answer.body, error));
        if (!error && response && !response->ok) return *response;
        http_.fail(answer);
    }
    json::value body = http_.parse(answer);
    if (body.is_null()) fail_reading("an answer of no bytes");
    if (auto response = read_response(std::move(body))) return std::move(*response);
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} answers, but not as Subsonic servers do. Is it another kind of server?", shown()));
}

std::optional<Response> Session::exchange(std::string_view method, const Pairs& parameters, bool post,
                                          const CancelToken& cancel) const {
    for (;;) {
        const Manner manner = this->manner();
        // Some of these come with a Subsonic failure that says more.
        const auto answer = http_.send(call_of(method, with_login(manner, parameters), post), cancel,
                                       {400, 401, 403, 404, 405, 410, 411, 413, 414, 500, 501});
        const std::array<int, 5> no_form = {404, 405, 411, 413, 414};
        if (post && std::ranges::find(no_form, answer.status) != no_form.end() && !trim(answer.body).starts_with('{'))
            return std::nullopt;
        Response response = read(answer);
        if (!adapt(manner, response)) return response;
    }
}

Response Session::try_ask(std::string_view method, const Pairs& parameters, const CancelToken& cancel) const {
    return *exchange(method, parameters, false, cancel);
}

json::value Session::ask(std::string_view method, const Pairs& parameters, const CancelToken& cancel) const {
    Response response = try_ask(method, parameters, cancel);
    if (!response.ok) fail(response);
    return std::move(response.content);
}

std::optional<Response> Session::try_change(std::string_view method, const Pairs& parameters,
                                            const CancelToken& cancel) const {
    bool post = true;
    {
        std::lock_guard lock(mutex_);
        post = takes_forms_;
    }
    auto response = exchange(method, parameters, post, cancel);
    if (!response) {
        std::lock_guard lock(mutex_);
        takes_forms_ = false;
    }
    return response;
}

std::optional<Response> Session::download(std::string_view method, const Pairs& parameters,
                                          const std::filesystem::path& file, const CancelToken& cancel) const {
    for (;;) {
        const Manner manner = this->manner();
        std::optional<Response> refusal;
        try {
            http_.fetch(
                call_of(method, with_login(manner, parameters), false), file,
                [&](const ServerHttp::Answer& answer) { refusal = read(answer); }, cancel);
            return std::nullopt;
        } catch (const Error&) {
            if (!refusal || refusal->ok) throw;
        }
        if (!adapt(manner, *refusal)) return refusal;
    }
}

void Session::fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) const {
    const auto refusal = download("download", {{"id", track}}, file, cancel);
    if (!refusal) return;
    // Downloads may be switched off. A stream counts as a play on some servers, so it comes second; raw: not
    // transcoded.
    const bool may_stream = refusal->error == kNotAllowed || refusal->error == kGeneric;
    if (may_stream && !download("stream", {{"id", track}, {"format", "raw"}}, file, cancel)) return;
    fail(*refusal);
}

void Session::each_row(const json::value& content, std::string_view element, std::string_view rows,
                       const std::function<void(const json::value&)>& body) const {
    if (!subsonic::each_row(content, element, rows, body)) fail_reading(fmt::format("{} that are no list", rows));
}

std::string Session::words_of(const Response& response) const {
    std::string words = to_valid_utf8(trim(response.message)).substr(0, kShownOfMessage);
    for (const std::string& secret : {account_.password, account_.token})
        if (!secret.empty() && contains(words, secret)) words.clear();
    while (words.ends_with('.'))
        words.pop_back();
    return words.empty() ? fmt::format("error {}", response.error) : to_valid_utf8(words);
}

void Session::fail(const Response& response) const {
    const auto error = [&](ErrorCode code, std::string_view what, std::string_view way_out) {
        return Error(code, fmt::format("{} {} ({}).{}{}", shown(), what, words_of(response), way_out.empty() ? "" : " ",
                                       way_out));
    };
    const Login login = manner().login;
    switch (response.error) {
        case kWrongLogin:
        case kWrongKey:
            throw error(ErrorCode::login_refused, "refuses the login",
                        login == Login::api_key ? "Check the API key." : "Check user and password.");
        case kMissingParameter:
            if (login != Login::api_key) break;
            [[fallthrough]];
        case kNoTokens:
        case kNoSuchLogin:
        case kLoginConflict:
            throw error(
                ErrorCode::login_refused, login == Login::api_key ? "takes no API keys" : "takes no login of this kind",
                login == Login::api_key ? "Set user and password instead." : "Make an API key there and set that.");
        case kNotAllowed:
            throw error(ErrorCode::permission_denied, "does not let this user do that", "");
        case kTrialOver:
            throw error(ErrorCode::permission_denied, "wants a licence", "");
        case kNotFound:
            throw error(ErrorCode::not_found, "does not know what was asked for", "");
        case kClientTooOld:
        case kServerTooOld:
            throw error(ErrorCode::unsupported, "speaks another version of Subsonic", "");
        default:
            break;
    }
    const std::string words = fold(response.message);
    if (contains(words, "permission denied") || contains(words, "not authorized"))  // Navidrome 0.60: error 0
        throw error(ErrorCode::permission_denied, "does not let this user do that", "");
    if (contains(words, "unknown method") || contains(words, "not implemented"))
        throw error(ErrorCode::unsupported, "can't do that", "");
    throw error(ErrorCode::server_failed, "failed to answer", "Its own log may tell why.");
}

}  // namespace audiomuse::library::subsonic
