// SPDX-License-Identifier: Apache-2.0
// grant_type=urn:ietf:params:oauth:grant-type:device_code (RFC 8628 §3.4): a device asks whether somebody allowed it.
#include "domain/clients/device_grants.hpp"
#include "oauth/clients/grant.hpp"

namespace keyhold::oauth {

Result<domain::LoggedIn> give_for_device_code(const TokenRequest& wanted, const Asking& who,
                                              const GrantServices& services) {
    if (!wanted.device_code) return missing("device_code");
    return services.devices.redeem(wanted.device_code->reveal(), *who.registered,
                                   {who.registered->name, who.request.remote_address});
}

}  // namespace keyhold::oauth
