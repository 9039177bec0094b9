// SPDX-License-Identifier: Apache-2.0
#include "domain/passwords/secret_strength.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/base64url.hpp"
#include "base/text.hpp"
#include "domain/passwords/password_strength.hpp"

namespace keyhold::domain {

namespace {

// Secrets that stand in tutorials, templates and documentation, in either case: everybody has them. Those that are
// made of the words below need no row.
constexpr std::array<std::string_view, 20> published{
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",  // FastAPI's documentation, OAuth2 with JWT
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",  // RFC 7515 A.1
    // Of courses on FastAPI: each stands in ten public repositories at least.
    "83daa0256a2289b0fb23693bf1f6034d44396675749244721a2b20e896e11662",
    "197b2c37c391bed93fe80344fe73b806947a65e36206e05a1a23c2fa12702fe3",
    "4715aed3c946f7b0a38e6b534a9583628d84e96d10fbc04700770d572af3dce43625dd",
    "21e98a30bb41420dc601dea1dc1f85ecee3b4d702547bea355c07ab44fd7f3c3",
    "3cfa76ef14937c1c0ea519f8fc057a80fcd04a7420f8e8bcd0a7567c272e007b",  // another course on JWT with Spring Boot
    "192b9bdd22ab9ed4d12e236c78afcb9a393ec15f71bbf5dc987d54727823bcbf",  // Flask's documentation
    "404e635266556a586e3272357538782f413f4428472b4b6250645367566b5970",  // courses on JWT with Spring Boot
    "5367566b59703373367639792f423f4528482b4d6251655468576d5a71347437",  // the same
    "413f4428472b4b6250655368566d5970337336763979244226452948404d6351",  // the same
    "correct horse battery staple",                                      // xkcd 936
    "correcthorsebatterystaple",
    "correct-horse-battery-staple",
    "keyboard cat",  // express-session
    "shhhhh",        // jsonwebtoken for Node.js
    "shhhhhhared-secret",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
    "thequickbrownfoxjumpsoverthelazydog",
};

// What secrets begin with that a generator marked as not for production.
constexpr std::array<std::string_view, 2> marks{"django-insecure-", "insecure-"};

// What the others are made of: your-256-bit-secret, a-string-secret-at-least-256-bits-long, changethis ... Longer ones
// first, as they are taken out in this order.
constexpr std::array<std::string_view, 53> template_words{
    "supersecret", "development", "environment", "application", "production", "characters", "placeholder", "signature",
    "something",   "character",   "generated",   "generate",    "password",   "insecure",   "default",     "example",
    "fastapi",     "private",     "replace",     "session",     "signing",    "changed",    "django",      "please",
    "random",      "secret",      "should",      "change",      "string",     "strong",     "server",      "access",
    "bytes",       "flask",       "hs256",       "least",       "super",      "token",      "using",       "value",
    "your",        "long",        "very",        "here",        "that",       "this",       "with",        "auth",
    "bits",        "key",         "jwt",         "bit",         "the",
};
// With them taken out, so many letters and digits are left of what was a template.
constexpr std::size_t left_of_template = 12;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_template(std::string text) {
    bool has_word = false;
    for (const std::string_view word : template_words)
        for (auto at = text.find(word); at != text.npos; at = text.find(word, at)) {
            text.replace(at, word.size(), " ");  // what stands on both sides makes no new word
            has_word = true;
        }
    const auto left = std::count_if(text.begin(), text.end(), is_letter_or_digit);
    return has_word && static_cast<std::size_t>(left) < left_of_template;
}

// What a secret in base64 says, as templates for Spring Boot hold their words so. Empty if it is none, or no text.
std::string text_in_base64(std::string_view secret) {
    std::string text(secret.substr(0, secret.find_last_not_of('=') + 1));
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    std::string decoded = base64url::decode(text).value_or("");
    return std::ranges::all_of(decoded, is_ascii_printable) ? ascii_lower(decoded) : std::string();
}

}  // namespace

std::string weakness_of_secret(const Secret& secret, double bits) {
    const Secret text(ascii_lower(secret.reveal()));
    const auto is_text = [&](std::string_view other) { return ascii_lower(other) == text.reveal(); };
    const auto marks_text = [&](std::string_view mark) { return text.reveal().starts_with(mark); };
    if (std::any_of(marks.begin(), marks.end(), marks_text))
        return "begins with the mark of a generator that it is for development";
    if (std::any_of(published.begin(), published.end(), is_text) || is_template(std::string(text.reveal())) ||
        is_template(text_in_base64(secret.reveal())))
        return "is a published example that everybody knows";
    // Of the secret as it is, as upper case makes it harder to guess.
    const auto strength = measure_strength(secret, {});
    if (strength.bits >= bits) return {};
    return "is easy to guess, as " + std::string(strength.weakness);
}

}  // namespace keyhold::domain
