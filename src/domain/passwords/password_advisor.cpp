// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/password_advisor.hpp"

#include <algorithm>

#include "domain/errors.hpp"

namespace keyhold::domain {

Result<PasswordAdvice> PasswordAdvisor::advise(const Secret& password, std::string_view username,
                                               std::string_view address) {
    constexpr int hard_to_guess = 3;  // more than 10^8 guesses
    if (auto spent = askers_.spend(address, clock_.now(), errors::too_many_requests, "passwords-looked-at"); !spent)
        return std::move(spent).error();
    if (auto wrong = check_password(password, username, rules_); !wrong.empty())
        return PasswordAdvice{true, std::move(wrong.front().msg)};
    PasswordRules stricter = rules_;
    stricter.min_score = std::max(rules_.min_score, hard_to_guess);
    auto weak = check_password(password, username, stricter);
    return PasswordAdvice{false, weak.empty() ? std::string() : std::move(weak.front().msg)};
}

}  // namespace keyhold::domain
