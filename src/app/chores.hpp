// What a server does once a minute beside answering.
#pragma once

#include <vector>

#include "app/housekeeping.hpp"
#include "app/signing_keys.hpp"
#include "base/clock.hpp"
#include "store/stores.hpp"

namespace keyhold::app {

// `own` may be null. All three must outlive the Housekeeping that is given these.
std::vector<Housekeeping::Chore> chores(const store::Stores& stores, const Clock& clock, OwnKeys* own);

}  // namespace keyhold::app
