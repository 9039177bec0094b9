// What a server does once a minute beside answering.
#pragma once

#include <vector>

#include "app/house.hpp"
#include "app/housekeeping.hpp"
#include "app/signing_keys.hpp"

namespace keyhold::app {

// `own` may be null. Both must outlive the Housekeeping that is given these. `warn` is told of what an operator should
// mend, once.
std::vector<Housekeeping::Chore> chores(House& house, OwnKeys* own, House::Warn warn);

}  // namespace keyhold::app
