// Jellyfin, as strict as the real one.
#pragma once

#include "server/fake_media_browser.h"

namespace audiomuse::library::testing {

class FakeJellyfin : public FakeMediaBrowser {
public:
    /// An API key; a token of alice, who is no administrator; her password.
    enum class Login { key, token, password };
    /// `version`: "10.8.13", "12.0.0"; decides what there is.
    FakeJellyfin(const std::string& version, Login login);
    ~FakeJellyfin() override { stop(); }

    ServerAccount account() const override;
    ServerAccount wrong_login() const override;
    std::vector<std::string> secrets() const override { return {kToken, kPassword, kWrong}; }
    bool has_lyrics() const override { return minor_version() >= 9; }
    bool keeps_playlist_id() const override { return login_ != Login::key || minor_version() >= 11; }

    void end_login();               ///< the token of the last login counts no more
    bool deletes_playlists = true;  ///< false: the user has no right to
    std::string product = "Jellyfin Server";

private:
    static inline const std::string kToken = "0123456789abcdef0123456789abcdef";
    static inline const std::string kPassword = "pass\"word, 1";
    static inline const std::string kWrong = "ffffffffffffffffffffffffffffffff";

    WebAnswer answer(const Asked& asked) override;
    WebAnswer answer_known(const Asked& asked);
    WebAnswer users(const Asked& asked);
    WebAnswer media(const Asked& asked);
    WebAnswer playlists(const Asked& asked);
    WebAnswer create(const Asked& asked);
    WebAnswer update(const Asked& asked);
    WebAnswer log_in(const Asked& asked);
    bool is_known(const Asked& asked);
    void check_user(const Asked& asked);
    int minor_version() const;  ///< 8 to 11; 12.0 counts as 12
    bool by_key() const { return login_ == Login::key; }
    std::string token() const;

    std::string version_;
    Login login_;
    std::int64_t logins_ = 0;
};

}  // namespace audiomuse::library::testing
