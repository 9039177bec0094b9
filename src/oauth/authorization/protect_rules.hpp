// SPDX-License-Identifier: Apache-2.0
// Which applications behind a proxy are protected, and who may see them: the tables [[protect]] of keyhold.toml
// (docs/forward-auth.md).
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/setting.hpp"

namespace keyhold::oauth {

struct ProtectRule {
    std::string host;                 // "wiki.example.com"
    std::string path = "/";           // and everything below it
    std::vector<std::string> scopes;  // all of which a person has to have; empty: whoever has signed in
    bool anybody = false;             // who is not signed in may see it, too
    bool plain_http = false;          // it is reached without TLS: on one's own machine
};

// One for each member: what it is called, what it is where nothing is said, and what it means.
// clang-format off
inline constexpr std::array protect_rule_rows{
    setting<&ProtectRule::host>("protect_host", "", "The host of the application, as browsers know it, with its port if it has one of its own"),
    setting<&ProtectRule::path>("protect_path", "/", "What the rule is for, and everything below it; the longest one that fits decides"),
    setting<&ProtectRule::scopes>("protect_scopes", "", "Scopes that a person has to have, all of them; none: whoever is signed in"),
    setting<&ProtectRule::anybody>("protect_anybody", "false", "Whoever is not signed in may see it, too"),
    setting<&ProtectRule::plain_http>("protect_plain_http", "false", "The host is reached by http, to try it out: elsewhere codes and cookies could be read on the way"),
};
// clang-format on
const Section& protect_section();

// What a browser may have asked for: a path that everybody reads alike. Decoded; empty for anything else: a segment of
// dots, an encoded '/' or '\', controls, what is not well encoded.
std::string plain_path(std::string_view uri);

// The rule for it: of those for the host, the one with the longest path. Null: nobody said that it may be seen.
const ProtectRule* find_rule(std::span<const ProtectRule> rules, std::string_view host, std::string_view path);

// Whether some rule is for this host, as it is reached: "https", or "http" where a rule says plain_http. A code that is
// sent without TLS is anybody's on the way.
bool is_protected_host(std::span<const ProtectRule> rules, std::string_view scheme, std::string_view host);

}  // namespace keyhold::oauth
