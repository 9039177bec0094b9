// SPDX-License-Identifier: Apache-2.0
// Refusals of OAuth's endpoints: RFC 6749 §5.2, as JSON that its client libraries read.
#pragma once

#include "http/openapi.hpp"
#include "http/problem.hpp"

namespace keyhold::oauth {

// 400, `error` and an `error_description` about this error. 401 with WWW-Authenticate for invalid_client, if the client
// tried the Authorization field. What is no matter of OAuth keeps its status (404, 405, 415, 429, 500, 503), with
// Retry-After and the rest where another try is worth it.
void refuse(http::Response& response, const Error& error, const http::Request& request);

// The same for RFC 7662 §2.3, where invalid_client is always 401.
void refuse_introspection(http::Response& response, const Error& error, const http::Request& request);

// The same for RFC 7591 §3.2.2 and RFC 7592 §2: invalid_client_metadata for what is wrong with the body; 401 for a
// wrong token.
void refuse_registration(http::Response& response, const Error& error, const http::Request& request);

http::RefusalShape refusal_shape();
http::RefusalShape registration_refusal_shape();

}  // namespace keyhold::oauth
