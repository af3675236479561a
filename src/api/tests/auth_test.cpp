#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aside_worker.h"
#include "audiomuse/api/passwords.h"
#include "auth/identity.h"
#include "auth/login_limit.h"
#include "auth/origin.h"
#include "auth/right.h"
#include "auth/secrets.h"
#include "route.h"
#include "service.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Secrets, AreNeverTheSame) {
    const std::string one = new_secret(), two = new_secret();
    EXPECT_EQ(one.size(), 43U);
    EXPECT_NE(one, two);
    EXPECT_EQ(hash_of_secret(one), hash_of_secret(one));
    EXPECT_NE(hash_of_secret(one), hash_of_secret(two));
    EXPECT_EQ(hash_of_secret(""), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
        << "BLAKE2b-256 of nothing";
}

TEST(Secrets, PasswordsAreHashedByArgon2id) {
    const std::string hash = hash_of_password("correct horse");
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=32768,t=3,p=1$")) << hash;
    EXPECT_NE(hash, hash_of_password("correct horse")) << "salted";
    EXPECT_TRUE(is_password("correct horse", hash));
    EXPECT_FALSE(is_password("correct horsf", hash));
    EXPECT_FALSE(is_password("", hash));
    EXPECT_FALSE(is_password("", ""));
    EXPECT_FALSE(is_password(std::string(2000, 'x'), hash));
    EXPECT_THROW(check_password("1234567"), Error);
    EXPECT_THROW(check_password("äöüäöüä"), Error) << "seven characters";
    EXPECT_NO_THROW(check_password("12345678"));
    EXPECT_THROW(check_password(std::string(1001, 'x')), Error);
}

TEST(RightsOf, RolesAndScopes) {
    EXPECT_TRUE(Rights::of(store::Role::admin).may(Right::jobs));
    EXPECT_TRUE(Rights::of(store::Role::listener).may(Right::playlists));
    EXPECT_FALSE(Rights::of(store::Role::listener).may(Right::jobs));
    EXPECT_TRUE(Rights::none().may(Right::open));
    EXPECT_FALSE(Rights::none().may(Right::read));
    EXPECT_EQ(Rights::parse(" Read, playlists").text(), "read,playlists");
    EXPECT_THROW(Rights::parse(""), Error);
    EXPECT_THROW(Rights::parse("open"), Error);
    EXPECT_THROW(Rights::parse("read,everything"), Error);
    EXPECT_EQ(Rights::all().within(Rights::of(store::Role::listener)).text(), "read,playlists");
}

