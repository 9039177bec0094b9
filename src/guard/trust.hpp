// SPDX-License-Identifier: Apache-2.0
// One issuer that a guard trusts: its keys, what its tokens must say, and how it is asked.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "guard/introspector.hpp"
#include "guard/key_source.hpp"
#include "guard/revocation_feed.hpp"
#include "jose/jwt.hpp"
#include "keyhold/guard.hpp"

namespace keyhold::guard {

// Made by one of the functions below; then of any number of threads.
struct Trust {
    jose::Expectations expectations;
    bool audience_is_default = false;  // nobody named one: it is the issuer
    std::chrono::seconds leeway;
    std::mutex mutex;
    // Named by the options, or found by discovery on the thread of `keys`.
    std::optional<net::Url> introspection_endpoint;  // under mutex
    std::unique_ptr<net::HttpsClient> client;
    std::unique_ptr<Introspector> introspector;     // null: tokens are taken at their word
    std::unique_ptr<net::HttpsClient> feed_client;  // which waits longer
    std::unique_ptr<RevocationFeed> feed;           // null: nobody tells what was revoked
    std::chrono::seconds stale_after{0};            // 0: never
    std::unique_ptr<KeySource> keys;                // last: its thread uses what stands above

    // Lets nobody wait for an answer that nobody wants any more.
    ~Trust() {
        if (client) client->stop();
        if (feed_client) feed_client->stop();
        if (feed) feed->stop();
    }

    bool is_for(std::optional<std::string_view> issuer) const {
        return expectations.issuer.empty() || expectations.issuer == issuer;
    }

    // Refused: as jose::verify(), and store_unavailable if there are no keys that are still good.
    struct Verified {
        jose::VerifiedToken token;
        std::uint64_t version;  // of the keys
    };
    Result<Verified> verify(std::string_view token, Time now) const;
    // The same for what the issuer itself has just said, with demands of its own.
    Result<Verified> verify_answer(std::string_view token, const jose::Expectations& demanded, Time now) const;

    // For a token that only the issuer can read. Refused: as Introspector::ask(), and what its claims say.
    Result<LiveToken> introspect(std::string_view token, Time now) const;

    // Whether nobody has said for too long what was revoked.
    bool is_stale() const { return stale_after.count() > 0 && feed->age() > stale_after; }

    std::string trouble() const;

private:
    // Who showed the token: strangers cause fetches within the cool-down alone.
    enum class Whose { a_strangers, the_issuers };
    Result<Verified> verify(std::string_view token, const jose::Expectations& demanded, Time now, Whose whose) const;
};

// All throw std::invalid_argument for options that cannot be, and the last ones InvalidKey.
std::shared_ptr<Trust> trust_issuer(std::string_view issuer, GuardOptions options);
std::shared_ptr<Trust> trust_jwks(std::string_view url, GuardOptions options);
std::shared_ptr<Trust> trust_file(const std::string& path, GuardOptions options);
std::shared_ptr<Trust> trust_keys(Result<jose::KeySet> keys, GuardOptions options);

}  // namespace keyhold::guard
