// SPDX-License-Identifier: Apache-2.0
#include "domain/sessions/revocations.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "crypto/digest.hpp"

namespace keyhold::domain {
namespace {

constexpr std::size_t fingerprint_size = 8, time_size = 8;

// For how long an answer may be believed; a long poll is answered sooner.
constexpr std::chrono::seconds answer_lifetime{60};

std::int64_t seconds_of(Time time) { return std::int64_t{time.time_since_epoch().count()}; }

void append_fingerprint(std::string& bytes, std::string_view id) {
    bytes.append(crypto::sha256(id), 0, fingerprint_size);
}

void append_time(std::string& bytes, Time time) {
    const auto seconds = static_cast<std::uint64_t>(seconds_of(time));
    for (std::size_t i = time_size; i-- > 0;) bytes += static_cast<char>(seconds >> (8 * i) & 0xFFU);
}

}  // namespace

RevocationPage Revocations::page(std::optional<std::int64_t> after) {
    // Before the changes are read: if the key is made here, that is one of them.
    id_tokens_.prepare_for_guards();
    store::ChangePage changes = changes_.page(after, most_on_a_page);
    RevocationPage page{.after = after, .is_whole = changes.is_whole};
    // A guard that was away for too long begins anew, from the oldest change that is kept.
    if (!changes.is_whole) changes = changes_.page(std::nullopt, most_on_a_page);
    page.last = changes.changes.empty() ? changes.last : changes.changes.back().sequence;
    page.is_more = page.last < changes.last;
    // Tokens of the second of the restore itself are over too.
    if (changes.restored_at) page.valid_from = *changes.restored_at + std::chrono::seconds(1);
    const Time now = clock_.now();
    for (const store::NumberedChange& change : changes.changes) {
        // A release that did not write it down may have made it a moment ago.
        const Time at = change.changed_at == Time{} ? now : change.changed_at;
        switch (change.what) {
            case store::Changed::session:
                append_fingerprint(page.sessions, change.id);
                break;
            case store::Changed::account:
                append_fingerprint(page.accounts, change.id);
                append_time(page.accounts, at);
                break;
            case store::Changed::roles:
                page.roles_changed_at = std::max(page.roles_changed_at, at);
                break;
            case store::Changed::keys:
                page.keys_changed = true;
                break;
            case store::Changed::client:
            case store::Changed::profile:
                break;  // no token is over for that
        }
    }
    return page;
}

std::string Revocations::written(const RevocationPage& page) {
    const Time now = clock_.now();
    std::string_view base = id_tokens_.issuer();
    if (base.ends_with('/')) base.remove_suffix(1);
    std::string claims;
    json::Writer out(claims);
    out.begin_object();
    out.member("iss", id_tokens_.issuer());
    // The list's own address, so that what was signed for something else is not taken for it.
    out.member("aud", std::string(base).append("/events/revocations"));
    out.member("iat", seconds_of(now));
    out.member("exp", seconds_of(now + answer_lifetime));
    if (page.after) out.member("after", *page.after);
    out.member("last", page.last);
    // A guard that asks without a number knows nothing yet, so the list is not whole for it.
    out.member("whole", page.is_whole && page.after.has_value());
    out.member("more", page.is_more);
    out.member("keep", std::int64_t{lifetime_.count()});
    if (page.keys_changed) out.member("keys_changed", true);
    if (page.roles_changed_at != Time{}) out.member("roles_changed_at", seconds_of(page.roles_changed_at));
    if (page.valid_from != Time{}) out.member("valid_from", seconds_of(page.valid_from));
    out.member("sessions", static_cast<std::int64_t>(page.sessions.size() / fingerprint_size));
    out.member("accounts", static_cast<std::int64_t>(page.accounts.size() / (fingerprint_size + time_size)));
    // Bytes behind the token instead of in it: base64url within JSON would take a third more, and be parsed.
    const std::string bytes = page.sessions + page.accounts;
    out.member("sha256", base64url::encode(crypto::sha256(bytes)));
    out.end_object();
    return id_tokens_.sign_for_guards(claims).append("\n").append(bytes);
}

}  // namespace keyhold::domain
