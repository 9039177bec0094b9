// SPDX-License-Identifier: Apache-2.0
// The sentences that `keyhold token inspect` says of a token, with its times, names and keys in them.
#pragma once

#include <optional>
#include <string>

#include "cli/tools/token_inspect.hpp"
#include "jose/jws.hpp"

namespace keyhold::cli {

// The same refusal of the claims with what this token says.
Error in_figures(const Error& refusal, const json::Value& claims, const jose::Expectations& expectations, Time now);

// That none of the keys is the one that the header asks for; there are keys.
Error unknown_key(const jose::Header& header, const Knowledge& knowledge);

// That the signature is wrong under the keys that fit the header; there is one.
Error wrong_signature(const jose::Header& header, const jose::KeySet& keys);

// What is said of a token that nothing speaks against. `key` has signed it; null: its signature was not checked.
std::string praise_for(const std::optional<json::Value>& claims, const jose::Key* key, Time now);

}  // namespace keyhold::cli
