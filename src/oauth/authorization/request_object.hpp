// SPDX-License-Identifier: Apache-2.0
// Parameters of the authorization endpoint that came in a JWT (OpenID Connect Core §6).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "domain/clients/request_objects.hpp"
#include "http/incoming.hpp"

namespace keyhold::oauth {

// By value or by an address; one that /oauth/par gave is none of these.
bool has_request_object(const http::FormFields& fields);

// OpenID Connect Core §3.1.2.6: invalid_request, invalid_request_object or invalid_request_uri, and why.
using ObjectRefusal = std::pair<std::string_view, std::string>;

// The parameters with those of the object in place of their namesakes (§6.1), and without the object: from here on they
// are as if the person had come with them. So what a client publishes elsewhere after a person has agreed to it changes
// nothing. Not on an I/O thread.
std::variant<http::FormFields, ObjectRefusal> with_request_object(const http::FormFields& fields,
                                                                  const domain::RegisteredClient& client,
                                                                  domain::RequestObjects& objects);

}  // namespace keyhold::oauth
