// SPDX-License-Identifier: Apache-2.0
// What is said of a password while somebody types it, before it is sent for good: by the rules that it will be held
// against then, so that the two never contradict each other.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "domain/passwords/address_allowance.hpp"
#include "domain/passwords/passwords.hpp"

namespace keyhold::domain {

struct PasswordAdvice {
    bool is_refused = false;    // by check_password()
    std::string weakness = {};  // a sentence of check_password(), also where the rules ask for less; empty: none
};

// Any thread. The references must outlive it.
class PasswordAdvisor {
public:
    PasswordAdvisor(const PasswordRules& rules, const Clock& clock) : rules_(rules), clock_(clock) {}

    // Keeps nothing of the password. `address` is where somebody types, as text. Refused: too_many_requests.
    Result<PasswordAdvice> advise(const Secret& password, std::string_view username, std::string_view address);

private:
    // A script asks once for each pause in typing. A look costs a millisecond or two, and a network may have many
    // people.
    static constexpr std::int64_t at_once = 200, per_minute = 120;
    const PasswordRules& rules_;
    const Clock& clock_;
    AddressAllowance askers_{at_once, per_minute};
};

}  // namespace keyhold::domain
