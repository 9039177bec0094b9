// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/email_address.hpp"

#include <idn2.h>
#include <utf8proc.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>

#include "base/text.hpp"
#include "domain/accounts/names.hpp"
#include "domain/accounts/unicode.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t longest = 254;         // RFC 5321 §4.5.3.1.3: a path of 256, with its brackets
constexpr std::size_t longest_local = 64;    // RFC 5321 §4.5.3.1.1
constexpr std::size_t longest_domain = 253;  // RFC 1035 §3.1: 255 with the lengths of its labels and its root
constexpr std::size_t longest_label = 63;    // RFC 1035 §3.1

// What may stand outside ASCII, on either side of the '@'.
bool is_word(std::int32_t point) {
    switch (utf8proc_category(point)) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
            return true;
        default:
            return false;
    }
}

// RFC 5322 §3.2.3: atext and dots that stand between others. RFC 6531 §3.3 adds what is not ASCII.
bool is_dot_atom(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-/=?^_`{|}~";
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != text.npos) return false;
    return std::ranges::all_of(text, [&](char c) {
        return is_ascii_alphanumeric(c) || c == '.' || static_cast<unsigned char>(c) >= 0x80 ||
               marks.find(c) != marks.npos;
    });
}

// Labels of letters, digits and hyphens (RFC 1123 §2.1), two at least: nobody outside can send mail to "localhost", and
// a last one of digits is an IP address (RFC 3696 §2).
bool is_host_name(std::string_view text) {
    if (text.size() > longest_domain) return false;
    std::size_t labels = 0;
    for (;; ++labels) {
        const std::string_view label = text.substr(0, text.find('.'));
        if (label.empty() || label.size() > longest_label || label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(label, [](char c) { return is_ascii_alphanumeric(c) || c == '-'; })) return false;
        if (label.size() == text.size()) return labels > 0 && !std::ranges::all_of(label, is_ascii_digit);
        text.remove_prefix(label.size() + 1);
    }
}

// UTS 46, without its transitional mappings: "faß.de" is not "fass.de". Empty if it is no domain.
std::optional<std::string> to_a_labels(const std::string& domain) {
    char* made = nullptr;
    const int status = idn2_to_ascii_8z(domain.c_str(), &made, IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&idn2_free)> owned(made, idn2_free);
    if (status == IDN2_MALLOC) throw std::bad_alloc();
    return status == IDN2_OK ? std::optional<std::string>(made) : std::nullopt;
}

// The library leaves out what it cannot map, so that "a_b.de" would be "ab.de": what is in there was looked at before.
std::optional<std::string> domain_key(std::string_view domain) {
    std::string lower = ascii_lower(domain);
    const bool is_plain = is_ascii(lower);
    if (is_plain && !is_host_name(lower)) return std::nullopt;
    if (is_plain && !lower.starts_with("xn--") && lower.find(".xn--") == lower.npos) return lower;
    auto labels = to_a_labels(lower);
    if (!labels || !is_host_name(*labels)) return std::nullopt;
    return labels;
}

// RFC 5321 §4.1.2: "ann"@ is ann@, and need not be quoted.
std::string_view without_quotes(std::string_view local) {
    const bool is_quoted = local.size() > 2 && local.front() == '"' && local.back() == '"';
    const auto inner = is_quoted ? local.substr(1, local.size() - 2) : local;
    return is_dot_atom(inner) ? inner : local;
}

// NFKC_Casefold until nothing changes, as of names (names.cpp).
std::string fold(std::string_view text) {
    if (is_ascii(text)) return ascii_lower(text);
    std::string folded = nfkc_casefold(text);
    for (std::string again; (again = nfkc_casefold(folded)) != folded;) folded = std::move(again);
    return folded;
}

// Empty if it may stand there.
std::string why_refused(std::string_view local, std::string_view domain) {
    if (local.starts_with('"')) return "A local part that needs quotes is not taken here";
    if (local.size() > longest_local) return "An e-mail address has at most 64 bytes before its @";
    if (!is_dot_atom(local)) return "An e-mail address is a name, an @ and a domain, as in ann@example.com";
    if (domain.starts_with('[')) return "An e-mail address has a domain behind its @, and no IP address";
    const std::string whole = std::string(local).append("@").append(domain);
    if (is_ascii(whole)) return {};
    const auto points = code_points(whole);
    for (const std::int32_t point : *points)
        if (point >= 0x80 && !is_word(point)) return "Outside ASCII, an e-mail address has letters, digits and marks";
    if (is_mark(points->front())) return "An e-mail address cannot begin with a combining mark";
    // Two addresses that look alike and differ would let one person ask for the mails of the other.
    if (visible_nfkc(whole) != whole) return "An e-mail address has no characters that stand for others";
    return {};
}

}  // namespace

Result<EmailAddress> parse_email_address(std::string_view typed, std::string_view field) {
    const auto refuse = [&](const char* type, std::string why) {
        return Error(errors::validation_failed, std::vector{FieldError{type, {"body", field}, std::move(why), {}}});
    };
    if (typed.empty()) return refuse("string_too_short", "An e-mail address is not empty");
    if (typed.size() > longest) return refuse("string_too_long", "An e-mail address is at most 254 bytes long");
    if (!count_characters(typed)) return refuse("value_error", "An e-mail address is UTF-8 text");
    const std::string normal = nfc(typed);
    const auto at = normal.rfind('@');
    if (at == normal.npos)
        return refuse("value_error", "An e-mail address is a name, an @ and a domain, as in ann@example.com");
    const std::string_view local = without_quotes(std::string_view(normal).substr(0, at));
    const std::string_view domain = std::string_view(normal).substr(at + 1);
    if (auto why = why_refused(local, domain); !why.empty()) return refuse("value_error", std::move(why));
    auto labels = domain_key(domain);
    if (!labels) return refuse("value_error", "Behind the @ of an e-mail address is a domain, as in ann@example.com");
    EmailAddress address{std::string(local).append("@").append(domain), fold(local) + "@" + *labels, *labels};
    if (address.shown.size() > longest || address.key.size() > longest)
        return refuse("string_too_long", "An e-mail address is at most 254 bytes long, with its domain in A-labels");
    return address;
}

bool looks_like_address(std::string_view typed) {
    if (typed.find('@') != typed.npos) return true;
    if (is_ascii(typed)) return false;
    const auto name = parse_name(typed);
    return name && name->key.find('@') != name->key.npos;
}

bool is_username_of(std::string_view name_key, const EmailAddress& address) {
    const auto meant = parse_email_address(name_key);
    return meant && meant->key == address.key;
}

}  // namespace keyhold::domain
