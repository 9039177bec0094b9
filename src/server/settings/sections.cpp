// SPDX-License-Identifier: Apache-2.0
// The sections of keyhold.toml. Each is declared beside its feature; here they are listed.
#include "domain/accounts/account_closing.hpp"
#include "domain/accounts/recovery.hpp"
#include "domain/clients/clients.hpp"
#include "domain/event_chain.hpp"
#include "mail/settings.hpp"
#include "oauth/authorization/protect_rules.hpp"
#include "oauth/settings.hpp"
#include "pages/settings.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

std::span<const Section* const> sections() {
    static const Section* const all[]{&domain::client_section(),   &domain::event_section(),  &mail::section(),
                                      &oauth::section(),           &oauth::protect_section(), &pages::page_section(),
                                      &domain::recovery_section(), &domain::closing_section()};
    return all;
}

}  // namespace keyhold::server
