// SPDX-License-Identifier: Apache-2.0
// The public face of guard/: include/keyhold/guard.hpp.
#include "keyhold/guard.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <utility>

#include "base/base64url.hpp"
#include "base/bearer.hpp"
#include "crypto/random.hpp"
#include "guard/problem.hpp"
#include "guard/rule.hpp"
#include "guard/token_memory.hpp"
#include "guard/trust.hpp"
#include "jose/errors.hpp"
#include "jose/key_text.hpp"

namespace keyhold {

// What one token said, once it was found good. Never changes, but for `seen_good`; shared by the memory and by
// Callers.
struct Caller::State {
    std::uint64_t hash = 0;
    std::string text;                     // the token
    const guard::Trust* trust = nullptr;  // whose it is; not looked at by a Caller, which may outlive it
    std::uint64_t version = 0;            // of the keys that it was verified under
    std::optional<jose::VerifiedToken> verified;
    std::optional<guard::LiveToken> introspected;  // if it is not `verified`
    guard::RevocableToken revocable{};
    // Of what was revoked: the version under which this token was found good. Nothing depends on another thread's
    // store.
    mutable std::atomic<std::uint64_t> seen_good = 0;

    json::Value claims() const { return verified ? verified->claims() : introspected->claims; }
};

std::string_view Caller::subject() const { return claim("sub").value_or(""); }
std::optional<std::string_view> Caller::claim(std::string_view name) const {
    const auto found = state_->claims().find(name);
    return found ? found->string() : std::nullopt;
}
std::optional<std::int64_t> Caller::integer_claim(std::string_view name) const {
    const auto found = state_->claims().find(name);
    return found ? found->integer() : std::nullopt;
}
bool Caller::has_scope(std::string_view name) const { return guard::has_scope(state_->claims(), name); }
bool Caller::has_role(std::string_view name) const { return guard::has_role(state_->claims(), name); }
std::string Caller::claims_json() const {
    std::string text;
    json::append_value(text, state_->claims());
    return text;
}

// Shared by copies of a Guard; any thread.
struct Guard::State {
    using Entry = std::shared_ptr<const Caller::State>;

    std::vector<std::shared_ptr<guard::Trust>> trusts;
    std::string realm;
    std::size_t remembered_tokens;
    guard::TextHash hash_of;
    mutable guard::TokenMemory<Caller::State> memory;

    State(std::vector<std::shared_ptr<guard::Trust>> trusted, std::string name, std::size_t remembered)
        : trusts(std::move(trusted)),
          realm(std::move(name)),
          remembered_tokens(remembered),
          hash_of(random_seed()),
          memory(remembered) {
        guard::require_realm(realm);
    }
    static Guard guarding(std::shared_ptr<guard::Trust> trust, const GuardOptions& options) {
        return Guard(
            std::make_shared<const State>(std::vector{std::move(trust)}, options.realm, options.remembered_tokens));
    }

