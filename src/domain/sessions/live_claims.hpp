// SPDX-License-Identifier: Apache-2.0
// What of our tokens follows their account: written when a token is issued, and as it is then at introspection.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/subject.hpp"

namespace keyhold::domain {

// What the rows below are written of.
struct LiveFacts {
    const store::Subject& account;
    std::string_view client_id;                       // of the OAuth client that the token is for; empty: a log-in's
    std::string scope = {};                           // RFC 6749 §3.3: a scope has a word at least; empty: none
    const std::vector<std::string>* roles = nullptr;  // null: the token names none
};

struct LiveClaim {
    std::string_view name;
    // JSON; empty: the token does not say it.
    std::string (*value)(const LiveFacts& facts);
};

inline constexpr std::array live_claims_of_ours{
    LiveClaim{"scope",
              [](const LiveFacts& facts) {
                  std::string text;
                  if (!facts.scope.empty()) json::Writer(text).value(facts.scope);
                  return text;
              }},
    LiveClaim{"roles",
              [](const LiveFacts& facts) {
                  std::string text;
                  if (facts.roles == nullptr) return text;
                  json::Writer writer(text);
                  writer.begin_array();
                  for (const std::string& role : *facts.roles) writer.value(role);
                  writer.end_array();
                  return text;
              }},
};

}  // namespace keyhold::domain
