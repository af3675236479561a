#include "server/fixture_replay.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cctype>
#include <regex>
#include <set>

#include "audiomuse/base/text.h"
#include "server/fixtures.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

namespace {

const std::set<std::string> kAlsoAllowed = {"enableimages", "enabletotalrecordcount",
                                            "startindex",   "limit",
                                            "sortby",       "sortorder",
                                            "fields",       "filters",
                                            "parentid",     "ids",
                                            "userid"};

std::string lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string put_in(const std::string& text, const FixtureReplay::Words& words) {
    const auto found = words.find(text);
    return found == words.end() ? text : found->second;
}

bool fits(const std::string& name, const std::string& wanted, const std::string& sent) {
    if (name == "limit") return !sent.empty();
    if (name == "sortby" || name == "sortorder") return sent == wanted || sent.starts_with(wanted + ",");
    if (name != "fields") return sent == wanted;
    const auto fields = split(sent, ',');
    return std::ranges::all_of(split(wanted, ','),
                               [&](const auto& field) { return std::ranges::find(fields, field) != fields.end(); });
}

}  // namespace

FixtureReplay::FixtureReplay(std::string kind, Words words)
    : kind_(std::move(kind)),
      words_(std::move(words)),
      web_(std::make_unique<FakeWeb>([this](const WebRequest& request) { return answer(request); })) {}

FixtureReplay::Step FixtureReplay::step_of(const std::string& file, const Words& words) const {
    const std::string name = kind_ + "/" + file;
    const FixtureRow row = fixture_row(name);
    const std::string& request = row.request;
    Step step;
    step.of_fixture = true;
    step.answer = {.status = row.status, .type = row.content_type, .body = fixture(name)};
    std::smatch match;
    static const std::regex call(R"((GET|POST|DELETE) (/[^ ?]*)(\?[^ ]*)?)");
    if (!std::regex_search(request, match, call)) return step;  // "any call"
    step.method = match[1];
    for (const std::string& part : split(match[2].str().substr(1), '/'))
        step.path += "/" + put_in(part, words);
    step.open = match[3].str().find("...") != std::string::npos;
    if (match[3].matched) {
        for (const std::string& pair : split(match[3].str().substr(1), '&')) {
            const auto equals = pair.find('=');
            if (equals != std::string::npos)  // not so "..."
                step.query[lower_case(pair.substr(0, equals))] = put_in(pair.substr(equals + 1), words);
        }
    }
    static const std::regex header(R"((Authorization|X-Emby-Token): ([^;]*);)");
    if (std::smatch found; std::regex_search(request, found, header)) {
        step.header = lower_case(found[1]);
        step.header_value = std::regex_replace(found[2].str(), std::regex("KEY"), put_in("KEY", words));
    }
    if (const auto brace = request.find('{'); brace != std::string::npos)
        step.body = request.substr(brace, request.rfind('}') + 1 - brace);
    return step;
}

void FixtureReplay::expect(const std::string& file, const Words& more) {
    Words words = words_;
    for (const auto& [name, value] : more)
        words[name] = value;
    Step step = step_of(file, words);
    std::lock_guard lock(mutex_);
    steps_.push_back(std::move(step));
}

void FixtureReplay::expect(const std::string& method, const std::string& path, WebAnswer answer) {
    std::lock_guard lock(mutex_);
    steps_.push_back({.method = method, .path = path, .answer = std::move(answer)});
}

std::vector<std::string> FixtureReplay::complaints() const {
    std::lock_guard lock(mutex_);
    auto all = complaints_;
    for (std::size_t i = next_; i < steps_.size(); ++i)
        all.push_back("not asked for: " + steps_[i].method + " " + steps_[i].path);
    return all;
}

WebAnswer FixtureReplay::answer(const WebRequest& request) {
    std::lock_guard lock(mutex_);
    if (next_ >= steps_.size()) {
        complaints_.push_back("one too many: " + request.method + " " + request.path);
        return {.status = 500};
    }
    const Step& step = steps_[next_++];
    check(step, request);
    return step.answer;
}

void FixtureReplay::check(const Step& step, const WebRequest& request) {
    const auto complain = [&](const std::string& what) {
        complaints_.push_back(request.method + " " + request.path + ": " + what);
    };
    if (step.method.empty()) return;
    if (request.method != step.method || request.decoded_path() != step.path)
        return complain("instead of " + step.method + " " + step.path);
    if (!step.of_fixture) return;
    if (!step.header.empty() && request.header(step.header) != step.header_value) complain("header " + step.header);
    std::map<std::string, std::string> sent;
    for (const auto& [name, value] : request.query)
        sent[lower_case(name)] = value;
    for (const auto& [name, wanted] : step.query)
        if (!fits(name, wanted, sent[name])) complain(name + "=" + sent[name] + " instead of " + wanted);
    for (const auto& [name, value] : sent)
        if (!step.open && !step.query.contains(name) && !kAlsoAllowed.contains(name))
            complain("unknown parameter " + name);
    if (step.body.empty()) {
        if (!request.body.empty()) complain("a body");
        return;
    }
    const json::value wanted = json::parse(step.body);
    const json::value body = json::parse(request.body);
    for (const auto& member : wanted.as_object()) {
        const json::value* value = body.as_object().if_contains(member.key());
        if (value == nullptr || value->kind() != member.value().kind()) complain("no " + std::string(member.key()));
    }
    if (body.as_object().size() != wanted.as_object().size()) complain("more in the body");
}

}  // namespace audiomuse::library::testing
