// A request as a language model understands it: what the model is told, and what counts of its answer.
//
// The model chooses among tools of ours and fills in what they take, as data of one form. Nothing of its answer is run:
// each entry is checked against the library, the word tables and the request, and becomes a condition or a refusal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/features/chat/request.h"

namespace audiomuse::features {

/// Which tools are offered besides those that always are: songs and artists to be like, and conditions.
struct PlanTools {
    bool described = false;        ///< a sentence about the sound
    bool similar_artists = false;  ///< artists who sound like one
};

/// JSON Schema of a plan, in the part of the language that all services know: an object with a list for each tool.
std::string plan_schema(const PlanTools& tools);
/// The tools, what they take, and by which rules, in English.
std::string plan_rules(const PlanTools& tools, int this_year);
/// The request, marked as data. `problems` are those of the answer before, if there was one.
std::string plan_question(std::string_view text, const std::vector<std::string>& problems = {});

/// What counts of an answer.
struct Plan {
    std::vector<Condition> conditions;  ///< each once, with the words of the request that it cites, if it does
    std::vector<std::string> refused;   ///< a sentence for each entry that does not count: what, and why
    bool readable = false;              ///< there is a plan in the answer
    /// Whether to ask once more, with what was refused: nothing counts, and not because the model asked for nothing.
    bool needs_repair() const { return !readable || (conditions.empty() && !refused.empty()); }
};

/// Any bytes are an answer, and at most kLongestPlan of them are looked at. `by_rules` is what understand() makes of
/// the text: what the rules read for sure, the model may not turn round.
Plan read_plan(std::string_view answer, std::string_view text, const Request& by_rules, const KnownNames& names,
               const PlanTools& tools, int this_year);
inline constexpr std::size_t kLongestPlan = 64 * 1024;

/// The conditions of a plan and what it forgot: figures, exclusions and sizes that the rules read always count, other
/// conditions of the rules where no condition of the plan cites their words. What the plan cites counts as understood.
Request merged(const Plan& plan, const Request& by_rules);

}  // namespace audiomuse::features