TEST(LoginLimits, MakeGuessingSlow) {
    LoginLimit limit;
    for (int i = 0; i < LoginLimit::kFree; ++i) {
        EXPECT_EQ(limit.wait("a", 100), 0);
        limit.failed("a", 100, 60);
    }
    EXPECT_EQ(limit.wait("a", 100), 0);
    double last = 0;
    for (int i = 0; i < 10; ++i) {
        limit.failed("a", 100, 60);
        EXPECT_GE(limit.wait("a", 100), last);
        last = limit.wait("a", 100);
    }
    EXPECT_EQ(last, 60);
    EXPECT_EQ(limit.wait("a", 161), 0);
    EXPECT_EQ(limit.wait("b", 100), 0) << "others do not wait";
    limit.succeeded("a");
    limit.failed("a", 100, 60);
    EXPECT_EQ(limit.wait("a", 100), 0);
    for (int i = 0; i < 20'000; ++i)
        limit.failed("many " + std::to_string(i), 200 + i, 60);  // holds no more than it says
}

TEST(Addresses, AreOfARange) {
    const AddressList list = AddressList::parse("192.168.1.5, 172.16.0.0/12,::1 , fd00::/8");
    EXPECT_TRUE(list.holds("192.168.1.5"));
    EXPECT_TRUE(list.holds("::ffff:192.168.1.5"));
    EXPECT_TRUE(list.holds("172.31.255.255"));
    EXPECT_TRUE(list.holds("::1"));
    EXPECT_TRUE(list.holds("fdff::1"));
    for (const char* other : {"192.168.1.6", "172.32.0.0", "::2", "fe00::1", "", "localhost", "172.16.0.0/12"})
        EXPECT_FALSE(list.holds(other)) << other;
    EXPECT_TRUE(AddressList::parse(" ").empty());
    for (const char* wrong : {"proxy", "1.2.3.4/33", "1.2.3.4/", "::/129", "1.2.3.4/-1", "1.2.3"})
        EXPECT_THROW(AddressList::parse(wrong), Error) << wrong;
    EXPECT_TRUE(is_nearby("127.0.0.1"));
    EXPECT_TRUE(is_nearby("10.1.2.3"));
    EXPECT_TRUE(is_nearby("fe80::1%eth0"));
    EXPECT_FALSE(is_nearby("8.8.8.8"));
}

TEST(Origins, AreTakenFromTrustedProxiesOnly) {
    Request request = make_request(Method::get, "/",
                                   {{"host", "inside:8000"},
                                    {"x-forwarded-for", "6.6.6.6, 8.8.8.8, 10.0.0.2"},
                                    {"x-forwarded-proto", "https"},
                                    {"x-forwarded-host", "music.example"}});
    const AddressList proxies = AddressList::parse("10.0.0.0/24");
    request.peer = "10.0.0.1";
    const Origin origin = origin_of(request, proxies);
    EXPECT_EQ(origin.address, "8.8.8.8") << "what stands before that is anybody's word";
    EXPECT_TRUE(origin.secure);
    request.peer = "9.9.9.9";
    const Origin direct = origin_of(request, proxies);
    EXPECT_EQ(direct.address, "9.9.9.9");
    EXPECT_FALSE(direct.secure);
}

TEST(Prefixes, AreTakenOffOnce) {
    const AddressList proxies = AddressList::parse("10.0.0.1");
    const auto taken = [&](std::string path, std::string header, std::string peer, std::string base = "") {
        Request request = make_request(Method::get, path, {{"x-forwarded-prefix", std::move(header)}});
        request.peer = std::move(peer);
        take_prefix(request, proxies, base);
        return request.prefix + " " + request.path;
    };
    EXPECT_EQ(taken("/music/api/lists", "/music/", "10.0.0.1"), "/music /api/lists")
        << "a proxy that takes nothing off";
    EXPECT_EQ(taken("/api/lists", "/music", "10.0.0.1"), "/music /api/lists") << "one that does";
    EXPECT_EQ(taken("/a/b/", "a/b", "10.0.0.1"), "/a/b /");
    EXPECT_EQ(taken("/a/b", "/a/b", "10.0.0.1"), "/a/b /");
    EXPECT_EQ(taken("/musical", "/music", "10.0.0.1"), "/music /musical");
    EXPECT_EQ(taken("/music/x", "/music", "10.0.0.2"), " /music/x") << "nobody's word";
    EXPECT_EQ(taken("/music/x", "", "10.0.0.2", "music"), "/music /x") << "the settings";
    for (const char* prefix : {"//evil.example", "/a/../b", "/a b", "/a\"b", "/<x>", "/"})
        EXPECT_EQ(taken("/x", prefix, "10.0.0.1"), " /x") << prefix;
}

class Auth : public ::testing::Test {
protected:
    Auth() { library_.settings.auth_enabled = true; }

    Service& service() {
        if (!service_) service_ = std::make_unique<Service>(library_.context(), std::vector<StaticFile>());
        return *service_;
    }
    struct Sent {
        std::string cookie = {}, token = {}, peer = "192.168.1.9";
        std::vector<std::pair<std::string, std::string>> headers = {{"origin", "http://test"}};
    };
    Response send(Method method, std::string_view target, const json::object& body, const Sent& sent) {
        std::vector<std::pair<std::string, std::string>> headers = sent.headers;
        headers.emplace_back("host", "test");
        headers.emplace_back("content-type", "application/json");
        if (!sent.cookie.empty()) headers.emplace_back("cookie", sent.cookie);
        if (!sent.token.empty()) headers.emplace_back("authorization", "Bearer " + sent.token);
        Request request = make_request(method, target, std::move(headers), to_text(body));
        request.peer = sent.peer;
        service().receive(request);
        return service().handle(request);
    }
    Response send(Method method, std::string_view target, const json::object& body = {}) {
        return send(method, target, body, Sent());
    }
    static json::object object(const Response& response) {
        return parse_json(std::get<std::string>(response.body)).as_object();
    }
    static std::string cookie(const Response& response) {
        const std::string_view header = response.header("Set-Cookie");
        return std::string(header.substr(0, header.find(';')));
    }
    /// The first administrator's cookie.
    std::string set_up() {
        const Response made = send(Method::post, "/api/auth/setup", {{"user", "Ada"}, {"password", "correct horse"}});
        EXPECT_EQ(made.status, 200);
        return cookie(made);
    }
    std::string listener(const std::string& admin) {
        EXPECT_EQ(send(Method::post, "/api/users",
                       {{"username", "Bo"}, {"password", "battery staple"}, {"current_password", "correct horse"}},
                       {.cookie = admin})
                      .status,
                  201);
        return cookie(send(Method::post, "/auth", {{"user", "bo"}, {"password", "battery staple"}}));
    }
    std::string token(const std::string& cookie, const std::string& scopes) {
        const Response made =
            send(Method::post, "/api/tokens", {{"name", "for " + scopes}, {"scopes", scopes}}, {.cookie = cookie});
        EXPECT_EQ(made.status, 201);
        return std::string(object(made).at("token").as_string());
    }

    testing::TestLibrary library_;
    std::unique_ptr<Service> service_;
};

TEST_F(Auth, FirstAsksForAnAdministrator) {
    EXPECT_EQ(object(send(Method::get, "/api/auth")).at("setup_needed"), true);
    const Response closed = send(Method::get, "/api/lists");
    EXPECT_EQ(closed.status, 403);
    EXPECT_EQ(object(closed).at("error"), "Setup required");
    EXPECT_EQ(send(Method::get, "/api/health").status, 200);
    EXPECT_EQ(send(Method::post, "/api/auth/setup", {{"user", "Ada"}, {"password", "short"}}).status, 400);
    EXPECT_EQ(send(Method::post, "/api/auth/setup", {{"user", " "}, {"password", "correct horse"}}).status, 400);
    EXPECT_EQ(
        send(Method::post, "/api/auth/setup", {{"user", "Eve"}, {"password", "correct horse"}}, {.peer = "8.8.8.8"})
            .status,
        403)
        << "strangers do not take over what was just installed";
    const std::string ada = set_up();
    EXPECT_EQ(send(Method::post, "/api/auth/setup", {{"user", "Eve"}, {"password", "correct horse"}}).status, 409);
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.cookie = ada}).status, 200);
    EXPECT_EQ(send(Method::get, "/api/lists").status, 401);
    const json::object state = object(send(Method::get, "/api/auth", {}, {.cookie = ada}));
    EXPECT_EQ(state.at("setup_needed"), false);
    EXPECT_EQ(state.at("user").at("username"), "Ada");
    EXPECT_EQ(state.at("user").as_object().if_contains("password_hash"), nullptr);
    EXPECT_EQ(state.at("rights").as_array().size(), 4U);
}

