// Requests to a Subsonic server: who asks, in which way the server wants to know, and what its failures mean.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "server/http.h"
#include "subsonic/login.h"
#include "subsonic/read.h"

namespace audiomuse::library::subsonic {

/// Finds out with the first answers which login the server takes, which version of the API, and whether it takes forms;
/// remembers that. Throws as MediaServer does. Threads: any number.
class Session {
public:
    /// Throws Error(invalid_argument) for an account that lacks something.
    explicit Session(const ServerAccount& account);

    /// The answer to a request that changes nothing, a failure as well.
    Response try_ask(std::string_view method, const Pairs& parameters, const CancelToken& cancel) const;
    /// The content of the answer; throws for a failure.
    boost::json::value ask(std::string_view method, const Pairs& parameters, const CancelToken& cancel) const;
    /// Sends a change once, as a form: what is long does not fit into an address, and logins don't get into logs.
    /// Nothing: the server takes no forms, so nothing was changed, and the next one goes into an address, of
    /// change_size() ids at most.
    std::optional<Response> try_change(std::string_view method, const Pairs& parameters,
                                       const CancelToken& cancel) const;
    std::size_t change_size() const;
    /// The original file, where the server gives it away.
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) const;

    /// each_row() of read.h; throws where it returns false.
    void each_row(const boost::json::value& content, std::string_view element, std::string_view rows,
                  const std::function<void(const boost::json::value&)>& body) const;

    [[noreturn]] void fail(const Response& response) const;
    [[noreturn]] void fail_reading(std::string_view what) const { http_.fail_reading(what); }
    const std::string& shown() const { return http_.shown(); }

    /// What the last answer said of the server; its content and error are empty. Empty before the first answer.
    Response server() const;
    bool is_navidrome() const;
    bool has_key() const { return !account_.token.empty(); }
    const std::string& user() const { return account_.user; }

private:
    /// How a request is made.
    struct Manner {
        Login login;
        std::string version;
    };

    Manner manner() const;
    /// Learns from an answer. True: the request is to be made again in another manner.
    bool adapt(const Manner& manner, const Response& response) const;
    void fall_back_to_password() const;
    Pairs with_login(const Manner& manner, const Pairs& parameters) const;
    std::optional<Response> exchange(std::string_view method, const Pairs& parameters, bool post,
                                     const CancelToken& cancel) const;
    std::optional<Response> download(std::string_view method, const Pairs& parameters,
                                     const std::filesystem::path& file, const CancelToken& cancel) const;
    Response read(const ServerHttp::Answer& answer) const;
    std::string words_of(const Response& response) const;

    ServerAccount account_;
    ServerHttp http_;
    mutable std::mutex mutex_;
    mutable Manner manner_;
    mutable bool login_works_ = false;
    mutable bool takes_forms_ = true;
    mutable Response server_;
};

}  // namespace audiomuse::library::subsonic
