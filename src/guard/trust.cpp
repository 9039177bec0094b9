// SPDX-License-Identifier: Apache-2.0
#include "guard/trust.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "base/text.hpp"
#include "guard/issuer.hpp"
#include "jose/errors.hpp"
#include "jose/key_text.hpp"

namespace keyhold::guard {
namespace {

constexpr std::size_t max_file = std::size_t{1} << 20;

net::PlainHttp plain_http_of(const GuardOptions& options) {
    return options.allow_http ? net::PlainHttp::anywhere : net::PlainHttp::on_this_machine;
}

net::Url require_url(std::string_view text, const GuardOptions& options) {
    auto url = net::parse_url(text, plain_http_of(options));
    if (!url) throw std::invalid_argument(std::string(url.error().detail()));
    return std::move(*url);
}

KeyTimes times_of(const GuardOptions& options) {
    return {options.refresh_every, options.cool_down, options.stale_if_error, options.wait_for_keys,
            3 * options.timeout};  // two documents and the keys
}

// A Keyhold answers anything within 10 s; so long it is asked to wait at most.
constexpr std::chrono::seconds longest_wait{8};

void check_options(const GuardOptions& options) {
    using namespace std::chrono_literals;
    for (const auto duration : {options.leeway, options.expiry_leeway, options.cool_down, options.stale_if_error})
        if (duration < 0s || duration > 24h * 3650)
            throw std::invalid_argument("a duration is negative or over 10 years");
    if (options.refresh_every < 1s || options.refresh_every > 24h * 3650)
        throw std::invalid_argument("refresh_every: at least a second");
    if (options.timeout < 1ms || options.timeout > 10min || options.wait_for_keys < 0ms ||
        options.wait_for_keys > 10min)
        throw std::invalid_argument("timeout, wait_for_keys: at most ten minutes");
    if (options.revocations_stale_after < 0s || options.revocations_stale_after > 24h * 3650 ||
        // The issuer may take a second to answer, so one second would be over all the time.
        options.revocations_stale_after == 1s)
        throw std::invalid_argument("revocations_stale_after: 0, or at least two seconds");
    if (options.remembered_tokens > (std::size_t{1} << 20))
        throw std::invalid_argument("remembered_tokens: at most a million");
}

enum class KeysAre { a_set, one };

// Everything but the keys. Whoever publishes a JWK Set signs other tokens under these keys besides, for others and for
// other ends; one key that was handed over is as often that of an application of one's own.
std::shared_ptr<Trust> make_trust(const GuardOptions& options, KeysAre keys) {
    check_options(options);
    auto trust = std::make_shared<Trust>();
    const bool is_published = keys == KeysAre::a_set;
    trust->leeway = options.leeway;
    trust->audience_is_default = is_published && !options.audience;
    trust->expectations.issuer = options.issuer;
    // RFC 9068 §4: a resource server looks for itself in `aud`; where nobody said what it is called, for the issuer,
    // as Keyhold's tokens have it.
    trust->expectations.audience = options.audience.value_or(is_published ? options.issuer : "");
    trust->expectations.type = options.type.value_or(is_published ? "at+jwt" : "");
    trust->expectations.leeway = options.expiry_leeway;
    trust->expectations.issuer_ahead = options.leeway;
    trust->client = std::make_unique<net::HttpsClient>(net::HttpsOptions{options.ca_file, options.timeout});
    if (!options.introspection) return trust;
    const Introspection& asked = *options.introspection;
    if (asked.client_id.empty()) throw std::invalid_argument("introspection: client_id is empty");
    if (!asked.endpoint.empty()) trust->introspection_endpoint = require_url(asked.endpoint, options);
    const auto endpoint = [&known = trust->introspection_endpoint, &mutex = trust->mutex] {
        const std::lock_guard lock(mutex);
        return known;
    };
    trust->introspector =
        std::make_unique<Introspector>(*trust->client, endpoint, asked.client_id, asked.client_secret);
    return trust;
}

// Follows the feed that `url` names, or discovery finds. The keys come later.
void add_feed(Trust& trust, const GuardOptions& options) {
    if (!options.follow_revocations) {
        if (options.revocations_stale_after.count() > 0)
            throw std::invalid_argument("revocations_stale_after: nobody follows what was revoked");
        return;
    }
    const auto wait = options.revocations_stale_after.count() == 0
                          ? longest_wait
                          // Half of it, so that one answer may be lost before nobody is let in.
                          : std::clamp(options.revocations_stale_after / 2, std::chrono::seconds(1), longest_wait);
    trust.stale_after = options.revocations_stale_after;
    trust.feed_client =
        // The issuer may wait for so long before it answers.
        std::make_unique<net::HttpsClient>(net::HttpsOptions{options.ca_file, options.timeout + longest_wait});
    RevocationFeed::Ways ways;
    ways.ask = [&client = *trust.feed_client, plain_http = plain_http_of(options)](
                   const std::string& url, std::optional<std::int64_t> after, std::chrono::seconds longest) {
        return fetch_revocations(client, net::parse_url(url, plain_http).value(), after, longest);
    };
    ways.verify = [&trust](std::string_view token, const std::string& url) -> Result<jose::VerifiedToken> {
        jose::Expectations demanded;
        demanded.issuer = trust.expectations.issuer;
        demanded.audience = url;
        demanded.type = "revocations+jwt";
        demanded.leeway = demanded.issuer_ahead = trust.leeway;
        // Dates in signed answers are the issuer's, by the wall clock.
        auto verified = trust.verify_answer(token, demanded, SystemClock().now());
        if (!verified) return verified.error();
        return std::move(verified->token);
    };
    ways.keys_changed = [&trust] { trust.keys->look_again(); };
    trust.feed = std::make_unique<RevocationFeed>(std::move(ways), RevocationFeed::Times{options.expiry_leeway, wait});
}

void require_endpoint(const Trust& trust) {
    if (trust.introspector && !trust.introspection_endpoint)
        throw std::invalid_argument("introspection: nothing but from_issuer() can find the endpoint; name it");
}

template <class Error>
jose::KeySet value_or_throw(Result<jose::KeySet> keys, const std::string& whose) {
    if (!keys) throw Error(whose + std::string(keys.error().detail()));
    return std::move(*keys);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(max_file + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad() || (!file && !file.eof())) throw InvalidKey(path + ": cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > max_file) throw InvalidKey(path + ": over 1 MiB");
    return text;
}

bool is_bearer(std::optional<std::string_view> token_type) {
    return token_type && ascii_lower(*token_type) == "bearer";
}

// Whether a token that was refused may be under a key that we have not seen yet.
bool may_be_of_a_new_key(const Error& refusal, std::string_view token) {
    if (refusal.errc() == errors::token_key_unknown) return true;
    if (refusal.errc() != errors::token_signature) return false;
    const auto parts = jose::split(token);
    const auto header = parts ? jose::parse_header(parts->header) : Result<jose::Header>(parts.error());
    // A token without `kid` is tried under every key; a new one is not among them.
    return header && !header->kid;
}

}  // namespace

Result<Trust::Verified> Trust::verify(std::string_view token, Time now) const {
    return verify(token, expectations, now, Whose::a_strangers);
}

Result<Trust::Verified> Trust::verify_answer(std::string_view token, const jose::Expectations& demanded,
                                             Time now) const {
    return verify(token, demanded, now, Whose::the_issuers);
}

Result<Trust::Verified> Trust::verify(std::string_view token, const jose::Expectations& demanded, Time now,
                                      Whose whose) const {
    const auto verify_under = [&](const std::shared_ptr<const Keys>& with) -> Result<Verified> {
        if (!with) return errors::store_unavailable;
        auto verified = jose::verify(token, with->set, demanded, now);
        if (!verified) return verified.error();
        return Verified{std::move(*verified), with->version};
    };
    const auto before = keys->keys();
    auto verified = verify_under(before);
    if (verified || !before || !may_be_of_a_new_key(verified.error(), token)) return verified;
    if (whose == Whose::the_issuers)
        keys->look_again_and_wait();
    else
        keys->ask_again();
    const auto after = keys->keys();
    if (!after || after->version != before->version) return verify_under(after);
    // The issuer may have a key that we could not be told of: then nobody can say that the token is bad.
    if (verified.error().errc() == errors::token_key_unknown && !keys->trouble().empty())
        return errors::store_unavailable;
    return verified;
}

Result<LiveToken> Trust::introspect(std::string_view token, Time now) const {
    auto live = introspector->ask(token);
    if (!live) return live;
    // RFC 7662 §2.2: `iss`, `aud` and `exp` may be left out, as it is the issuer itself who says that the token is
    // live. Whoever named an audience of his own wants to see it.
    jose::Expectations demanded = expectations;
    demanded.expiry_required = false;
    if (!live->claims.find("iss")) demanded.issuer.clear();
    if (audience_is_default && !live->claims.find("aud")) demanded.audience.clear();
    // A refresh token is live, too, and opens nothing here. RFC 6749 §7.1: the word's case does not matter.
    const auto kind = live->claims.find("token_type");
    if (kind && !is_bearer(kind->string())) return errors::token_claims;
    if (auto checked = jose::check_claims(live->claims, demanded, now); !checked) return checked.error();
    return live;
}

std::string Trust::trouble() const {
    std::string all = keys->trouble();
    for (const std::string& one :
         {introspector ? introspector->trouble() : std::string(), feed ? feed->trouble() : std::string()}) {
        if (!all.empty() && !one.empty()) all += "; ";
        all += one;
    }
    return all;
}

std::shared_ptr<Trust> trust_issuer(std::string_view issuer, GuardOptions options) {
    const net::Url url = require_url(issuer, options);
    if (!options.issuer.empty() && options.issuer != issuer)
        throw std::invalid_argument("the issuer's URL and options.issuer differ");
    options.issuer = issuer;
    auto trust = make_trust(options, KeysAre::a_set);
    add_feed(*trust, options);
    Trust& self = *trust;  // the key source, whose these functions are, goes with it
    const bool finds_endpoint = options.introspection && options.introspection->endpoint.empty();
    const auto fetch = [&self, url, finds_endpoint, plain_http = plain_http_of(options)] {
        const Endpoints found = discover(*self.client, url, plain_http);
        if (finds_endpoint) {
            const std::lock_guard lock(self.mutex);
            self.introspection_endpoint = found.introspection;
        }
        if (self.feed && found.revocations) self.feed->found(found.revocations->text);
        if (found.keys) return fetch_keys(*self.client, *found.keys);
        // An issuer whose tokens are opaque has no keys to show.
        if (self.introspector) return std::string(R"({"keys":[]})");
        throw BadAnswer(url.text + ": its discovery document has no jwks_uri");
    };
    const auto read = [where = url.text + ": "](const std::string& text) {
        return value_or_throw<BadAnswer>(read_published_keys(text), where);
    };
    trust->keys = std::make_unique<KeySource>(fetch, read, times_of(options));
    if (trust->feed) trust->feed->begin();
    return trust;
}

std::shared_ptr<Trust> trust_jwks(std::string_view url, GuardOptions options) {
    const net::Url where = require_url(url, options);
    auto trust = make_trust(options, KeysAre::a_set);
    require_endpoint(*trust);
    const auto fetch = [&client = *trust->client, where] { return fetch_keys(client, where); };
    const auto read = [name = where.text + ": "](const std::string& text) {
        return value_or_throw<BadAnswer>(read_published_keys(text), name);
    };
    trust->keys = std::make_unique<KeySource>(fetch, read, times_of(options));
    return trust;
}

std::shared_ptr<Trust> trust_file(const std::string& path, GuardOptions options) {
    auto trust = make_trust(options, KeysAre::a_set);
    require_endpoint(*trust);
    const auto fetch = [path] { return read_file(path); };
    const auto read = [path](const std::string& text) {
        return value_or_throw<InvalidKey>(jose::parse_jwks(text), path + ": ");
    };
    trust->keys = std::make_unique<KeySource>(fetch, read, times_of(options));
    if (trust->keys->version() == 0) throw InvalidKey(trust->keys->trouble());
    return trust;
}

std::shared_ptr<Trust> trust_keys(Result<jose::KeySet> keys, GuardOptions options) {
    auto trust = make_trust(options, KeysAre::one);
    require_endpoint(*trust);
    trust->keys = std::make_unique<KeySource>(value_or_throw<InvalidKey>(std::move(keys), ""));
    return trust;
}

}  // namespace keyhold::guard
