#include "domain/passwords.hpp"

#include <string>

#include "domain/unicode.hpp"

namespace keyhold::domain {

namespace {

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

std::vector<FieldError> check_password(const Secret& password, const PasswordRules& rules, std::string_view field) {
    const auto refuse = [field](const char* type, std::string why) {
        return FieldError{type, {"body", std::string(field)}, std::move(why), std::nullopt};
    };
    const std::string_view text = password.reveal();
    if (text.empty()) return {refuse("string_too_short", "A password cannot be empty")};
    if (text.size() > rules.max_new_bytes)
        return {refuse("string_too_long", "A password has at most " + std::to_string(rules.max_new_bytes) + " bytes")};
    if (holds_nul(text)) return {refuse("value_error", "A password cannot contain a NUL character")};
    const auto characters = count_characters(text);
    if (!characters) return {refuse("value_error", "A password is UTF-8 text")};
    if (*characters < rules.min_characters)
        return {refuse("string_too_short",
                       "A password has at least " + std::to_string(rules.min_characters) + " characters")};
    return {};
}

bool is_possible_password(const Secret& password, const PasswordRules& rules) {
    return !password.empty() && password.size() <= rules.max_bytes && !holds_nul(password.reveal());
}

}  // namespace keyhold::domain
