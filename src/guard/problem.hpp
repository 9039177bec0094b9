// SPDX-License-Identifier: Apache-2.0
// Refusals as they are sent: RFC 6750 §3 and RFC 9470 §3 in the field, RFC 9457 in the body.
#pragma once

#include <chrono>
#include <string_view>

#include "base/result.hpp"
#include "guard/rule.hpp"
#include "jose/errors.hpp"

namespace keyhold::guard {

// What stands in a quoted-string (RFC 9110 §5.6.4) as it is. Throws std::invalid_argument for anything else.
void require_realm(std::string_view realm);

// No token (errors::not_authenticated), a bad one, or errors::store_unavailable: nobody can say now whether it is good.
Problem problem_of(Errc errc, std::string_view realm, std::chrono::seconds retry_after = std::chrono::seconds(1));

// A good token that does not meet the rule; `unmet` is the demand in question.
Problem problem_of(const Rule& rule, const Rule::Node& unmet, std::string_view realm);

}  // namespace keyhold::guard
