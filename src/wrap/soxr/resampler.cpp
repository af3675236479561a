#include "audiomuse/wrap/soxr/resampler.h"

#include <fmt/format.h>
#include <soxr.h>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::soxr {

namespace {

struct Delete {
    void operator()(::soxr* handle) const { soxr_delete(handle); }
};

}  // namespace

std::string version() {
    return soxr_version();
}

struct Resampler::State {
    std::int64_t from_rate = 1;
    std::int64_t to_rate = 1;
    std::unique_ptr<::soxr, Delete> handle;  // empty when the rates are equal
    std::int64_t taken = 0;
    std::int64_t given = 0;

    std::int64_t wanted() const { return (taken * to_rate + from_rate - 1) / from_rate; }

    /// `in` nullptr asks for what is left inside. Appends at most `room` samples and says how many.
    std::size_t process(const float* in, std::size_t count, std::size_t room, std::vector<float>& out) {
        const std::size_t start = out.size();
        out.resize(start + room);
        std::size_t used = 0;
        std::size_t made = 0;
        const soxr_error_t error = soxr_process(handle.get(), in, count, &used, out.data() + start, room, &made);
        out.resize(start + made);
        if (error != nullptr) throw Error(ErrorCode::internal, fmt::format("Resampling failed: {}.", error));
        if (used != count) throw Error(ErrorCode::internal, "Resampling failed: samples were left over.");
        given += static_cast<std::int64_t>(made);
        return made;
    }
};

Resampler::Resampler(int from_rate, int to_rate) : state_(std::make_unique<State>()) {
    if (from_rate < 1 || to_rate < 1) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("Can't resample from {} Hz to {} Hz.", from_rate, to_rate));
    }
    state_->from_rate = from_rate;
    state_->to_rate = to_rate;
    if (from_rate == to_rate) return;
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t error = nullptr;
    state_->handle.reset(soxr_create(from_rate, to_rate, 1, &error, &io, &quality, &runtime));
    if (error != nullptr) throw Error(ErrorCode::internal, fmt::format("The resampler could not be made: {}.", error));
}

Resampler::~Resampler() = default;
Resampler::Resampler(Resampler&&) noexcept = default;
Resampler& Resampler::operator=(Resampler&&) noexcept = default;

void Resampler::push(std::span<const float> in, std::vector<float>& out) {
    if (in.empty()) return;
    state_->taken += static_cast<std::int64_t>(in.size());
    if (!state_->handle) {
        out.insert(out.end(), in.begin(), in.end());
        return;
    }
    // All that can be due: what the input is worth, and what earlier pushes left inside.
    const auto room = static_cast<std::size_t>(state_->wanted() - state_->given + 1);
    state_->process(in.data(), in.size(), room, out);
}

void Resampler::finish(std::vector<float>& out) {
    if (!state_->handle) return;
    while (state_->given < state_->wanted()) {
        const auto room = static_cast<std::size_t>(state_->wanted() - state_->given);
        if (state_->process(nullptr, 0, room, out) == 0) break;
    }
    // libsoxr rounds the length to the nearest; the last fraction of a sample is silence, as in librosa.
    if (state_->given < state_->wanted()) {
        out.insert(out.end(), static_cast<std::size_t>(state_->wanted() - state_->given), 0.0F);
        state_->given = state_->wanted();
    }
}

}  // namespace audiomuse::wrap::soxr
