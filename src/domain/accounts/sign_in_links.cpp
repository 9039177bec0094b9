// SPDX-License-Identifier: Apache-2.0
// Links that sign somebody in who is locked out. Whoever looks after the server makes them; no mail is needed.
#include "base/id.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/errors.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

namespace {

constexpr std::string_view sign_in_purpose = "sign_in";

}  // namespace

Result<Recovery::SignInLink> Recovery::find_sign_in_link(std::string_view token) {
    const store::SecretUse use{OneTimeLinks::digest_of(token), std::string(sign_in_purpose), clock_.now()};
    const auto secret = store_.find_usable(use);
    if (!secret) return errors::one_time_secret_invalid;
    auto account = accounts_.find_by_id(secret->subject);
    if (!account || account->disabled) return errors::one_time_secret_invalid;
    return SignInLink{*std::move(account), use};
}

NewSignInLink make_sign_in_link(const store::Stores& stores, const Account& account, Time now, Random& random) {
    constexpr std::chrono::minutes life{30};
    NewSignInLink made{OneTimeLinks::fresh_token(random), now + life};
    store::RecoveryStore(stores.database)
        .offer({{.digest = OneTimeLinks::digest_of(made.token.reveal()),
                 .purpose = std::string(sign_in_purpose),
                 .account_id = {},
                 .address = {},
                 .attempts = 0,
                 .expires_at = made.expires_at,
                 .used_at = {},
                 .subject = account.id,
                 .mail_id = make_id(now, random)}},
               now);
    return made;
}

}  // namespace keyhold::domain
