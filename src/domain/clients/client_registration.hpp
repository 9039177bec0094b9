// SPDX-License-Identifier: Apache-2.0
// Clients that register themselves (RFC 7591) and look after what is registered of them (RFC 7592).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/clients/registered_clients.hpp"
#include "domain/passwords/address_allowance.hpp"

namespace keyhold::domain {

struct ClientRegistrationRules {
    bool is_open = false;
    Secret initial_token;  // RFC 7591 §1.2; empty: nobody has to show one
    // Of confidential clients; public ones need it always.
    bool needs_pkce = true;
    bool allows_implicit = false;
};

// Any thread.
class ClientRegistration {
public:
    ClientRegistration(RegisteredClients& clients, const Clock& clock, ClientRegistrationRules rules);

    bool is_open() const { return rules_.is_open; }

    // `token` is what was shown, empty if nothing was. What nobody decides about himself is taken out of the wish: to
    // be first-party, to have scopes of others. Refused: not_found, where nobody may; token_malformed for a wrong
    // initial token; too_many_registrations; validation_failed and invalid_redirect_uri with the reason.
    Result<NewClient> add(ClientWish wish, std::string_view token, std::string_view address);

    // The client whose registration token this is (RFC 7592 §2). Refused: token_malformed, for whatever is wrong.
    Result<RegisteredClient> find(std::string_view id, std::string_view token) const;

    // In the place of what is registered; secret and token stay (§2.2). Refused: as add(), with which it shares the
    // allowance: to look at keys costs as much, and every node hears of the change.
    Result<RegisteredClient> replace(const RegisteredClient& client, ClientWish wish, std::string_view address);

private:
    Result<> spend(std::string_view address);
    Result<> check(ClientWish& wish) const;
    RegisteredClients& clients_;
    const Clock& clock_;
    const ClientRegistrationRules rules_;
    AddressAllowance addresses_;
};

}  // namespace keyhold::domain
