#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "audiomuse/base/text.h"
#include "check/check.h"

namespace audiomuse::app {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 3> kStateNames = {"ok", "warning", "problem"};

std::string_view name_of(Check::State state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

}  // namespace

bool has_problem(const std::vector<Check>& checks) {
    return std::ranges::any_of(checks, [](const Check& check) { return check.state == Check::State::problem; });
}

std::string report_text(const std::vector<Check>& checks) {
    std::string out;
    for (const Check& check : checks) {
        out += fmt::format("{:<8} {:<14} {}\n", name_of(check.state), check.name, check.found);
        if (!check.fix.empty()) out += fmt::format("{:<8} {:<14} -> {}\n", "", "", check.fix);
    }
    return out;
}

std::string report_json(const std::vector<Check>& checks) {
    json::array lines;
    for (const Check& check : checks) {
        lines.push_back({{"name", check.name},
                         {"state", name_of(check.state)},
                         {"found", to_valid_utf8(check.found)},
                         {"fix", to_valid_utf8(check.fix)}});
    }
    return json::serialize(json::object{{"ok", !has_problem(checks)}, {"checks", std::move(lines)}}) + "\n";
}

}  // namespace audiomuse::app
