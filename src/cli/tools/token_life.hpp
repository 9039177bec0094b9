// SPDX-License-Identifier: Apache-2.0
// What the database knows of a token that is good in itself: whether its session has ended and why, and what became of
// its key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/result.hpp"
#include "domain/adoption/old_tokens.hpp"
#include "server/settings/settings.hpp"
#include "store/stores.hpp"

namespace keyhold::cli {

using namespace server;

// Whether there is a database to ask; looking for it makes none.
bool has_database(const server::Settings& settings);

// Why the server refuses a token with these claims, a sentence; empty if it does not. `old`: what it asks of a token
// under the secret; null for one under a key of ours, which lives for `lifetime`.
std::optional<Error> why_not_live(const store::Stores& stores, const json::Value& claims,
                                  const domain::OldTokenRules* old, std::chrono::seconds lifetime, Time now);

// A sentence on a key that verifies nothing any more; empty if nothing is known of it.
std::string what_became_of_key(const store::Stores& stores, std::string_view kid, Time now);

}  // namespace keyhold::cli