TEST_F(Auth, SessionsAreCookiesThatScriptsCannotRead) {
    set_up();
    const Response in = send(Method::post, "/auth", {{"user", "ada"}, {"password", "correct horse"}});
    const std::string header(in.header("Set-Cookie"));
    EXPECT_THAT(header, HasSubstr("; HttpOnly; SameSite=Strict"));
    EXPECT_THAT(header, HasSubstr("; Path=/;"));
    EXPECT_THAT(header, Not(HasSubstr("Secure")));
    const Response behind = send(Method::post, "/auth", {{"user", "ada"}, {"password", "correct horse"}},
                                 {.peer = "127.0.0.1",
                                  .headers = {{"origin", "http://test"},
                                              {"x-forwarded-for", "8.8.8.8"},
                                              {"x-forwarded-proto", "https"},
                                              {"x-forwarded-prefix", "/music"}}});
    EXPECT_THAT(std::string(behind.header("Set-Cookie")), AllOf(HasSubstr("; Secure"), HasSubstr("; Path=/music/;")));
    const std::string mine = cookie(in);
    EXPECT_EQ(object(send(Method::get, "/api/sessions", {}, {.cookie = mine})).at("sessions").as_array().size(), 3U);
    const Response out = send(Method::post, "/logout", {}, {.cookie = mine});
    EXPECT_THAT(std::string(out.header("Set-Cookie")), HasSubstr("Max-Age=0"));
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.cookie = mine}).status, 401) << "a replayed cookie";
    for (const char* forged : {"audiomuse_session=", "audiomuse_session=x", "audiomuse_session=' OR 1=1 --",
                               "audiomuse_jwt=eyJhbGciOiJub25lIn0.e30."})
        EXPECT_EQ(send(Method::get, "/api/lists", {}, {.cookie = forged}).status, 401) << forged;
}

TEST_F(Auth, ChangesNeedAPageOfOurOwn) {
    const std::string ada = set_up();
    const auto make_list = [&](const Sent& sent) {
        return send(Method::post, "/api/create_playlist", {{"playlist_name", "x"}, {"track_ids", json::array{"1"}}},
                    sent)
            .status;
    };
    EXPECT_EQ(make_list({.cookie = ada, .headers = {{"origin", "http://evil.example"}}}), 403);
    EXPECT_EQ(make_list({.cookie = ada, .headers = {{"sec-fetch-site", "cross-site"}}}), 403);
    EXPECT_EQ(make_list({.cookie = ada, .headers = {}}), 403) << "a browser that does not say where it comes from";
    EXPECT_EQ(make_list({.cookie = ada, .headers = {{"x-requested-with", "XMLHttpRequest"}}}), 201);
    EXPECT_EQ(make_list({.cookie = ada}), 201);
    EXPECT_EQ(make_list({.token = token(ada, "playlists"), .headers = {}}), 201) << "programs send no cookies";
}

