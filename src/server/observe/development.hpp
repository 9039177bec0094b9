// SPDX-License-Identifier: Apache-2.0
// What whoever tries the server out should know of how it was started.
#pragma once

#include "base/clock.hpp"
#include "domain/server_facts.hpp"
#include "server/settings/settings.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {

domain::Development development_of(const Settings& settings, const SigningKeys& keys, Time now);

}  // namespace keyhold::server
