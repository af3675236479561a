#include "errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audiomuse/base/text.h"

namespace audiomuse::wrap::postgres {

namespace {

constexpr std::size_t kSqlstate = 5;

struct Meaning {
    std::string_view prefix;  ///< of the SQLSTATE; the first that fits counts
    ErrorCode code;
    std::string_view text;  ///< {0} is the address, {1} PostgreSQL's words
};

// Appendix A of PostgreSQL's documentation.
constexpr std::array kMeanings = {
    Meaning{
        "08", ErrorCode::unavailable,
        "The connection to PostgreSQL ({0}) was lost ({1}). It is tried again by itself; check that the server runs."},
    Meaning{"23505", ErrorCode::conflict, "PostgreSQL ({0}) refused a second row of the same key ({1})."},
    Meaning{"23", ErrorCode::conflict, "PostgreSQL ({0}) refused the change ({1})."},
    Meaning{"25006", ErrorCode::io,
            "PostgreSQL ({0}) takes no changes now ({1}). Check that the address is that of the primary server and "
            "that its disk is not full."},
    Meaning{"25P03", ErrorCode::timeout, "PostgreSQL ({0}) ended a transaction that stood still for too long ({1})."},
    Meaning{"28", ErrorCode::permission_denied,
            "PostgreSQL ({0}) does not let AudioMuse in ({1}). Check POSTGRES_USER and POSTGRES_PASSWORD, or "
            "DATABASE_URL."},
    Meaning{"3D000", ErrorCode::not_found,
            "PostgreSQL ({0}) has no such database ({1}). Make it with createdb, or correct POSTGRES_DB or "
            "DATABASE_URL."},
    Meaning{"40", ErrorCode::unavailable, "PostgreSQL ({0}) undid a transaction that met another ({1}). Try again."},
    Meaning{"42501", ErrorCode::permission_denied,
            "PostgreSQL ({0}) refuses this user a right ({1}). Make the user of AudioMuse the owner of the database."},
    Meaning{"42P07", ErrorCode::conflict,
            "PostgreSQL ({0}) holds something of another program whose name AudioMuse needs ({1}). Make a database for "
            "AudioMuse alone."},
    Meaning{"53100", ErrorCode::io, "The disk of PostgreSQL ({0}) is full ({1}). Free some space and try again."},
    Meaning{"53300", ErrorCode::unavailable,
            "PostgreSQL ({0}) has too many connections ({1}). Raise its max_connections, or lower "
            "POSTGRES_CONNECTIONS of the processes that share it."},
    Meaning{"53", ErrorCode::unavailable, "PostgreSQL ({0}) is short of resources ({1})."},
    Meaning{"55P03", ErrorCode::timeout, "PostgreSQL ({0}) waited too long for a lock ({1}). Try again."},
    Meaning{"57014", ErrorCode::timeout,
            "PostgreSQL ({0}) ended a statement that took too long ({1}). Raise POSTGRES_STATEMENT_TIMEOUT if the "
            "server is only slow."},
    Meaning{"57", ErrorCode::unavailable,
            "PostgreSQL ({0}) is starting, stopping or restarting ({1}). It is tried again by itself."},
    Meaning{"58", ErrorCode::io, "PostgreSQL ({0}) could not read or write its files ({1}). Check the server's disk."},
    Meaning{"XX001", ErrorCode::damaged,
            "The database of PostgreSQL ({0}) is damaged ({1}). Check the server's disk, and restore a backup."},
    Meaning{"XX002", ErrorCode::damaged,
            "An index of PostgreSQL ({0}) is damaged ({1}). Run REINDEX DATABASE, or restore a backup."},
};

const Meaning* find_meaning(std::string_view sqlstate) {
    const auto* found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                     [&](const Meaning& meaning) { return sqlstate.starts_with(meaning.prefix); });
    return found != kMeanings.end() ? found : nullptr;
}

bool is_sqlstate(std::string_view text) {
    return text.size() == kSqlstate &&
           std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

std::string_view first_line(std::string_view text) {
    return trim(text.substr(0, text.find('\n')));
}

}  // namespace

std::string_view sqlstate_of(std::string_view verbose_message) {
    constexpr std::string_view kBefore = ":  ";
    for (std::size_t at = verbose_message.find(kBefore); at != std::string_view::npos;
         at = verbose_message.find(kBefore, at + 1)) {
        const std::string_view rest = verbose_message.substr(at + kBefore.size());
        if (rest.size() > kSqlstate && rest[kSqlstate] == ':' && is_sqlstate(rest.substr(0, kSqlstate)))
            return rest.substr(0, kSqlstate);
    }
    return {};
}

Error connect_error(const Address& address, std::string_view message) {
    const std::string_view sqlstate = sqlstate_of(message);
    if (!sqlstate.empty()) {
        // The server's words: what stands behind the SQLSTATE.
        const auto after = static_cast<std::size_t>(sqlstate.data() - message.data()) + kSqlstate + 1;
        return statement_error(address.shown, sqlstate, first_line(message.substr(after)));
    }
    // The last line is about the last address that was tried; a name may have several.
    std::string_view why = trim(message);
    if (const std::size_t question = why.rfind("\n\t"); question != std::string_view::npos)
        why = why.substr(0, question);
    if (const std::size_t line = why.rfind('\n'); line != std::string_view::npos) why = trim(why.substr(line));
    // Without a password the server asks for one, and libpq says so itself.
    if (message.find("no password supplied") != std::string_view::npos)
        return statement_error(address.shown, "28P01", "no password supplied");
    return Error(ErrorCode::unavailable,
                 fmt::format("PostgreSQL ({}) cannot be reached ({}). Check that the server runs and that "
                             "POSTGRES_HOST and POSTGRES_PORT, or DATABASE_URL, are right.",
                             address.shown, why));
}

Error statement_error(std::string_view address, std::string_view sqlstate, std::string_view message) {
    const std::string_view why = first_line(message);
    if (sqlstate.empty()) {
        return Error(
            ErrorCode::unavailable,
            fmt::format("The connection to PostgreSQL ({}) was lost ({}). Check that the server runs.", address, why));
    }
    if (const Meaning* meaning = find_meaning(sqlstate))
        return Error(meaning->code, fmt::format(fmt::runtime(meaning->text), address, why));
    return Error(ErrorCode::internal, fmt::format("PostgreSQL ({}) failed ({}: {}).", address, sqlstate, why));
}

}  // namespace audiomuse::wrap::postgres
