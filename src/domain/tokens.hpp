// Access tokens: made after a log-in, read at every protected route.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "domain/liveness.hpp"
#include "jose/jwt.hpp"
#include "store/account_store.hpp"

namespace keyhold::domain {

struct IssuedToken {
    std::string access_token;
    std::chrono::seconds expires_in;
};

// How `sub` names an account (DESIGN §2).
enum class Subject {
    username,  // the tutorial's way, with SECRET_KEY: `sub` is the username
    id,        // with keys of our own: `sub` is the account's id
};

struct TokenRules {
    std::chrono::seconds lifetime{30 * 60};
    std::string issuer;  // empty: no `iss` is written, none is asked for
    Subject subject = Subject::username;
};

class Tokens {
public:
    // `keys`: the first signs, all of them verify.
    Tokens(const jose::KeySet& keys, Liveness& liveness, const Clock& clock, Random& random, TokenRules rules);

    // Claims: sub, uid (the account's id; only where sub is the username), iat, exp, jti, iss if configured.
    IssuedToken issue(const store::Account& account);

    // Who a bearer token stands for. Refused: the token_* rows. A token that carries `uid` stands for that
    // account only, so an old token does not open a name that was registered anew; one without (the
    // tutorial's) is looked up by name, and must spell it as the account does.
    Result<std::shared_ptr<const LiveAccount>> authenticate(std::string_view token);

private:
    // Null if there is no such account.
    Result<std::shared_ptr<const LiveAccount>> find_account(const jose::VerifiedToken& token);

    const jose::KeySet& keys_;
    Liveness& liveness_;
    const Clock& clock_;
    Random& random_;
    TokenRules rules_;
    jose::Expectations expectations_;
};

}  // namespace keyhold::domain
