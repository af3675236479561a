#include "audiomuse/wrap/fftw/real_fft.h"

#include <string_view>

#include "audiomuse/base/error.h"
#include "planner.h"

namespace audiomuse::wrap::fftw {

std::string library_version() {
    const std::string_view text(fftwf_version);  // "fftw-3.3.10-sse2-avx"
    const std::size_t begin = text.find('-') + 1;
    return std::string(text.substr(begin, text.find('-', begin) - begin));
}

std::mutex& planner_mutex() {
    static std::mutex mutex;
    return mutex;
}

struct RealFft::State {
    explicit State(std::size_t length)
        : size(length), signal(fftwf_alloc_real(length)), spectrum(fftwf_alloc_complex(length / 2 + 1)) {
        if (!signal || !spectrum) throw Error(ErrorCode::internal, "Out of memory while planning a transform.");
        const int n = static_cast<int>(length);
        {
            const std::lock_guard lock(planner_mutex());
            forward.reset(fftwf_plan_dft_r2c_1d(n, signal.get(), spectrum.get(), FFTW_ESTIMATE | FFTW_PRESERVE_INPUT));
            inverse.reset(fftwf_plan_dft_c2r_1d(n, spectrum.get(), signal.get(), FFTW_ESTIMATE));
        }
        if (!forward || !inverse) throw Error(ErrorCode::internal, "A transform could not be planned.");
    }

    std::size_t size;
    std::unique_ptr<float, Free> signal;
    Complexes spectrum;
    PlanPtr forward;
    PlanPtr inverse;
};

RealFft::RealFft(std::size_t size) {
    if (size == 0) throw Error(ErrorCode::invalid_argument, "A transform needs at least one sample.");
    state_ = std::make_unique<State>(size);
}
RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

std::size_t RealFft::size() const {
    return state_->size;
}
std::span<float> RealFft::signal() {
    return {state_->signal.get(), state_->size};
}
std::span<std::complex<float>> RealFft::spectrum() {
    // FFTW documents fftwf_complex as binary compatible with std::complex<float>.
    return {reinterpret_cast<std::complex<float>*>(state_->spectrum.get()), state_->size / 2 + 1};
}
void RealFft::forward() {
    fftwf_execute(state_->forward.get());
}
void RealFft::inverse() {
    fftwf_execute(state_->inverse.get());
}

}  // namespace audiomuse::wrap::fftw
