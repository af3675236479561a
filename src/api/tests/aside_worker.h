// A worker for jobs that requests wait for, as tests of the API have no others.
#pragma once

#include <thread>

#include "test_library.h"

namespace audiomuse::api::testing {

/// Makes lists of radios and backups as the steps of a worker do, but writes to no media server. The library must
/// outlive it.
class AsideWorker {
public:
    explicit AsideWorker(TestLibrary& library);

private:
    std::jthread thread_;
};

}  // namespace audiomuse::api::testing
