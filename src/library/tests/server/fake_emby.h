// Emby, as its published API describes it.
#pragma once

#include "server/fake_media_browser.h"

namespace audiomuse::library::testing {

class FakeEmby : public FakeMediaBrowser {
public:
    /// An API key or alice's own token, which may not see what is for administrators; or her password.
    enum class Login { key, token, password };
    FakeEmby(const std::string& version, Login login);
    ~FakeEmby() override { stop(); }

    ServerAccount account() const override;
    ServerAccount wrong_login() const override;
    std::vector<std::string> secrets() const override { return {kToken, kPassword, kWrong}; }

    int refusal_status = 403;  ///< of what is for administrators: 401 or 403
    bool hides_users = false;  ///< at the login
    std::string product;

private:
    static inline const std::string kToken = "0123456789abcdef0123456789abcdef";
    static inline const std::string kPassword = "pass\"word, 1";
    static inline const std::string kWrong = "ffffffffffffffffffffffffffffffff";

    WebAnswer answer(const Asked& asked) override;
    WebAnswer answer_known(const Asked& asked);
    WebAnswer users(const Asked& asked);
    WebAnswer of_user(const Asked& asked);
    WebAnswer playlists(const Asked& asked);
    WebAnswer log_in(const Asked& asked);
    bool administrator() const { return login_ == Login::key; }

    std::string version_;
    Login login_;
};

}  // namespace audiomuse::library::testing