TEST_F(Auth, GuessingIsSlowedDown) {
    set_up();
    int refused = 0;
    for (int i = 0; i < 8; ++i) {
        const Response wrong = send(Method::post, "/auth", {{"user", "Ada"}, {"password", "wrong" + std::to_string(i)}},
                                    {.peer = "192.168.1.66"});
        EXPECT_THAT(wrong.status, AnyOf(401, 429));
        if (wrong.status == 429) ++refused;
        if (wrong.status == 401) {
            EXPECT_EQ(object(wrong).at("error"), "Invalid credentials");
        }
    }
    EXPECT_GT(refused, 0);
    const Response waits =
        send(Method::post, "/auth", {{"user", "Nobody"}, {"password", "x"}}, {.peer = "192.168.1.66"});
    EXPECT_EQ(waits.status, 429) << "the address waits, whoever it names";
    EXPECT_THAT(std::string(waits.header("Retry-After")), ::testing::MatchesRegex("[1-9][0-9]*"));
    for (int i = 0; i < 6; ++i)
        send(Method::get, "/api/lists", {}, {.token = "guess " + std::to_string(i), .peer = "192.168.1.77"});
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.token = "guess", .peer = "192.168.1.77"}).status, 429);
}

TEST_F(Auth, UsersAreAnAdministratorsWork) {
    const std::string ada = set_up();
    EXPECT_EQ(
        send(Method::post, "/api/users", {{"username", "Bo"}, {"password", "battery staple"}}, {.cookie = ada}).status,
        403)
        << "without the password a screen left open would be enough";
    const std::string bo = listener(ada);
    const json::object seen = object(send(Method::get, "/api/users", {}, {.cookie = bo}));
    EXPECT_EQ(seen.at("users").as_array().size(), 1U) << "a listener sees nobody else";
    EXPECT_EQ(seen.at("is_admin"), false);
    const json::object all = object(send(Method::get, "/api/users", {}, {.cookie = ada}));
    ASSERT_EQ(all.at("users").as_array().size(), 2U);
    EXPECT_EQ(
        send(Method::post, "/api/users", {{"username", "Cy"}, {"password", "battery staple"}}, {.cookie = bo}).status,
        403);
    EXPECT_EQ(send(Method::put, "/api/users/1/password",
                   {{"password", "taken over!"}, {"current_password", "battery staple"}}, {.cookie = bo})
                  .status,
              403);
    EXPECT_EQ(send(Method::put, "/api/users/2/role", {{"role", "admin"}, {"current_password", "battery staple"}},
                   {.cookie = bo})
                  .status,
              403);
    EXPECT_EQ(send(Method::put, "/api/users/2/password",
                   {{"password", "new password"}, {"current_password", "battery staple"}}, {.cookie = bo})
                  .status,
              200);
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.cookie = bo}).status, 200) << "the own session stays";
    EXPECT_EQ(send(Method::del, "/api/users/1", {{"current_password", "correct horse"}}, {.cookie = ada}).status, 400);
    EXPECT_EQ(send(Method::put, "/api/users/1/role", {{"role", "user"}, {"current_password", "correct horse"}},
                   {.cookie = ada})
                  .status,
              409)
        << "the last administrator";
    EXPECT_EQ(send(Method::del, "/api/users/2", {{"current_password", "correct horse"}}, {.cookie = ada}).status, 200);
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.cookie = bo}).status, 401);
    EXPECT_EQ(send(Method::del, "/api/users/x", {{"current_password", "correct horse"}}, {.cookie = ada}).status, 404);
}

TEST_F(Auth, TokensDoNoMoreThanTheirScopes) {
    const std::string ada = set_up(), bo = listener(ada);
    const std::string read = token(ada, "read");
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.token = read}).status, 200);
    EXPECT_EQ(send(Method::del, "/api/lists/3", {}, {.token = read}).status, 403);
    EXPECT_EQ(send(Method::put, "/api/users/1/password", {{"password", "taken over!"}}, {.token = read}).status, 403)
        << "it does not make itself more of";
    EXPECT_EQ(send(Method::post, "/api/tokens", {{"name", "x"}, {"scopes", "read"}}, {.token = read}).status, 403);
    EXPECT_EQ(send(Method::post, "/api/tokens", {{"name", "x"}, {"scopes", "jobs"}}, {.cookie = bo}).status, 403);
    EXPECT_EQ(send(Method::post, "/api/tokens", {{"name", "x"}, {"scopes", "all"}}, {.cookie = bo}).status, 400);
    const json::object listed = object(send(Method::get, "/api/tokens", {}, {.cookie = ada}));
    EXPECT_THAT(to_text(listed), Not(HasSubstr(read))) << "shown once";
    // Who makes it may lose rights, and the token with them.
    const std::string powerful = token(ada, "admin");
    EXPECT_EQ(send(Method::put, "/api/users/2/role", {{"role", "admin"}}, {.token = powerful}).status, 200);
    EXPECT_EQ(send(Method::put, "/api/users/1/role", {{"role", "listener"}}, {.token = powerful}).status, 200);
    EXPECT_EQ(send(Method::put, "/api/users/1/role", {{"role", "admin"}}, {.token = powerful}).status, 403);
    EXPECT_EQ(send(Method::del, "/api/tokens/1", {}, {.cookie = bo}).status, 404) << "of somebody else";
    EXPECT_EQ(send(Method::del, "/api/tokens/1", {}, {.cookie = ada}).status, 200);
    EXPECT_EQ(send(Method::get, "/api/lists", {}, {.token = read}).status, 401);
}

