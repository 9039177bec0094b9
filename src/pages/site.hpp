// SPDX-License-Identifier: Apache-2.0
// What the pages say of this server: a service of theirs.
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "domain/registration.hpp"
#include "pages/render.hpp"

namespace keyhold::pages {

struct Site {
    bool development = false;  // it runs as `keyhold dev`
    domain::RegistrationPolicy registration = domain::RegistrationPolicy::open;
    Random& random;
    const Clock& clock;
    std::string brand = "Keyhold";
    std::vector<std::string> security_contact = {};  // URIs of RFC 9116: "mailto:security@example.com"
    const Templates& templates = Templates::built_in();
};

}  // namespace keyhold::pages
