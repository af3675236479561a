// Recorded and hand-made answers of servers, played to an adapter that has to ask for each as the manifest says.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/fake_web.h"

namespace audiomuse::library::testing {

/// Answers requests one after the other. Complains of those that are not what the fixture is an answer to: method,
/// path, header of the login, each parameter, the members of a JSON body. Parameters beside these must be among
/// `also_allowed` (in lower case). Of Fields more may be asked for, and of SortBy and SortOrder more may follow.
class FixtureReplay {
public:
    /// What stands for placeholders in the manifest, e.g. {"UID", "3f9d..."}.
    using Words = std::map<std::string, std::string>;
    FixtureReplay(std::string kind, Words words);

    void expect(const std::string& file, const Words& more = {});
    /// An answer of no fixture, to any parameters.
    void expect(const std::string& method, const std::string& path, WebAnswer answer);
    std::string url() const { return web_->url(); }
    /// With those that were not asked for.
    std::vector<std::string> complaints() const;

private:
    struct Step {
        std::string method, path;
        std::map<std::string, std::string> query;  ///< names in lower case
        std::string header, header_value;
        std::string body;
        WebAnswer answer;
        bool of_fixture = false;
        bool open = false;  ///< the manifest leaves some of its parameters out
    };
    Step step_of(const std::string& file, const Words& words) const;
    WebAnswer answer(const WebRequest& request);
    void check(const Step& step, const WebRequest& request);

    std::string kind_;
    Words words_;
    mutable std::mutex mutex_;
    std::vector<Step> steps_;
    std::size_t next_ = 0;
    std::vector<std::string> complaints_;
    std::unique_ptr<FakeWeb> web_;
};

}  // namespace audiomuse::library::testing
