// The lists of radios, made anew.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/features/alchemy/radio.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/radios/ingredients.h"

namespace audiomuse::radios {

/// The job that makes the lists and writes them to the media servers: one of its own, see store::kAside.
inline constexpr const char* kRefreshJob = "refresh_radios";

/// Name of a radio that plays what is liked, unless somebody gives it another.
inline constexpr const char* kTasteRadio = "Sonic fingerprint";

/// The parameters of such a job: these radios, paused or not; nothing: all that are enabled.
std::string refresh_params(const std::optional<std::vector<RadioId>>& radios);
/// Those that play what is liked and are enabled; the household's is made when there is none.
std::string taste_params();
/// The radios that such parameters mean, by name; those that are gone are left out.
std::vector<store::Radio> wanted_radios(store::Store& store, std::string_view params);

/// What became of it.
struct Report {
    std::int64_t radios = 0;               ///< that were to get a new list
    std::int64_t made = 0;                 ///< that have one
    std::vector<std::string> failed = {};  ///< why the others have not, and what else went wrong, in sentences
    friend bool operator==(const Report&, const Report&) = default;
};
/// As a member of the job's details; and back, where anything else is nothing.
inline constexpr const char* kReport = "report";
std::string report_text(const Report& report);
std::optional<Report> read_report(std::string_view details);

/// Puts a new list into the playlist of each of `radios`, see features::refresh_radio, as its owner: by their taste
/// and without the artists that they have hidden. A radio that fails, or finds
/// nothing, keeps its list and is named. `defaults` is what the settings say of lists. Throws Error(cancelled).
Report refresh(const Ingredients& from, std::span<const store::Radio> radios, const features::ListFilter& defaults,
               const features::BlendCaches& caches = {}, const CancelToken& cancel = {});

}  // namespace audiomuse::radios
