// A worker for the jobs of radios, as tests of the API have no others.
#pragma once

#include <thread>

#include "test_library.h"

namespace audiomuse::api::testing {

/// Makes lists as the step of a worker does, but writes to no media server. The library must outlive it.
class RadioWorker {
public:
    explicit RadioWorker(TestLibrary& library);

private:
    std::jthread thread_;
};

}  // namespace audiomuse::api::testing