TEST_F(Auth, TheTokenOfTheSettingsMayDoAll) {
    library_.settings.api_token = "the token of the settings";
    set_up();
    EXPECT_EQ(send(Method::get, "/api/users", {}, {.token = "the token of the settings"}).status, 200);
    EXPECT_EQ(send(Method::get, "/api/users", {}, {.token = "the token of the setting"}).status, 401);
    EXPECT_EQ(
        send(Method::post, "/api/tokens", {{"name", "x"}, {"scopes", "read"}}, {.token = "the token of the settings"})
            .status,
        403)
        << "it is nobody's";
}

TEST_F(Auth, ATrustedProxyNamesTheUser) {
    library_.settings.auth_header = "Remote-User";
    library_.settings.trusted_proxies = "10.0.0.1";
    set_up();
    const auto named = [&](const std::string& peer) {
        return send(Method::get, "/api/auth", {}, {.peer = peer, .headers = {{"remote-user", "Cy"}}});
    };
    EXPECT_EQ(object(named("10.0.0.2")).at("user"), nullptr) << "anybody could say so";
    EXPECT_EQ(object(named("10.0.0.1")).at("user").at("role"), "listener");
    EXPECT_EQ(object(named("10.0.0.1")).at("user").at("username"), "Cy");
    EXPECT_EQ(send(Method::post, "/auth", {{"user", "Cy"}, {"password", " "}}).status, 401) << "has no password";
}

TEST_F(Auth, ListsAndRadiosAreTheirOwners) {
    const std::string ada = set_up(), bo = listener(ada);
    const Response made =
        send(Method::post, "/api/lists", {{"name", "Mine"}, {"track_ids", json::array{"1"}}}, {.cookie = bo});
    ASSERT_EQ(made.status, 201);
    EXPECT_EQ(object(made).at("shared"), false);
    const std::string list = fmt::format("/api/lists/{}", object(made).at("id").to_number<int>());
    const auto names = [&](const std::string& cookie) {
        std::vector<std::string> found;
        const json::object answer = object(send(Method::get, "/api/lists", {}, {.cookie = cookie}));
        for (const json::value& each : answer.at("lists").as_array())
            found.emplace_back(each.at("name").as_string());
        return found;
    };
    EXPECT_THAT(names(bo), ::testing::ElementsAre("Jazz_Calm", "Rock_Energetic", "Evening", "Mine"));
    EXPECT_THAT(names(ada), ::testing::ElementsAre("Jazz_Calm", "Rock_Energetic", "Evening"));
    const auto playlists = [&](const std::string& cookie) {
        return object(send(Method::get, "/api/library/summary", {}, {.cookie = cookie})).at("playlists");
    };
    EXPECT_EQ(playlists(bo), 4);
    EXPECT_EQ(playlists(ada), 3) << "no total tells of it either";
    const auto status = [&](Method method, const std::string& target, const json::object& body,
                            const std::string& cookie) {
        return send(method, target, body, {.cookie = cookie}).status;
    };
    for (const std::string& target : {list, list + "/export.m3u8"})
        EXPECT_EQ(status(Method::get, target, {}, ada), 404) << "an administrator sees no more";
    EXPECT_EQ(status(Method::patch, list, {{"name", "Taken"}}, ada), 404);
    EXPECT_EQ(status(Method::del, list, {}, ada), 404);
    const auto id = object(made).at("id");
    EXPECT_EQ(status(Method::post, "/api/library/order", {{"list_id", id}}, ada), 404);
    EXPECT_EQ(status(Method::get, fmt::format("/api/map/points?list_id={}", id.to_number<int>()), {}, ada), 404);
    const std::string similar = fmt::format("/api/library/similar?item_id=4&not_in_list={}", id.to_number<int>());
    EXPECT_EQ(status(Method::get, similar, {}, ada), 400);
    EXPECT_EQ(status(Method::get, similar, {}, bo), 200);
    const json::object blend = {{"items", json::array{{{"op", "ADD"}, {"type", "playlist"}, {"id", id}}}}};
    const auto blended = [&](const std::string& cookie) {
        return object(send(Method::post, "/api/library/blend", blend, {.cookie = cookie}))
            .at("points")
            .as_array()
            .size();
    };
    EXPECT_EQ(blended(bo), 1U);
    EXPECT_EQ(blended(ada), 0U) << "nor what is in it";
    EXPECT_EQ(status(Method::post, "/api/lists", {{"name", "Mine"}}, bo), 409);
    EXPECT_EQ(status(Method::post, "/api/lists", {{"name", "Mine"}}, ada), 201) << "nothing tells that there is one";
    EXPECT_EQ(status(Method::patch, list, {{"name", "Mine too"}}, bo), 200);
    EXPECT_EQ(status(Method::patch, "/api/lists/3", {{"name", "Evening for all"}}, bo), 200) << "the household's";
    EXPECT_EQ(status(Method::del, list, {}, bo), 204);

    const json::object song = {{"op", "ADD"}, {"type", "song"}, {"id", "4"}};
    const Response radio =
        send(Method::post, "/api/radios", {{"name", "My radio"}, {"items", json::array{song}}}, {.cookie = bo});
    ASSERT_EQ(radio.status, 200);
    const std::string target = fmt::format("/api/radios/{}", object(radio).at("radio").at("id").to_number<int>());
    EXPECT_EQ(status(Method::put, target, {{"enabled", false}}, ada), 404);
    EXPECT_EQ(status(Method::post, target + "/run", {}, ada), 404);
    EXPECT_EQ(status(Method::get, target + "/issues", {}, ada), 404);
    EXPECT_EQ(status(Method::del, target, {}, ada), 404);
    EXPECT_EQ(object(send(Method::get, "/api/radios", {}, {.cookie = ada})).at("radios").as_array().size(), 0U);
    EXPECT_EQ(object(send(Method::post, "/api/radios/run", {}, {.cookie = ada})).at("radios_enabled"), 0);
    const testing::AsideWorker worker(library_);
    EXPECT_EQ(object(send(Method::post, target + "/run", {}, {.cookie = bo})).at("playlists_created"), 1);
    EXPECT_THAT(names(bo), ::testing::Contains("My radio"));
    EXPECT_THAT(names(ada), Not(::testing::Contains("My radio")));
}

