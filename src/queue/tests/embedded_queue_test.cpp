#include "queue_contract.h"

namespace audiomuse::queue {

INSTANTIATE_TEST_SUITE_P(Embedded, QueueContract, ::testing::Values(QueueBackend{"embedded", create_embedded}));

}  // namespace audiomuse::queue
