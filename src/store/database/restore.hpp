// SPDX-License-Identifier: Apache-2.0
// What is over when a database is set back to an earlier moment, whatever made the copy of it.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/database/database.hpp"
#include "store/sqlite/backup.hpp"

namespace keyhold::store {

// What was revoked after the backup is live in it. So every session ends, every signing key of our own is dropped (it
// may have been dropped since because it had leaked), and tokens from before `now` that belong to no session are
// refused (Changes::restored_at). What was good once (invitations, links, codes) is used up, as it may have been used
// since; what clients were allowed for good they are allowed again by whoever is asked; mails that waited are given up,
// as they were sent since. Whoever remembers changes by their number forgets all, and has when this returns.
// Refused: what Database::open refuses.
// One transaction: it is all done or nothing of it. Waits for running nodes to have forgotten what they remember.
Result<> end_what_was(std::string_view url, Kept kept, Time now, Make make = Make::nothing);

}  // namespace keyhold::store
