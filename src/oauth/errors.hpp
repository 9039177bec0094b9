// SPDX-License-Identifier: Apache-2.0
// What the endpoints for people refuse, on a page, as nobody can be sent back; userinfo; and /oauth/par, in the words
// of RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
#pragma once

#include "domain/clients/client_errors.hpp"

namespace keyhold::errors {

// clang-format off
inline constexpr ErrorRow invalid_authorization_request{400, Exit::failed, "invalid_authorization_request", "Bad Request", "The application that sent you here asked for something that cannot be", "invalid_request"};
inline constexpr ErrorRow invalid_logout_request{400, Exit::failed, "invalid_logout_request", "Bad Request", "The application that sent you here said something about itself or about you that is not right, so nothing was done", "invalid_request"};
inline constexpr ErrorRow limited_session{403, Exit::not_allowed, "limited_session", "Forbidden", "You are signed in for some things only, so you cannot let an application act for you"};
inline constexpr ErrorRow token_repeated{400, Exit::failed, "token_repeated", "Bad Request", "The access token has to come once, in one way: in the field Authorization or in the form (RFC 6750, section 2)", "invalid_request"};
inline constexpr ErrorRow unsupported_response_type{400, Exit::failed, "unsupported_response_type", "Bad Request", "There is no such response_type here", "unsupported_response_type"};
inline constexpr ErrorRow unmet_authentication_requirements{400, Exit::failed, "unmet_authentication_requirements", "Bad Request", "Nobody is authenticated by any of these acr here", "unmet_authentication_requirements"};
inline constexpr ErrorRow request_not_supported{400, Exit::failed, "request_not_supported", "Bad Request", "Request objects are not understood", "request_not_supported"};
inline constexpr ErrorRow registration_not_supported{400, Exit::failed, "registration_not_supported", "Bad Request", "The parameter registration is not understood", "registration_not_supported"};
inline constexpr ErrorRow invalid_request_object{400, Exit::failed, "invalid_request_object", "Bad Request", "The request object cannot be used", "invalid_request_object"};
// clang-format on

}  // namespace keyhold::errors
