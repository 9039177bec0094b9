// Proof that a request came with a live bearer token (RFC 6750 §2.1). A handler that takes a CurrentUser has
// nothing left to check.
#pragma once

#include <memory>
#include <string>

#include "api/services.hpp"
#include "http/extract.hpp"

namespace keyhold::api {

class CurrentUser {
public:
    const std::string& id() const { return account_->id; }
    const std::string& username() const { return account_->username; }

private:
    friend struct http::Extract<CurrentUser>;
    explicit CurrentUser(std::shared_ptr<const domain::LiveAccount> account) : account_(std::move(account)) {}
    std::shared_ptr<const domain::LiveAccount> account_;
};

}  // namespace keyhold::api

namespace keyhold::http {

template <>
struct Extract<api::CurrentUser> {
    // Refused: not_authenticated without a bearer token; the token_* rows for one that is not good.
    static Result<api::CurrentUser> from(const Request& request, api::Services& services);
    static void describe(Operation& operation);
};

}  // namespace keyhold::http
