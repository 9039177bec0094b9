// SPDX-License-Identifier: Apache-2.0
// The rules of [[protect]]: which scopes a person needs for a host and a path behind a proxy (docs/forward-auth.md).
#include "oauth/authorization/protect_rules.hpp"

#include <algorithm>
#include <array>

#include "base/errors.hpp"
#include "base/text.hpp"
#include "http/form.hpp"

namespace keyhold::oauth {
namespace {

// Rules are settings, so a wrong one keeps the server from starting.
Error refuse_rule(std::string why) { return {errors::configuration, std::move(why)}; }

// Letters are small, since names of hosts are compared as bytes; ':' and brackets are for ports and IPv6.
bool is_of_host(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
}

// Also refuses a path that no request could have after plain_path(): its rule would never hold.
std::vector<Error> check(const ProtectRule& rule) {
    std::vector<Error> wrong;
    if (rule.host.empty() || !std::ranges::all_of(rule.host, is_of_host))
        wrong.push_back(refuse_rule("host '" + rule.host + "' is none, in small letters, as wiki.example.com is"));
    if (plain_path(rule.path) != rule.path)
        wrong.push_back(refuse_rule("path '" + rule.path + "' is no path, as /reports is"));
    if (rule.anybody && !rule.scopes.empty())
        wrong.push_back(refuse_rule("scopes are for who is signed in, and anybody may"));
    return wrong;
}

// "/a" holds "/a" and "/a/b", and not "/ab".
bool is_below(std::string_view path, std::string_view of) {
    if (of.ends_with('/')) of.remove_suffix(1);
    return path.starts_with(of) && (path.size() == of.size() || path[of.size()] == '/');
}

// As applications read a path that take "/Admin" for "/admin" (Express, IIS), or "/admin." and "/admin " (Windows).
std::string read_loosely(std::string_view path) {
    std::string loose;
    const auto drop_end = [&] {
        while (loose.ends_with('.') || loose.ends_with(' ')) loose.pop_back();
    };
    for (const char c : ascii_lower(path)) {
        if (c == '/') drop_end();
        loose += c;
    }
    drop_end();
    return loose;
}

// A rule that asks for something holds whatever an application could take for its path. One that lets anybody in holds
// its path as it is written.
bool is_for(const ProtectRule& rule, std::string_view path) {
    return rule.anybody ? is_below(path, rule.path) : is_below(read_loosely(path), read_loosely(rule.path));
}

}  // namespace

const Section& protect_section() {
    static const Section section = make_list_section<ProtectRule, check>(
        "protect",
        "An application behind a proxy that asks Keyhold who may see it: [forward-auth.md](forward-auth.md).",
        protect_rule_rows);
    return section;
}

std::string plain_path(std::string_view uri) {
    const std::string_view path = uri.substr(0, uri.find('?'));
    const std::string lower = ascii_lower(path);
    // Encoded '/', '\', '.' and '%': a proxy and an application decode them at different times.
    for (const std::string_view doubtful : {"%2f", "%5c", "%2e", "%25"})
        if (lower.find(doubtful) != lower.npos) return {};
    auto decoded = http::decode_path(path);
    if (!decoded || !decoded->starts_with('/')) return {};
    // What is no UTF-8 may be '.' or '/' to an application: "%c0%ae" is an overlong '.' (RFC 3629 §3, §10).
    if (!is_utf8(*decoded)) return {};
    if (std::ranges::any_of(*decoded,
                            // ';' begins parameters of a segment for some servers, which then look at less of the
                            // path.
                            [](char c) { return is_ascii_control(c) || c == '\\' || c == '#' || c == ';'; }))
        return {};
    for (std::string_view rest = *decoded; !rest.empty();) {
        rest.remove_prefix(1);
        const std::string_view segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..") return {};
        rest.remove_prefix(segment.size());
        if (segment.empty() && !rest.empty()) return {};  // "//"
    }
    return *std::move(decoded);
}

// The rule with the longest path wins, so that a part of a host may ask for more, or less, than the rest.
const ProtectRule* find_rule(std::span<const ProtectRule> rules, std::string_view host, std::string_view path) {
    const ProtectRule* found = nullptr;
    for (const ProtectRule& rule : rules)
        if (rule.host == host && is_for(rule, path) && (found == nullptr || rule.path.size() > found->path.size()))
            found = &rule;
    return found;
}

// Cookies of ours are sent over https alone, unless the rule says otherwise for a network without it.
bool is_protected_host(std::span<const ProtectRule> rules, std::string_view scheme, std::string_view host) {
    return std::ranges::any_of(rules, [&](const ProtectRule& rule) {
        return rule.host == host && (scheme == "https" || (scheme == "http" && rule.plain_http));
    });
}

}  // namespace keyhold::oauth
