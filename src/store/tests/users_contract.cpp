#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kNow = 1'800'000'000;

TEST_P(StoreContract, KeepsUsers) {
    Users& users = store_->users();
    const UserId ada = users.add_first("  Ada ", "hash of ada");
    const UserId bo = users.add("bo", "hash of bo", Role::listener);
    reopen();
    const auto kept = store_->users().get(ada);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->name, "Ada");
    EXPECT_EQ(kept->role, Role::admin);
    EXPECT_EQ(kept->password_hash, "hash of ada");
    EXPECT_GT(kept->created_at, 1e9);
    EXPECT_EQ(store_->users().find("ADA")->id, ada);
    EXPECT_FALSE(store_->users().find("ad"));
    const auto all = store_->users().list();
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(all[1].id, bo);
    EXPECT_EQ(all[1].role, Role::listener);
}

TEST_P(StoreContract, UsersHaveNamesOfTheirOwn) {
    Users& users = store_->users();
    users.add("Ada", "", Role::admin);
    EXPECT_EQ(error_of([&] { users.add("áda", "", Role::admin); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { users.add(" ", "", Role::admin); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { users.add(std::string(201, 'a'), "", Role::admin); }).code(), ErrorCode::invalid_argument);
}

TEST_P(StoreContract, OnlyOneIsTheFirstUser) {
    std::atomic<int> first = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            try {
                store_->users().add_first("user " + std::to_string(i), "");
                ++first;
            } catch (const Error& error) {
                EXPECT_EQ(error.code(), ErrorCode::conflict);
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(first, 1);
    EXPECT_THAT(store_->users().list(), SizeIs(1));
}

TEST_P(StoreContract, AnAdministratorIsLeft) {
    Users& users = store_->users();
    const UserId ada = users.add_first("ada", "");
    const UserId bo = users.add("bo", "", Role::listener);
    EXPECT_EQ(error_of([&] { users.remove(ada); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { users.set_role(ada, Role::listener); }).code(), ErrorCode::conflict);
    users.set_role(bo, Role::admin);
    users.set_role(ada, Role::listener);
    users.remove(ada);
    EXPECT_EQ(error_of([&] { users.remove(ada); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { users.set_role(ada, Role::admin); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { users.set_password(ada, ""); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { users.remove(bo); }).code(), ErrorCode::conflict);
}

TEST_P(StoreContract, SessionsEnd) {
    Users& users = store_->users();
    const UserId ada = users.add_first("ada", "");
    const UserId bo = users.add("bo", "", Role::listener);
    const std::int64_t first = users.begin_session(ada, "one", "Firefox", kNow, kNow + 100);
    const std::int64_t second = users.begin_session(ada, "two", std::string(1000, 'x'), kNow, kNow + 100);
    users.begin_session(bo, "three", "", kNow, kNow + 100);
    const auto signed_in = users.session("one", kNow + 99);
    ASSERT_TRUE(signed_in);
    EXPECT_EQ(signed_in->user.name, "ada");
    EXPECT_EQ(signed_in->session.id, first);
    EXPECT_EQ(signed_in->session.device, "Firefox");
    EXPECT_FALSE(users.session("one", kNow + 100)) << "expired";
    EXPECT_FALSE(users.session("four", kNow));
    users.extend_session(first, kNow + 50, kNow + 200);
    EXPECT_TRUE(users.session("one", kNow + 150));
    const auto listed = users.sessions(ada, kNow);
    ASSERT_THAT(listed, SizeIs(2));
    EXPECT_EQ(listed[0].id, first) << "seen last";
    EXPECT_EQ(error_of([&] { users.end_session(bo, second); }).code(), ErrorCode::not_found);
    users.end_session(ada, second);
    EXPECT_FALSE(users.session("two", kNow));
    const std::int64_t kept = users.begin_session(ada, "five", "", kNow, kNow + 100);
    users.set_password(ada, "new", kept);
    EXPECT_FALSE(users.session("one", kNow)) << "a new password ends them";
    EXPECT_TRUE(users.session("five", kNow));
    EXPECT_TRUE(users.session("three", kNow));
    users.remove(bo);
    EXPECT_FALSE(users.session("three", kNow));
    users.begin_session(ada, "six", "", kNow + 1000, kNow + 2000);
    EXPECT_FALSE(users.session("five", kNow)) << "forgotten";
}

TEST_P(StoreContract, KeepsTokens) {
    Users& users = store_->users();
    const UserId ada = users.add_first("ada", "");
    const UserId bo = users.add("bo", "", Role::listener);
    const std::int64_t id = users.add_token(ada, " Jellyfin ", "secret", "read,playlists");
    users.add_token(bo, "Jellyfin", "other", "read");
    EXPECT_EQ(error_of([&] { users.add_token(ada, "Jellyfin", "x", "read"); }).code(), ErrorCode::conflict);
    const auto found = users.token("secret");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->user.id, ada);
    EXPECT_EQ(found->token.scopes, "read,playlists");
    EXPECT_EQ(found->token.used_at, 0);
    EXPECT_FALSE(users.token("nothing"));
    users.note_token_use(id, kNow);
    const auto tokens = users.tokens(ada);
    ASSERT_THAT(tokens, SizeIs(1));
    EXPECT_EQ(tokens[0].name, "Jellyfin");
    EXPECT_EQ(tokens[0].used_at, kNow);
    EXPECT_EQ(error_of([&] { users.remove_token(bo, id); }).code(), ErrorCode::not_found);
    users.remove_token(ada, id);
    EXPECT_FALSE(users.token("secret"));
    users.remove(bo);
    EXPECT_FALSE(users.token("other"));
    EXPECT_THAT(users.tokens(bo), IsEmpty());
}

TEST(Roles, HaveNames) {
    for (const Role role : {Role::listener, Role::admin})
        EXPECT_EQ(parse_role(role_name(role)), role);
    EXPECT_EQ(parse_role("Admin"), Role::admin);
    EXPECT_EQ(parse_role("user"), Role::listener);
    EXPECT_FALSE(parse_role("root"));
}

}  // namespace
}  // namespace audiomuse::store
