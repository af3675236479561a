#include "understanding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "words.h"

namespace audiomuse::api {
namespace {

using language::Provider;

/// Clients wait three minutes.
constexpr std::chrono::milliseconds kModelPatience{150'000};
constexpr std::chrono::milliseconds kBusyPause{2'000};
constexpr int kRounds = 2;

struct NamedProvider {
    std::string_view name;
    Provider provider;
};
constexpr std::array kProviders = {NamedProvider{"ollama", Provider::ollama}, NamedProvider{"openai", Provider::openai},
                                   NamedProvider{"gemini", Provider::gemini},
                                   NamedProvider{"mistral", Provider::mistral}};

/// A place among those that ask a model, given back at the end.
class ModelSlot {
public:
    explicit ModelSlot(ModelSlots& slots) : slots_(slots), taken_(slots.try_acquire()) {}
    ModelSlot(const ModelSlot&) = delete;
    ModelSlot& operator=(const ModelSlot&) = delete;
    ~ModelSlot() {
        if (taken_) slots_.release();
    }
    bool taken() const { return taken_; }

private:
    ModelSlots& slots_;
    const bool taken_;
};

/// What a model made of a text, or why nothing.
class ModelReading {
public:
    ModelReading(Backend& backend, std::string_view text, const language::ModelAccess& access,
                 const features::PlanTools& tools, const Tell& tell, const CancelToken& cancel)
        : backend_(backend), text_(text), access_(access), tools_(tools), tell_(tell), cancel_(cancel) {
        access_.first_pause = kBusyPause;
        access_.retries = 1;
        question_ = fmt::format("{} {} {} {} {}", provider_name(access.provider), access.model, tools.described,
                                tools.similar_artists, features::beginning_of(text));
    }

    std::string name() const { return language::open_language_model(access_)->name(); }

    features::Plan plan(const features::Request& by_rules, const features::KnownNames& names) {
        if (const auto known = backend_.plans.find(question_, steady_now())) {
            tell_(fmt::format("{} answered this before.", name()));
            return read(*known, by_rules, names);
        }
        const ModelSlot slot(backend_.model_slots);
        if (!slot.taken())
            throw Error(ErrorCode::unavailable, "Others are asking a language model, and no more can at a time.");
        const double until =
            steady_now() + std::chrono::duration<double>(std::min(access_.timeout, kModelPatience)).count();
        features::Plan plan;
        for (int round = 0; round < kRounds; ++round) {
            tell_(fmt::format("Asking {}{} ...", name(), round == 0 ? "" : " once more"));
            const std::string answer = ask(plan.refused, until);
            plan = read(answer, by_rules, names);
            if (plan.needs_repair()) continue;
            backend_.plans.keep(question_, answer, steady_now());
            return plan;
        }
        throw Error(ErrorCode::server_failed, fmt::format("The answers of {} could not be used.", name()));
    }

private:
    features::Plan read(const std::string& answer, const features::Request& by_rules,
                        const features::KnownNames& names) const {
        features::Plan plan = features::read_plan(answer, text_, by_rules, names, tools_, this_year());
        for (const std::string& sentence : plan.refused)
            tell_(fmt::format("Refused: {}", sentence));
        return plan;
    }

    std::string ask(const std::vector<std::string>& problems, double until) {
        access_.timeout = std::chrono::milliseconds(
            std::max<std::int64_t>(1, static_cast<std::int64_t>((until - steady_now()) * 1000)));
        return language::open_language_model(access_)->ask({.text = features::plan_question(text_, problems),
                                                            .rules = features::plan_rules(tools_, this_year()),
                                                            .schema = features::plan_schema(tools_)},
                                                           cancel_);
    }

    Backend& backend_;
    const std::string_view text_;
    language::ModelAccess access_;
    const features::PlanTools& tools_;
    const Tell& tell_;
    const CancelToken& cancel_;
    std::string question_;
};

}  // namespace

ModelChoice choose_model(const settings::Settings& settings, std::string_view provider, std::string_view model) {
    const std::string wanted = provider.empty() ? settings.ai_model_provider : fold(provider);
    if (wanted == "none") return {};
    const auto known = std::ranges::find(kProviders, wanted, &NamedProvider::name);
    if (known == kProviders.end()) return {.why_not = "There is no such provider of language models."};
    if (settings.ai_model_provider == "none") return {.why_not = "The settings name no language model."};
    language::ModelAccess access = language::model_access(known->provider, settings);
    if (!model.empty()) access.model = model;
    language::open_language_model(access);  // throws for what it lacks
    if (wanted != settings.ai_model_provider && access.key.empty())
        return {.why_not = fmt::format("The settings do not name {}.", provider_name(access.provider))};
    return {.access = std::move(access)};
}

Understood understand_request(Backend& backend, std::string_view text, const ModelChoice& model,
                              const features::PlanTools& tools, const Tell& tell, const CancelToken& cancel) {
    std::shared_ptr<const features::LibraryNames> names;
    Understood understood;
    {
        const std::lock_guard lock(backend.answering);
        names = names_of(backend);
        understood.request = features::understand(text, *names, this_year());
    }
    if (!model.access) {
        understood.why = model.why_not;
        return understood;
    }
    try {
        ModelReading reading(backend, text, *model.access, tools, tell, cancel);
        const features::Plan plan = reading.plan(understood.request, *names);
        if (plan.conditions.empty()) {
            understood.why = fmt::format("{} has nothing to add.", reading.name());
            return understood;
        }
        understood.request = features::merged(plan, understood.request);
        understood.by = reading.name();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        log::info("A request in words is understood by the rules: {}", error.what());
        understood.why = error.what();
    }
    return understood;
}

}  // namespace audiomuse::api
