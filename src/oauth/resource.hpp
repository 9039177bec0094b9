// SPDX-License-Identifier: Apache-2.0
// Resource indicators (RFC 8707): for which API a client wants a token. All tokens of a server have one audience, so a
// client may say that one, and no token is given to whoever wants one for another.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace keyhold::oauth {

// Why a token cannot be for this resource, as a sentence of invalid_target; empty if it is. `audience` is what stands
// in access tokens as `aud` (Tokens::audience()).
std::optional<std::string> wrong_resource(std::string_view resource, std::string_view audience);

// All that a request names. Refused: invalid_target.
Result<> check_resources(std::span<const std::string> resources, std::string_view audience);

}  // namespace keyhold::oauth
