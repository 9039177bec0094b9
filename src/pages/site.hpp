// SPDX-License-Identifier: Apache-2.0
// What the pages say of this server: a service of theirs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/random.hpp"
#include "domain/accounts/login_name.hpp"
#include "domain/accounts/registration.hpp"
#include "domain/server_facts.hpp"
#include "http/routes/cors.hpp"
#include "pages/logo.hpp"
#include "pages/render.hpp"
#include "pages/settings.hpp"

namespace keyhold::pages {

// Throws std::runtime_error if a file of templates_dir has become worse since the settings were checked.
std::unique_ptr<const Templates> templates_of(const PageSettings& settings);
// Throws likewise.
Logo logo_of(const PageSettings& settings);
// A stylesheet; empty if the colour is the one that web/pages/style.css has.
std::string accent_of(const PageSettings& settings);
// "pages/<digest>/accent.css", or empty.
std::string path_of_accent(const std::string& style);

// Made once at the start, read by any thread. The references must outlive it.
struct Site {
    const PageSettings& settings;
    const std::string& program;  // whose commands are shown
    // Where it runs as `keyhold dev`: `/` says how to begin.
    std::optional<domain::Development> development;
    bool has_administration;  // /admin is where the other pages are, and not at a listener of its own alone
    domain::RegistrationPolicy registration;
    const std::vector<std::string>& registration_domains;  // whose addresses may, where the policy is domains
    domain::LoginWith login_with;                          // what people sign in with: the label of the field says so
    std::string links_begin_with;  // "https://id.example.org": what is handed over leads there; empty: as we are called
    bool sends_mails;              // so that whoever forgot a password can be helped
    bool has_inbox;                // mails are shown at /dev/inbox instead
    std::span<const Errc> errors;  // every refusal that there is, for /problems
    Random& random;
    const Clock& clock;
    const http::Cors& cors;  // whose pages may use cookies here: a person may go back to them

    std::unique_ptr<const Templates> loaded_templates = templates_of(settings);
    const Templates& templates = *loaded_templates;
    Logo logo = logo_of(settings);
    std::string accent = accent_of(settings);
    std::string accent_path = path_of_accent(accent);
};

}  // namespace keyhold::pages
