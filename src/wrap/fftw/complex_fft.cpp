#include "audiomuse/wrap/fftw/complex_fft.h"

#include <algorithm>

#include "audiomuse/base/error.h"
#include "planner.h"

namespace audiomuse::wrap::fftw {

struct ComplexFft::State {
    explicit State(std::size_t length)
        : size(length), input(fftwf_alloc_complex(length)), output(fftwf_alloc_complex(length)) {
        if (!input || !output) throw Error(ErrorCode::internal, "Out of memory while planning a transform.");
        {
            const std::lock_guard lock(planner_mutex());
            plan.reset(fftwf_plan_dft_1d(static_cast<int>(length), input.get(), output.get(), FFTW_FORWARD,
                                         FFTW_ESTIMATE | FFTW_PRESERVE_INPUT));
        }
        if (!plan) throw Error(ErrorCode::internal, "A transform could not be planned.");
    }

    std::size_t size;
    Complexes input;
    Complexes output;
    PlanPtr plan;
};

ComplexFft::ComplexFft(std::size_t size) {
    if (size == 0) throw Error(ErrorCode::invalid_argument, "A transform needs at least one number.");
    state_ = std::make_unique<State>(size);
    std::fill(input().begin(), input().end(), 0.0F);
}
ComplexFft::~ComplexFft() = default;
ComplexFft::ComplexFft(ComplexFft&&) noexcept = default;
ComplexFft& ComplexFft::operator=(ComplexFft&&) noexcept = default;

// FFTW documents fftwf_complex as binary compatible with std::complex<float>.
std::span<std::complex<float>> ComplexFft::input() {
    return {reinterpret_cast<std::complex<float>*>(state_->input.get()), state_->size};
}
std::span<const std::complex<float>> ComplexFft::output() const {
    return {reinterpret_cast<const std::complex<float>*>(state_->output.get()), state_->size};
}
void ComplexFft::forward() {
    fftwf_execute(state_->plan.get());
}

}  // namespace audiomuse::wrap::fftw
