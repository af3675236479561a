#include "postgres/statement_text.h"

#include <algorithm>

namespace audiomuse::store::postgres {

namespace {

/// Where the quoted text, name or comment that begins at `i` ends; `i` itself when none begins there. A doubled quote
/// is read as two texts side by side, which comes to the same.
std::size_t end_of_quoted(std::string_view sql, std::size_t i) {
    const auto after = [&](std::string_view end, std::size_t from) {
        const std::size_t found = sql.find(end, from);
        return found == std::string_view::npos ? sql.size() : found + end.size();
    };
    if (sql[i] == '\'') return after("'", i + 1);
    if (sql[i] == '"') return after("\"", i + 1);
    if (sql.substr(i).starts_with("--")) return after("\n", i);
    if (sql.substr(i).starts_with("/*")) return after("*/", i + 2);
    return i;
}

}  // namespace

std::string number_parameters(std::string_view sql) {
    std::string out;
    out.reserve(sql.size() + 32);
    int number = 0;
    for (std::size_t i = 0; i < sql.size();) {
        if (const std::size_t end = end_of_quoted(sql, i); end > i) {
            out.append(sql, i, end - i);
            i = end;
        } else if (sql[i] == '?') {
            out += '$' + std::to_string(++number);
            ++i;
        } else {
            out += sql[i++];
        }
    }
    return out;
}

}  // namespace audiomuse::store::postgres
