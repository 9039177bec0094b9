// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/roles.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "domain/accounts/levels.hpp"
#include "domain/words.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t longest_name = 64;

bool is_small_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

void sort_once(std::vector<std::string>& words) {
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
}

Error invalid(const char* field, const char* why) {
    return {errors::validation_failed, std::vector{FieldError{"value_error", {"body", field}, why, {}}}};
}

Result<> check_size(const Rights& rights) {
    const std::size_t size = size_of_claims(rights);
    if (size <= most_of_claims) return {};
    return Error(errors::rights_too_large, "The roles and scopes of an account would take " + std::to_string(size) +
                                               " bytes of its tokens, and " + std::to_string(most_of_claims) +
                                               " is the most");
}

// A giver who is no owner may take nothing from administrators.
store::RoleStore::Allows allowed_to_take(Roles::Giver giver) {
    return [giver](const std::vector<store::Role>& all, const std::vector<std::string>& of_account) -> Result<> {
        if (giver == nullptr || is_owner(*giver) || !is_administrator(rights_of(all, of_account))) return {};
        return only_an_owner();
    };
}

}  // namespace

bool is_role_name(std::string_view text) {
    return !text.empty() && text.size() <= longest_name && is_small_or_digit(text.front()) &&
           std::ranges::all_of(text, [](char c) { return is_small_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

Result<std::vector<std::string>> parse_scopes(std::string_view text) {
    std::vector<std::string> scopes;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        // RFC 6749 §3.3 has one space between two; more of them are forgiven.
        if (word.empty()) continue;
        if (!is_scope(word)) return errors::invalid_scope;
        scopes.emplace_back(word);
    }
    sort_once(scopes);
    return scopes;
}

std::string text_of(const std::vector<std::string>& scopes) { return joined(scopes, " "); }

Rights rights_of(std::span<const store::Role> all, std::span<const std::string> roles) {
    Rights rights;
    for (const std::string& name : roles) {
        const auto role = std::ranges::find(all, name, &store::Role::name);
        if (role == all.end()) continue;  // it was removed a moment ago
        rights.roles.push_back(name);
        rights.scopes.insert(rights.scopes.end(), role->scopes.begin(), role->scopes.end());
    }
    sort_once(rights.roles);
    sort_once(rights.scopes);
    return rights;
}

// As the token will have them, names of the claims included, before base64url makes them a third longer.
std::size_t size_of_claims(const Rights& rights) {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("scope", text_of(rights.scopes));
    out.name("roles");
    out.begin_array();
    for (const std::string& role : rights.roles) out.value(role);
    out.end_array();
    out.end_object();
    return text.size();
}

Result<store::Role> Roles::find(std::string_view name) {
    auto role = store_.find(name);
    if (!role) return errors::role_not_found;
    return *std::move(role);
}

Result<> Roles::check_may_give(std::span<const store::Role> all, std::span<const std::string> roles, Giver giver) {
    // No giver: the operator of the server, who may give everything.
    if (giver == nullptr) return {};
    const Rights given = rights_of(all, roles);
    if (is_administrator(given) && !is_owner(*giver)) return only_an_owner();
    const auto refuse_more = [](const std::string& what) {
        return Error(errors::rights_exceeded, "Nobody gives others what he does not have himself: " + what);
    };
    for (const std::string& scope : given.scopes)
        if (!may_give(*giver, scope)) return refuse_more(scope);
    // What a role without scopes is good for, applications alone know, which read its name.
    for (const std::string& name : given.roles) {
        const auto role = std::ranges::find(all, name, &store::Role::name);
        if (role->scopes.empty() && !is_owner(*giver) && !std::ranges::binary_search(giver->roles, name))
            return refuse_more("the role " + name);
    }
    return {};
}

Result<> Roles::check(const std::vector<std::string>& roles, Giver giver) {
    const auto all = store_.list();
    for (const std::string& role : roles)
        if (std::ranges::find(all, role, &store::Role::name) == all.end()) return errors::role_not_found;
    if (auto size = check_size(rights_of(all, roles)); !size) return size;
    return check_may_give(all, roles, giver);
}

Result<store::Role> Roles::add(std::string_view name, const std::vector<std::string>& scopes, Giver giver) {
    if (!is_role_name(name))
        return invalid("role",
                       "A role is called by up to 64 small letters, digits, '-', '_' and '.', the first of "
                       "which is a letter or digit");
    for (const std::string& scope : scopes)
        if (!is_scope(scope))
            return invalid("scopes",
                           "A scope is of up to 128 printable ASCII characters, without quotes and backslashes");
    // Asked by the store within the transaction, of the role alone and of every set of roles that it is in: one of
    // them may have no room for the new scopes.
    const auto allows = [&](const std::vector<store::Role>& all,
                            const std::vector<std::string>& of_account) -> Result<> {
        const Rights rights = rights_of(all, of_account);
        if (auto size = check_size(rights); !size) return size;
        // A role that already grants more than the giver has is not his to widen.
        return check_may_give(all, std::vector{std::string(name)}, giver);
    };
    if (auto added = store_.add({std::string(name), scopes, clock_.now()}, allows); !added)
        return std::move(added).error();
    return find(name);
}

std::string version_of(const store::Role& role) {
    std::string text;
    json::Writer out(text);
    out.begin_array();
    out.value(role.name);
    out.value(std::int64_t{role.created_at.time_since_epoch().count()});
    for (const std::string& scope : role.scopes) out.value(scope);
    out.end_array();
    constexpr std::size_t enough = 16;  // bytes of the digest
    return base64url::encode(crypto::sha256(text).substr(0, enough));
}

Result<> Roles::remove(std::string_view name, const std::vector<std::string>& scopes, Giver giver,
                       const std::string* seen) {
    const bool takes_admin = scopes.empty() || std::ranges::find(scopes, admin_scope) != scopes.end();
    // Else nobody could administer any more, and only the command line would help.
    if (name == admin_role && takes_admin) return errors::role_kept;
    const auto allows = [name, seen, may_take = allowed_to_take(giver)](
                            const std::vector<store::Role>& all,
                            const std::vector<std::string>& of_account) -> Result<> {
        const auto role = std::ranges::find(all, name, &store::Role::name);
        if (seen != nullptr && (role == all.end() || version_of(*role) != *seen)) return errors::precondition_failed;
        return may_take(all, of_account);
    };
    return scopes.empty() ? store_.remove(name, allows) : store_.remove_scopes(name, scopes, allows);
}

namespace {

// The claims of the roles together must not be too large, and the giver must have what the account gets beyond `has`.
auto allowed_by(Roles::Giver giver, std::vector<std::string> has) {
    return [giver, has = std::move(has)](const std::vector<store::Role>& all,
                                         const std::vector<std::string>& roles) -> Result<> {
        if (auto size = check_size(rights_of(all, roles)); !size) return size;
        std::vector<std::string> fresh;
        for (const std::string& role : roles)
            if (std::ranges::find(has, role) == has.end()) fresh.push_back(role);
        return Roles::check_may_give(all, fresh, giver);
    };
}

}  // namespace

store::RolesToGive Roles::to_give(std::vector<std::string> roles, Giver giver) {
    sort_once(roles);
    return {std::move(roles), allowed_by(giver, {})};
}

Result<> Roles::grant(std::string_view account_id, std::string_view role, Giver giver) {
    // The rights that the account has already are checked like new ones (`has` is empty).
    return store_.grant(account_id, role, allowed_by(giver, {}), clock_.now());
}

Result<> Roles::revoke(std::string_view account_id, std::string_view role) { return store_.revoke(account_id, role); }

Result<> Roles::replace(std::string_view account_id, std::vector<std::string> expected, std::vector<std::string> roles,
                        Giver giver, const store::Account* seen) {
    sort_once(expected);
    sort_once(roles);
    const auto allows = allowed_by(giver, expected);
    return store_.replace({account_id, std::move(expected), std::move(roles), admin_role, clock_.now(), seen}, allows);
}

}  // namespace keyhold::domain
