// The promises of queue.h as one suite. A backend runs it with
//     INSTANTIATE_TEST_SUITE_P(Name, QueueContract, ::testing::Values(QueueFactory(create_it)));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "audiomuse/queue/queue.h"

namespace audiomuse::queue {

/// Makes an empty queue.
using QueueFactory = std::function<std::unique_ptr<Queue>()>;

class QueueContract : public ::testing::TestWithParam<QueueFactory> {
protected:
    std::unique_ptr<Queue> queue_ = GetParam()();
};

}  // namespace audiomuse::queue