TEST_F(Auth, ATasteIsItsListeners) {
    library_.settings.fingerprint_songs = 1;
    const std::string ada = set_up(), bo = listener(ada);
    library_.store->history().add_play({}, TrackId{1}, 1000);
    const auto taste = [&](const std::string& cookie) {
        const json::object made = object(send(Method::get, "/api/library/fingerprint", {}, {.cookie = cookie}));
        return fmt::format("{} {}", std::string_view(made.at("taste_of").as_string()),
                           std::string_view(made.at("seeds").at(0).at("item_id").as_string()));
    };
    EXPECT_EQ(taste(bo), "household 1");
    EXPECT_EQ(send(Method::post, "/api/plays", {{"item_id", "4"}}, {.cookie = bo}).status, 200);
    EXPECT_EQ(taste(bo), "listener 4");
    EXPECT_EQ(taste(ada), "household 1") << "an administrator does not see what others play";
    const auto unplayed = [&](const std::string& cookie) {
        const json::object made =
            object(send(Method::get, "/api/library/tracks?plays_to=0&limit=100", {}, {.cookie = cookie}));
        std::vector<std::string> ids;
        for (const json::value& track : made.at("tracks").as_array())
            ids.emplace_back(track.at("item_id").as_string());
        return ids;
    };
    EXPECT_THAT(unplayed(bo), Not(::testing::Contains("4")));
    EXPECT_THAT(unplayed(bo), ::testing::Contains("1"));
    EXPECT_THAT(unplayed(ada), Not(::testing::Contains("1")));
    const auto asked = [&](const std::string& cookie) {
        return to_text(
            object(send(Method::get, "/api/library/ask?q=never+played&n=50", {}, {.cookie = cookie})).at("tracks"));
    };
    EXPECT_THAT(asked(bo), AllOf(HasSubstr(R"("item_id":"1")"), Not(HasSubstr(R"("item_id":"4")"))));
    EXPECT_THAT(asked(ada), AllOf(HasSubstr(R"("item_id":"4")"), Not(HasSubstr(R"("item_id":"1")"))));
}

