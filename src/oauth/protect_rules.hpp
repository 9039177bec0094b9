// SPDX-License-Identifier: Apache-2.0
// Which applications behind a proxy are protected, and who may see them: the tables [[protect]] of keyhold.toml
// (docs/forward-auth.md).
#pragma once

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
};

const Section& protect_section();

// What a browser may have asked for: a path that everybody reads alike. Decoded; empty for anything else: a segment of
// dots, an encoded '/' or '\', controls, what is not well encoded.
std::string plain_path(std::string_view uri);

// The rule for it: of those for the host, the one with the longest path. Null: nobody said that it may be seen.
const ProtectRule* find_rule(std::span<const ProtectRule> rules, std::string_view host, std::string_view path);

// Whether some rule is for this host.
bool is_protected_host(std::span<const ProtectRule> rules, std::string_view host);

}  // namespace keyhold::oauth
