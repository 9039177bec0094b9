// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

#include <variant>

namespace keyhold::detail {

void refuse_wrong_side() { throw std::bad_variant_access(); }

}  // namespace keyhold::detail
