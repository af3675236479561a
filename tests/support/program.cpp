#include "process.h"

namespace audiomuse::testing_support {

std::filesystem::path audiomuse_program() {
    return AUDIOMUSE_PROGRAM;
}

}  // namespace audiomuse::testing_support
