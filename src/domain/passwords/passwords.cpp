// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/passwords.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "domain/accounts/unicode.hpp"
#include "domain/passwords/password_strength.hpp"

namespace keyhold::domain {

namespace {

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

std::vector<FieldError> check_password(const Secret& password, std::string_view username, const PasswordRules& rules,
                                       std::string_view field) {
    const auto refuse = [field](const char* type, std::string why) {
        return FieldError{type, {"body", field}, std::move(why), std::nullopt};
    };
    const std::string_view text = password.reveal();
    if (text.empty()) return {refuse("string_too_short", "A password cannot be empty")};
    // Before anything whose time grows with the length.
    if (text.size() > rules.max_new_bytes)
        return {refuse("string_too_long", "A password has at most " + std::to_string(rules.max_new_bytes) + " bytes")};
    if (holds_nul(text)) return {refuse("value_error", "A password cannot contain a NUL character")};
    if (!count_characters(text)) return {refuse("value_error", "A password is UTF-8 text")};
    // Counted and measured as it will be hashed: composed, "é" is one character however it was typed.
    const Secret normal = normal_form(password);
    if (*count_characters(normal.reveal()) < rules.min_characters)
        return {refuse("string_too_short",
                       "A password has at least " + std::to_string(rules.min_characters) + " characters")};
    // zxcvbn is not asked at all, so that its dictionary is not read from the disk.
    if (rules.min_score == 0) return {};
    auto context = words_of(username);
    context.insert(context.end(), rules.service.begin(), rules.service.end());
    const auto strength = measure_strength(normal, context);
    if (strength.score >= rules.min_score) return {};
    return {refuse("password_too_weak", "This password is easy to guess: " + std::string(strength.weakness) +
                                            ". Take several words that do not belong together, or let a password "
                                            "manager make one")};
}

bool is_possible_password(const Secret& password, const PasswordRules& rules) {
    return !password.empty() && password.size() <= rules.max_bytes && !holds_nul(password.reveal());
}

Secret normal_form(const Secret& password) {
    // ASCII is its own NFC, and nearly every password is ASCII.
    if (is_ascii(password.reveal()) || !count_characters(password.reveal())) return Secret(password.reveal());
    return Secret(nfc(password.reveal()));
}

}  // namespace keyhold::domain
