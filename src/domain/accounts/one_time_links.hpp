// SPDX-License-Identifier: Apache-2.0
// The links and codes in mails. Both are made of the mail's id and a key of the installation, so that nobody has to
// keep them: a mail that is sent again says the same, and whoever asks for a mail costs the same whoever it is for. The
// database has the digest of what is in a link, and of a code nothing.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "crypto/mac.hpp"
#include "store/access/throttle_store.hpp"

namespace keyhold::domain {

// Any thread.
class OneTimeLinks {
public:
    // The key is made of a secret of the database and one that is not in it, so that neither is enough. That one may be
    // empty, where an installation has none.
    OneTimeLinks(store::ThrottleStore& store, Random& random, Secret outside_of_the_database)
        : store_(store), random_(random), outside_(std::move(outside_of_the_database)) {}

    // Asks the database for its part of the key, the first time: for whoever goes on within a transaction, in which
    // nobody may ask it for anything else. Throws Unavailable; so do those that follow, the first time.
    void make_key() { (void)mac(); }

    // What a link holds: "khl_" and 43 characters of base64url.
    Secret token(std::string_view mail_id, std::string_view purpose);

    // "7K2M-9QXA": 40 bits in the alphabet of Crockford's Base32, which has no I, L, O and U.
    std::string code(std::string_view mail_id, std::string_view purpose);
    // Whether somebody has typed that code, with or without the hyphen, in whatever case, with O for 0 and I or L
    // for 1.
    bool opens(std::string_view typed, std::string_view mail_id, std::string_view purpose);

    // What the database keeps of a token.
    static std::string digest_of(std::string_view token);

    // One that no mail has: it is shown to whoever runs the server.
    static Secret fresh_token(Random& random);

private:
    const crypto::Mac& mac();

    store::ThrottleStore& store_;
    Random& random_;
    const Secret outside_;
    std::mutex mutex_;  // of the key's making
    std::unique_ptr<const crypto::Mac> mac_;
};

}  // namespace keyhold::domain
