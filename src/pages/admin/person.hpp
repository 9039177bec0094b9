// SPDX-License-Identifier: Apache-2.0
// What the pages about one account share with those about sessions.
#pragma once

#include "domain/sessions.hpp"
#include "pages/admin/routes.hpp"

namespace keyhold::pages {

// A session for {{>admin_session_facts}}.
Values shown_session(const Visit& visit, const domain::Session& session);

}  // namespace keyhold::pages
