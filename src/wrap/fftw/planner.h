// What both transforms share: the planner's lock and owners of FFTW's objects.
#pragma once

#include <fftw3.h>

#include <memory>
#include <mutex>
#include <type_traits>

namespace audiomuse::wrap::fftw {

/// FFTW's planner keeps global state: making and destroying plans must not overlap.
std::mutex& planner_mutex();

struct Free {
    void operator()(void* memory) const { fftwf_free(memory); }
};

struct DestroyPlan {
    void operator()(fftwf_plan plan) const {
        const std::lock_guard lock(planner_mutex());
        fftwf_destroy_plan(plan);
    }
};

using Complexes = std::unique_ptr<fftwf_complex, Free>;
using PlanPtr = std::unique_ptr<std::remove_pointer_t<fftwf_plan>, DestroyPlan>;

}  // namespace audiomuse::wrap::fftw
