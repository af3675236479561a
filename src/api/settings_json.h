// Settings as the API names and shows them: the lower-case form of their environment variable, as AudioMuse-AI does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/settings/live.h"
#include "json.h"
#include "route.h"

namespace audiomuse::api {

/// "score_weight_purity" for SCORE_WEIGHT_PURITY; "clustering_method" for CLUSTER_ALGORITHM.
std::string body_key(const settings::SettingInfo& info);
/// The environment variable that a body key stands for.
std::string setting_name(std::string_view body_key);
/// Body fields of a clustering start: every setting of the group but max_distance, which language model gives names,
/// top_n_moods and publish. Which words are allowed the settings know.
std::vector<Param> clustering_params();
/// /api/config: every setting that is about music rather than about the server, and the tags. No secrets, no paths.
json::object config_json(const settings::Settings& settings);

/// A setting as /api/settings shows it: never what a secret is. `at_start`: the values that the process started with.
json::object setting_json(const settings::SettingInfo& info, const settings::Live& live,
                          const settings::Settings& at_start);
/// Why the page can't change it, as a sentence; "" when it can.
std::string_view locked_by(const settings::SettingInfo& info, const settings::Live& live);

}  // namespace audiomuse::api
