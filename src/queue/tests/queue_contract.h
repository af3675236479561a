// The promises of queue.h as one suite. A backend runs it with
//     INSTANTIATE_TEST_SUITE_P(Name, QueueContract, ::testing::Values(QueueBackend{"name", create_it}));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "audiomuse/queue/queue.h"

namespace audiomuse::queue {

/// Makes an empty queue.
struct QueueBackend {
    const char* name;
    std::function<std::unique_ptr<Queue>()> create;
    friend std::ostream& operator<<(std::ostream& out, const QueueBackend& backend) { return out << backend.name; }
};

class QueueContract : public ::testing::TestWithParam<QueueBackend> {
protected:
    std::unique_ptr<Queue> queue_ = GetParam().create();
};

}  // namespace audiomuse::queue