TEST_F(Auth, HiddenArtistsAreOfOneListener) {
    const std::string ada = set_up(), bo = listener(ada);
    EXPECT_EQ(send(Method::put, "/api/account/hidden_artists", {{"artist", "The Paper Kites"}}, {.cookie = bo}).status,
              200);
    const auto similar = [&](const std::string& cookie) {
        return std::get<std::string>(
            send(Method::get, "/api/library/similar?item_id=4&n=12", {}, {.cookie = cookie}).body);
    };
    EXPECT_THAT(similar(bo), Not(HasSubstr("Paper Kites")));
    EXPECT_THAT(similar(ada), HasSubstr("Paper Kites"));
    const auto asked = [&](const std::string& cookie) {
        const json::object answer = object(send(Method::get, "/api/library/requests", {}, {.cookie = cookie}));
        return answer.at("requests").as_array().size();
    };
    EXPECT_EQ(asked(bo), 1U) << "what others ask for is theirs, too";
    EXPECT_EQ(asked(ada), 1U);
    EXPECT_EQ(send(Method::del, "/api/account/hidden_artists?artist=The%20Paper%20Kites", {}, {.cookie = ada}).status,
              404);
    EXPECT_THAT(similar(bo), Not(HasSubstr("Paper Kites"))) << "it was not hers to show";
    const json::object found = object(send(Method::get, "/api/library/tracks?q=loud&limit=5", {}, {.cookie = bo}));
    EXPECT_EQ(found.at("total"), 3) << "the library has it all the same";
    EXPECT_EQ(send(Method::del, "/api/account/hidden_artists?artist=the%20paper%20kites", {}, {.cookie = bo}).status,
              200);
    EXPECT_THAT(similar(bo), HasSubstr("Paper Kites"));
}

/// A media server with the library's tracks, which the household is "house" on.
class Accounts : public Auth {
protected:
    Accounts() {
        server_ = library_.store->servers().add(
            {.type = "navidrome", .name = "Home", .url = "http://home", .user = "house", .password = "secret"});
        std::vector<store::ListedItem> items;
        for (const store::TrackRow& row : library_.store->tracks().search({.text = ""}).rows) {
            items.push_back({.item_id = fmt::format("nd-{}", row.id.value),
                             .album_id = "",
                             .path = row.path,
                             .local_path = "",
                             .stamp = row.stamp,
                             .tags = row.tags});
        }
        library_.store->tracks().put_listed(server_, library_.store->tracks().begin_listing(server_), items);
    }
    std::string target() const { return fmt::format("/api/account/servers/{}", server_.value); }
    int link(const std::string& cookie, const std::string& user, const std::string& password = "secret") {
        return send(Method::put, target(), {{"user", user}, {"password", password}}, {.cookie = cookie}).status;
    }

    ServerId server_;
};

TEST_F(Accounts, AreLinkedOnceTheySignIn) {
    const std::string ada = set_up(), bo = listener(ada);
    const auto linked = [&](const std::string& cookie) {
        const std::string text =
            std::get<std::string>(send(Method::get, "/api/account/servers", {}, {.cookie = cookie}).body);
        EXPECT_THAT(text, Not(HasSubstr("secret")));
        return parse_json(text).at("servers").at(0).at("user");
    };
    EXPECT_EQ(linked(bo), nullptr);
    EXPECT_EQ(link(bo, "bo", "wrong"), 400);
    EXPECT_EQ(link(bo, "bo", ""), 400);
    EXPECT_EQ(link(bo, ""), 400);
    EXPECT_EQ(linked(bo), nullptr) << "nothing is kept that does not sign in";
    EXPECT_EQ(link(bo, "bo there"), 200);
    EXPECT_EQ(linked(bo), "bo there");
    EXPECT_EQ(linked(ada), nullptr);
    EXPECT_EQ(send(Method::del, target(), {}, {.cookie = ada}).status, 404);
    EXPECT_EQ(linked(bo), "bo there");
    EXPECT_EQ(send(Method::put, target(), {{"user", "eve"}, {"password", "secret"}},
                   {.token = token(bo, "read,playlists"), .headers = {}})
                  .status,
              403)
        << "what a program sends, it could keep for itself";
    EXPECT_EQ(send(Method::put, "/api/account/servers/1", {{"user", "x"}, {"password", "y"}}, {.cookie = bo}).status,
              400)
        << "folders have no accounts";
    EXPECT_EQ(send(Method::put, "/api/account/servers/99", {{"user", "x"}, {"password", "y"}}, {.cookie = bo}).status,
              404);
    // What it has played there is a taste of its own.
    EXPECT_EQ(object(send(Method::get, "/api/library/fingerprint", {}, {.cookie = bo})).at("taste_of"), "listener");
    EXPECT_EQ(object(send(Method::get, "/api/library/fingerprint", {}, {.cookie = ada})).at("taste_of"), "household");
    EXPECT_EQ(send(Method::del, target(), {}, {.cookie = bo}).status, 200);
    EXPECT_EQ(linked(bo), nullptr);
    EXPECT_EQ(object(send(Method::get, "/api/library/fingerprint", {}, {.cookie = bo})).at("taste_of"), "household");
}