    // Hidden one by one, as a class inside one that a library shows is shown with it.
    [[gnu::visibility("hidden")]] Result<Entry> find(std::string_view token, Time now) const;
    [[gnu::visibility("hidden")]] Result<Entry> verify(std::string_view token, std::uint64_t hash, Time now) const;
    [[gnu::visibility("hidden")]] Result<Entry> introspect(std::string_view token, Time now) const;
    // Refused: token_not_live; store_unavailable where nobody has said for too long what was revoked.
    [[gnu::visibility("hidden")]] static Result<> check_revoked(const Caller::State& entry);

private:
    // Another one in each process, so that nobody can look for texts that collide.
    static std::array<std::uint64_t, 2> random_seed() {
        std::array<unsigned char, 16> bytes;
        crypto::SystemRandom().fill(bytes);
        return std::bit_cast<std::array<std::uint64_t, 2>>(bytes);
    }
};

namespace {

// `iss` of a token that nobody has verified yet: it chooses whose keys are tried, and nothing else.
std::optional<std::string> claimed_issuer(std::string_view token) {
    const auto parts = jose::split(token);
    const auto payload = parts ? base64url::decode(parts->payload) : std::nullopt;
    if (!payload) return std::nullopt;
    json::Document document;
    const auto claims = document.parse(*payload);
    const auto issuer = claims ? claims->find("iss") : std::nullopt;
    return issuer && issuer->string() ? std::optional<std::string>(*issuer->string()) : std::nullopt;
}

}  // namespace

// Once a token was found good, it costs a look at a number until something is revoked.
Result<> Guard::State::check_revoked(const Caller::State& entry) {
    const guard::Trust& trust = *entry.trust;
    if (!trust.feed) return {};
    if (trust.is_stale()) return errors::store_unavailable;
    const std::uint64_t version = trust.feed->revocations().version();
    if (entry.seen_good.load(std::memory_order_relaxed) == version) return {};
    if (trust.feed->revocations().is_over(entry.revocable)) return errors::token_not_live;
    entry.seen_good.store(version, std::memory_order_relaxed);
    return {};
}

// A token that was seen before skips its signature, and nothing else: its keys must still be the same, and its claims
// are checked as those of any other.
Result<Guard::State::Entry> Guard::State::find(std::string_view token, Time now) const {
    const std::uint64_t hash = hash_of(token);
    const Entry remembered = memory.find(hash, token);
    // Other keys: the signature has to be checked anew.
    if (!remembered || remembered->version != remembered->trust->keys->version()) return verify(token, hash, now);
    // The token may have expired since.
    const auto checked = jose::check_claims(remembered->claims(), remembered->trust->expectations, now);
    if (!checked) return checked.error();
    return remembered;
}

Result<Guard::State::Entry> Guard::State::verify(std::string_view token, std::uint64_t hash, Time now) const {
    // With one issuer, the check of its claims says what is wrong; among several, `iss` says whose it is.
    const bool is_one = trusts.size() == 1;
    const auto issuer = is_one ? std::nullopt : claimed_issuer(token);
    Error refusal = errors::token_claims;
    bool is_first = true;
    for (const auto& trust : trusts) {
        if (!is_one && !trust->is_for(issuer)) continue;
        auto verified = trust->verify(token, now);
        if (verified) {
            auto entry = std::make_shared<Caller::State>();
            entry->hash = hash;
            entry->text = token;
            entry->trust = trust.get();
            entry->version = verified->version;
            entry->verified = std::move(verified->token);
            if (trust->feed) entry->revocable = guard::revocable(entry->claims());
            // Only good tokens are remembered: refused ones would push them out.
            memory.add(entry);
            return Entry(std::move(entry));
        }
        // That one of them cannot say outweighs that another one says no.
        if (is_first || verified.error().errc() == errors::store_unavailable) refusal = verified.error();
        is_first = false;
    }
    return refusal;
}

Result<Guard::State::Entry> Guard::State::introspect(std::string_view token, Time now) const {
    Error refusal = errors::token_malformed;
    // RFC 6750 §2.1. What is no such text is not sent on to anybody.
    if (!is_b64token(token)) return refusal;
    for (const auto& trust : trusts) {
        if (!trust->introspector) continue;
        auto live = trust->introspect(token, now);
        if (live) {
            auto entry = std::make_shared<Caller::State>();
            entry->trust = trust.get();
            entry->introspected = std::move(*live);
            return Entry(std::move(entry));
        }
        // One issuer that does not answer outweighs others that do not know the token.
        if (refusal.errc() != errors::store_unavailable) refusal = live.error();
    }
    return refusal;
}

Checked Guard::check(std::string_view authorization, const Rule& rule,
                     std::chrono::system_clock::time_point at) const noexcept {
    Checked outcome;
    try {
        const Time now = std::chrono::time_point_cast<std::chrono::seconds>(at);
        const auto refuse = [&](Errc errc) { outcome.problem_ = guard::problem_of(errc, state_->realm); };
        const auto shown = bearer_token(authorization);
        if (!shown || shown->empty() || shown->size() > jose::max_token_size) {
            refuse(shown ? errors::token_malformed : errors::not_authenticated);
            return outcome;
        }
        const std::string_view token = *shown;
        const bool is_jwt = jose::split(token).ok();
        auto entry = is_jwt ? state_->find(token, now) : state_->introspect(token, now);
        if (!entry) {
            refuse(entry.error().errc());
            return outcome;
        }
        const guard::Trust& trust = *(*entry)->trust;
        // A token that was introspected has just been confirmed by the issuer, so only JWTs are looked up in the feed
        // of revocations.
        if (const auto live = is_jwt ? State::check_revoked(**entry) : Result<>(); !live) {
            refuse(live.error().errc());
            return outcome;
        }
        // The operator wants both: the signature, and what the issuer says at this moment.
        if (is_jwt && trust.introspector) {
            if (const auto live = trust.introspect(token, now); !live) {
                refuse(live.error().errc());
                return outcome;
            }
        }
        if (const auto* unmet = guard::unmet(rule, (*entry)->claims(), now, trust.leeway))
            outcome.problem_ = guard::problem_of(rule, *unmet, state_->realm);
        else
            outcome.caller_ = Caller(std::move(*entry));
    } catch (...) {  // no memory: nobody is let in, and nothing more is asked of it
        outcome.caller_.reset();
        outcome.problem_ = Problem();
    }
    return outcome;
}

RevocationsKnown Guard::revocations() const {
    RevocationsKnown all;
    bool is_first = true;
    for (const auto& trust : state_->trusts) {
        if (!trust->feed || !trust->feed->is_followed()) continue;
        const auto age = trust->feed->age();
        const bool is_known = age != std::chrono::milliseconds::max();
        if (is_first)
            all.age = is_known ? std::optional(age) : std::nullopt;
        else if (all.age)
            all.age = is_known ? std::optional(std::max(*all.age, age)) : std::nullopt;
        is_first = false;
        all.followed = true;
        all.sessions += trust->feed->revocations().sessions();
        all.bytes += trust->feed->revocations().bytes();
    }
    return all;
}

std::string Guard::trouble() const {
    std::string all;
    for (const auto& trust : state_->trusts) {
        const std::string one = trust->trouble();
        if (!all.empty() && !one.empty()) all += "; ";
        all += one;
    }
    return all;
}

Guard Guard::from_issuer(std::string_view issuer, GuardOptions options) {
    return State::guarding(guard::trust_issuer(issuer, options), options);
}

Guard Guard::from_jwks(std::string_view url, GuardOptions options) {
    return State::guarding(guard::trust_jwks(url, options), options);
}

Guard Guard::from_jwks_file(const std::string& path, GuardOptions options) {
    return State::guarding(guard::trust_file(path, options), options);
}

Guard Guard::from_pem(std::string_view pem, GuardOptions options) {
    return State::guarding(guard::trust_keys(jose::parse_public_pem(pem), options), options);
}

Guard Guard::from_secret(std::string_view secret, GuardOptions options, std::string_view algorithm) {
    return State::guarding(guard::trust_keys(jose::parse_secret(secret, algorithm), options), options);
}

Guard Guard::any_of(const std::vector<Guard>& guards) {
    if (guards.empty()) throw std::invalid_argument("any_of: no guards");
    std::vector<std::shared_ptr<guard::Trust>> trusts;
    std::size_t remembered = 0;
    for (const Guard& each : guards) {
        trusts.insert(trusts.end(), each.state_->trusts.begin(), each.state_->trusts.end());
        remembered = std::max(remembered, each.state_->remembered_tokens);
    }
    return Guard(std::make_shared<const State>(std::move(trusts), guards.front().state_->realm, remembered));
}

}  // namespace keyhold
