// SPDX-License-Identifier: Apache-2.0
// Tries a proxy that asks Keyhold (docs/forward-auth.md) with what somebody would send who wants to get past it.
#pragma once

#include <string>
#include <vector>

#include "base/secret.hpp"
#include "cli/tools/stand_in.hpp"
#include "net/https_client.hpp"
#include "net/url.hpp"

namespace keyhold::cli {

struct ProxyFinding {
    enum class Verdict { good, bad, unknown } verdict;
    std::string tried;  // "X-Auth-Subject sent by a client"
    std::string came;   // "401, as without it"
};

struct ProxyTarget {
    net::Url url;
    Secret token;                    // of somebody who may; empty: nobody's
    StandIn* application = nullptr;  // in the place of the real one; null: nobody sees what arrives
};

// Throws net::Unreachable.
// Sends some thirty requests, one after the other; none of them changes anything at an application that obeys HTTP.
std::vector<ProxyFinding> check_proxy(net::HttpsClient& client, const ProxyTarget& target);

}  // namespace keyhold::cli
