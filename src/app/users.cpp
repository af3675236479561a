// users: who may sign in.
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <iostream>

#include "audiomuse/api/passwords.h"
#include "audiomuse/base/clock.h"
#include "commands.h"
#include "runtime.h"

namespace audiomuse::app {

namespace json = boost::json;

namespace {

/// Turns the terminal's echo off for as long as it lives.
class Quiet {
public:
    Quiet() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Quiet() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

private:
    termios before_{};
    bool changed_ = false;
};

std::string read_line() {
    std::string line;
    std::getline(std::cin, line);
    return line;
}

/// Asked for twice on a terminal, so that a slip is noticed; else the first line of the standard input. Never an
/// argument: those can be seen by every user of the machine.
std::string read_password() {
    if (isatty(STDIN_FILENO) == 0) return read_line();
    const Quiet quiet;
    const auto ask = [](const char* what) {
        fmt::print(stderr, "{}: ", what);
        std::string line = read_line();
        fmt::print(stderr, "\n");
        return line;
    };
    std::string password = ask("Password");
    if (ask("Once more") != password) throw Error(ErrorCode::invalid_argument, "The two passwords differ.");
    return password;
}

std::string new_password_hash() {
    const std::string password = read_password();
    api::check_password(password);
    return api::hash_of_password(password);
}

void list(store::Users& users, bool as_json) {
    json::array out;
    for (const store::User& user : users.list()) {
        if (as_json) {
            out.push_back({{"id", user.id.value},
                           {"name", user.name},
                           {"role", store::role_name(user.role)},
                           {"created_at", user.created_at}});
        } else {
            fmt::print("{:<24} {:<9} since {}\n", user.name, store::role_name(user.role), format_utc(user.created_at));
        }
    }
    if (as_json) fmt::print("{}\n", json::serialize(out));
}

store::User require(store::Users& users, const std::string& name) {
    auto user = users.find(name);
    if (!user) throw Error(ErrorCode::not_found, fmt::format("There is no user {}.", name));
    return *user;
}

}  // namespace

int users(const UsersOptions& options) {
    Runtime runtime(options.settings, Needs::reading);
    store::Users& users = runtime.store().users();
    switch (options.what) {
        case UsersOptions::What::list:
            list(users, options.json);
            break;
        case UsersOptions::What::add: {
            const std::string hash = new_password_hash();
            const bool first = users.list().empty();
            if (first) {
                users.add_first(options.name, hash);
            } else {
                users.add(options.name, hash, options.admin ? store::Role::admin : store::Role::listener);
            }
            fmt::print("{} may sign in as {}.\n", options.name,
                       first || options.admin ? "an administrator" : "a listener");
            break;
        }
        case UsersOptions::What::reset_password: {
            const store::User user = require(users, options.name);
            users.set_password(user.id, new_password_hash());
            fmt::print("The password of {} is set; all browsers are signed out.\n", user.name);
            break;
        }
        case UsersOptions::What::remove: {
            const store::User user = require(users, options.name);
            users.remove(user.id);
            fmt::print("{} is removed.\n", user.name);
            break;
        }
    }
    return 0;
}

}  // namespace audiomuse::app