TEST_F(Accounts, AreNotForGuessing) {
    const std::string bo = listener(set_up());
    for (int i = 0; i <= LoginLimit::kFree; ++i)
        link(bo, "somebody else", fmt::format("guess {}", i));
    EXPECT_EQ(link(bo, "somebody else"), 429);
}

TEST_F(Accounts, ListsGoToTheAccountOfWhoMakesThem) {
    const std::string ada = set_up(), bo = listener(ada);
    ASSERT_EQ(link(bo, "bo there"), 200);
    const auto made = [&](const std::string& cookie, const json::object& more = {}) {
        json::object body = {
            {"playlist_name", "Night"}, {"track_ids", json::array{"nd-4", "nd-5"}}, {"server", "Home"}};
        for (const auto& [name, value] : more)
            body[name] = value;
        const Response response = send(Method::post, "/api/create_playlist", body, {.cookie = cookie});
        EXPECT_EQ(response.status, 201);
        return std::string(object(response).at("playlist_id").as_string());
    };
    EXPECT_EQ(made(bo), "bo there/Night_instant");
    EXPECT_EQ(made(ada), "house/Night_instant") << "who has linked none writes with the household's";
    EXPECT_EQ(made(bo, {{"user_creds", {{"user", "anna"}, {"password", "secret"}}}}), "anna/Night_instant");
    EXPECT_EQ(made(bo, {{"user_creds", {{"token", ""}}}}), "bo there/Night_instant") << "that names nobody";
    const Response refused = send(Method::post, "/api/create_playlist",
                                  {{"playlist_name", "Night"},
                                   {"track_ids", json::array{"nd-4"}},
                                   {"server", "Home"},
                                   {"user_creds", {{"user", "anna"}}}},
                                  {.cookie = bo});
    EXPECT_EQ(refused.status, 403) << "the household's key does not speak for anybody whom a listener names";
}

TEST_F(Auth, MayBeOff) {
    library_.settings.auth_enabled = false;
    EXPECT_EQ(send(Method::get, "/api/lists").status, 200);
    EXPECT_EQ(send(Method::get, "/api/users").status, 404);
    EXPECT_EQ(send(Method::post, "/auth", {{"user", "a"}, {"password", "b"}}).status, 404);
    EXPECT_EQ(object(send(Method::get, "/api/auth")).at("enabled"), false);
}

/// Every route, without a right, with each scope alone, and with one that is enough.
TEST_F(Auth, EveryRouteAsksForItsRight) {
    const std::string ada = set_up();
    const testing::AsideWorker worker(library_);  // some of them wait for one
    const std::array scopes = {Right::read, Right::playlists, Right::jobs, Right::admin};
    std::vector<std::string> tokens;
    for (const Right scope : scopes)
        tokens.push_back(token(ada, std::string(right_name(scope))));
    fmt::print("{:<46}{:<11}{:>8}{:>8}{:>11}{:>8}{:>8}\n", "route", "right", "nobody", "read", "playlists", "jobs",
               "admin");
    for (const Route& route : route_table()) {
        if (route.name == "sign_out" || route.name == "events") continue;
        std::string target;
        for (std::size_t i = 0; i < route.pattern.size(); ++i) {
            if (route.pattern[i] != '{') {
                target += route.pattern[i];
                continue;
            }
            target += "999";
            i = route.pattern.find('}', i);
        }
        const auto refused = [&](const Response& response) {
            const auto* text = std::get_if<std::string>(&response.body);
            const bool forbidden = text && text->find("Forbidden: this needs") != std::string::npos;
            return response.status == 401 || (response.status == 403 && forbidden);
        };
        std::string line = fmt::format("{:<46}{:<11}", fmt::format("{} {}", method_name(route.method), route.pattern),
                                       right_name(route.right));
        const Response without = send(route.method, target, {}, {.peer = "192.168.2.1"});
        const bool own_proof = route.right == Right::open;
        EXPECT_EQ(without.status == 401 && !own_proof, !own_proof) << line << without.status;
        line += fmt::format("{:>8}", own_proof ? "yes" : "401");
        for (std::size_t i = 0; i < scopes.size(); ++i) {
            const bool may = own_proof || scopes[i] == route.right || scopes[i] == Right::admin;
            const Response response = send(route.method, target, {}, {.token = tokens[i], .headers = {}});
            EXPECT_EQ(!own_proof && refused(response), !may) << line << right_name(scopes[i]) << response.status;
            line += fmt::format("{:>{}}", may ? "yes" : "403", i == 1 ? 11 : 8);
        }
        fmt::print("{}\n", line);
    }
}

}  // namespace
}  // namespace audiomuse::api
