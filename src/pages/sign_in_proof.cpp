// SPDX-License-Identifier: Apache-2.0
#include "pages/sign_in_proof.hpp"

#include "base/base64url.hpp"
#include "crypto/equal.hpp"
#include "crypto/mac.hpp"

namespace keyhold::pages {

std::string proof_of_sign_in(const domain::Session& session, std::string_view way) {
    // The same key tells used refresh tokens from invented ones; no message of theirs has 48 bytes or begins so.
    const crypto::Mac mac("SHA256", session.family_key);
    const std::int64_t shown_at = session.last_authenticated().time_since_epoch().count();
    const auto code = mac.compute("signed in " + std::to_string(shown_at) + " for " + std::string(way));
    return base64url::encode({code.data(), mac.size()});
}

bool is_proof_of_sign_in(std::string_view proof, const domain::Session& session, std::string_view way) {
    return !proof.empty() && crypto::equal(proof, proof_of_sign_in(session, way));
}

}  // namespace keyhold::pages
