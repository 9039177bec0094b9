// SPDX-License-Identifier: Apache-2.0
// What is demanded of a good token, and which demand it does not meet.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "keyhold/guard.hpp"

namespace keyhold {

// A tree that never changes once it is made, so any thread may read it. An empty Rule demands nothing.
struct Rule::Node {
    enum class Kind { scope, role, fresh, claim, both, either } kind;
    std::string name;                // of the scope, role or claim
    std::string value;               // of the claim
    std::chrono::seconds max_age{};  // of fresh
    Rule left, right;                // of both and either
};

namespace guard {

// The first demand, from left to right, that these claims do not meet; null if they meet the rule. Of two
// alternatives that both fail, the first one's.
const Rule::Node* unmet(const Rule& rule, const json::Value& claims, Time now, std::chrono::seconds leeway);

// The scopes that the rule asks for, with spaces between: RFC 6750 §3, the `scope` attribute. Of alternatives, the
// first.
std::string scopes_of(const Rule& rule);

bool has_scope(const json::Value& claims, std::string_view name);
bool has_role(const json::Value& claims, std::string_view name);

}  // namespace guard
}  // namespace keyhold
