// SPDX-License-Identifier: Apache-2.0
#include "guard/revocations.hpp"

#include <limits>
#include <mutex>
#include <utility>

namespace keyhold::guard {
namespace {

constexpr std::size_t session_size = 8, account_size = 16;

bool has_text(const json::Value& claims, std::string_view name) {
    const auto found = claims.find(name);
    // An empty text and an empty list say nothing of rights.
    return found && !(found->is_string() && found->string()->empty()) && !(!found->is_string() && found->size() == 0);
}

// A length of time that no arithmetic overflows.
constexpr std::int64_t longest_keep = 3650LL * 86400;

}  // namespace

RevocableToken revocable(const json::Value& claims) {
    RevocableToken token;
    const auto text = [&](std::string_view name) {
        const auto found = claims.find(name);
        return found ? found->string() : std::nullopt;
    };
    if (const auto sid = text("sid")) token.session = fingerprint_of(*sid);
    token.account = fingerprint_of(text("sub").value_or(""));
    const auto iat = claims.find("iat");
    // A fraction is cut off: the token is a little older than it says.
    const auto seconds = iat ? iat->number() : std::nullopt;
    const bool is_sane = seconds && *seconds > 0 && *seconds < 9e15;
    // 9e15 is below 2^53: every such number is a whole one without rounding, and fits.
    token.issued_at = is_sane ? static_cast<std::int64_t>(*seconds) : std::numeric_limits<std::int64_t>::min();
    token.has_rights = has_text(claims, "scope") || has_text(claims, "roles");
    return token;
}

std::optional<FeedPage> read_feed_page(const json::Value& claims, std::string_view bytes) {
    const auto integer = [&](std::string_view name) {
        const auto found = claims.find(name);
        return found ? found->integer() : std::nullopt;
    };
    const auto says = [&](std::string_view name) {
        const auto found = claims.find(name);
        return found && found->boolean() == true;
    };
    const auto last = integer("last"), keep = integer("keep"), sessions = integer("sessions");
    const auto accounts = integer("accounts");
    if (!last || !keep || *keep <= 0 || *keep > longest_keep || !sessions || !accounts) return std::nullopt;
    const auto most = static_cast<std::int64_t>(bytes.size());
    // Before they are multiplied, so that nothing overflows.
    if (*sessions < 0 || *accounts < 0 || *sessions > most || *accounts > most) return std::nullopt;
    const std::size_t of_sessions = static_cast<std::size_t>(*sessions) * session_size;
    if (of_sessions + static_cast<std::size_t>(*accounts) * account_size != bytes.size()) return std::nullopt;
    return FeedPage{.after = integer("after"),
                    .last = *last,
                    .is_whole = says("whole"),
                    .is_more = says("more"),
                    .keys_changed = says("keys_changed"),
                    .keep = std::chrono::seconds(*keep),
                    .roles_changed_at = integer("roles_changed_at").value_or(0),
                    .valid_from = integer("valid_from").value_or(0),
                    .sessions = bytes.substr(0, of_sessions),
                    .accounts = bytes.substr(of_sessions)};
}

Revocations::Generation& Revocations::Known::current(Time now, std::chrono::seconds keep) {
    Generation* now_filled = &generations[newest];
    if (now_filled->begun == Time{}) now_filled->begun = now;
    // A second more, so that even the shortest `keep` gives a generation some time.
    if (now - now_filled->begun < keep / 3 + std::chrono::seconds(1)) return *now_filled;
    newest = (newest + 1) % generations.size();
    now_filled = &generations[newest];
    *now_filled = Generation();
    now_filled->begun = now;
    return *now_filled;
}

void Revocations::apply(const FeedPage& page, Time now) {
    const std::lock_guard lock(mutex_);
    // What was known is another database's, or too old to go on from; it counts until all of it was told anew.
    if (!page.is_whole) next_ = std::make_unique<Known>();
    Known& known = next_ ? *next_ : known_;
    Generation& generation = known.current(now, page.keep);
    for (std::size_t at = 0; at < page.sessions.size(); at += session_size)
        generation.sessions.add(read_fingerprint(page.sessions.substr(at, session_size)));
    for (std::size_t at = 0; at < page.accounts.size(); at += account_size)
        generation.accounts.add({read_fingerprint(page.accounts.substr(at, 8)),
                                 static_cast<std::int64_t>(read_fingerprint(page.accounts.substr(at + 8, 8)))});
    const bool is_new = next_ || !page.sessions.empty() || !page.accounts.empty() ||
                        page.roles_changed_at > known.roles_changed_at || page.valid_from != known.valid_from;
    known.roles_changed_at = std::max(known.roles_changed_at, page.roles_changed_at);
    // Not the greater of the two: a database that was never set back says nothing, and takes the place of one that
    // was.
    known.valid_from = page.valid_from;
    // All was told anew: what was known before is forgotten in one step, so that no reader sees half of it.
    if (next_ && !page.is_more) known_ = std::move(*std::exchange(next_, nullptr));
    if (is_new) version_.fetch_add(1, std::memory_order_release);
}

bool Revocations::is_over(const RevocableToken& token) const {
    const std::shared_lock lock(mutex_);
    if (token.issued_at < known_.valid_from) return true;
    if (token.has_rights && token.issued_at <= known_.roles_changed_at) return true;
    for (const Generation& generation : known_.generations) {
        if (token.session && generation.sessions.find(*token.session) != nullptr) return true;
        const auto* account = generation.accounts.find(token.account);
        // A token with a session ends with that; of an account's change it only loses what it says of rights.
        if (account != nullptr && token.issued_at <= account->at() && (!token.session || token.has_rights)) return true;
    }
    return false;
}

std::size_t Revocations::sessions() const {
    const std::shared_lock lock(mutex_);
    std::size_t sum = 0;
    for (const Generation& generation : known_.generations) sum += generation.sessions.size();
    return sum;
}

std::size_t Revocations::bytes() const {
    const std::shared_lock lock(mutex_);
    std::size_t sum = sizeof(*this);
    for (const Generation& generation : known_.generations)
        sum += generation.sessions.bytes() + generation.accounts.bytes();
    return sum;
}

}  // namespace keyhold::guard
