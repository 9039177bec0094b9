// SPDX-License-Identifier: Apache-2.0
// That the password was shown on the way to a request, and not for something else a moment before: what `prompt=login`
// and `max_age` ask for (OpenID Connect Core §3.1.2.1).
//
// It is a parameter of the way back, made when the sign-in page has taken the password. An HMAC under the key of the
// session, which stays in the database, over the request and the time: no link of somebody else's can carry one, nobody
// who sits at the browser can make one, and it is over with the session or the next time that the password is shown.
#pragma once

#include <string>
#include <string_view>

#include "domain/sessions/sessions.hpp"

namespace keyhold::pages {

inline constexpr std::string_view sign_in_proof_field = "keyhold_signed_in";

// `way` is the path and the query of the request, without the proof.
std::string proof_of_sign_in(const domain::Session& session, std::string_view way);
bool is_proof_of_sign_in(std::string_view proof, const domain::Session& session, std::string_view way);

}  // namespace keyhold::pages
