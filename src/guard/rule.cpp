// SPDX-License-Identifier: Apache-2.0
// What a route demands of a token: scopes, roles, claims, and how long ago the person signed in. A Rule is a tree that
// never changes, so it can be shared by threads.
#include "guard/rule.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace keyhold {
namespace {

using Kind = Rule::Node::Kind;

// Each part is shared, so a rule can be used in several others.
Rule make(Rule::Node node) { return Rule(std::make_shared<const Rule::Node>(std::move(node))); }

// RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). A role goes into no header, but into the same lists.
void require_word(const std::string& name, const char* what) {
    const auto is_good = [](char c) { return is_ascii_visible(c) && c != '"' && c != '\\'; };
    if (name.empty() || !std::ranges::all_of(name, is_good)) throw std::invalid_argument(what);
}

// One of the words of a text, or one of the strings of a list.
bool holds_word(std::string_view words, std::string_view wanted) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == wanted) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}
bool holds_item(const json::Value& list, std::string_view wanted) {
    if (list.type() != json::Type::array) return false;
    for (auto item = list.first(); item; item = item->next())
        if (item->string() == wanted) return true;
    return false;
}
bool is_or_holds(const std::optional<json::Value>& value, std::string_view wanted) {
    return value && (value->string() == wanted || holds_item(*value, wanted));
}

// OpenID Connect Core §2, `auth_time`. Whoever signed in in the future has not signed in.
bool is_fresh(const json::Value& claims, std::chrono::seconds max_age, Time now, std::chrono::seconds leeway) {
    const auto signed_in = claims.find("auth_time");
    if (!signed_in || !signed_in->number()) return false;
    const double age = static_cast<double>(now.time_since_epoch().count()) - *signed_in->number();
    // The issuer's clock may be ahead by the leeway, and no more.
    return age <= static_cast<double>(max_age.count()) && age >= -static_cast<double>(leeway.count());
}

}  // namespace

inline namespace v1 {

// An empty rule demands nothing, so the other one is what is left.
Rule operator&&(Rule left, Rule right) {
    if (!left.node_) return right;
    if (!right.node_) return left;
    return make({Kind::both, {}, {}, {}, std::move(left), std::move(right)});
}

// No demand at all is met by everybody.
Rule operator||(Rule left, Rule right) {
    if (!left.node_ || !right.node_) return {};
    return make({Kind::either, {}, {}, {}, std::move(left), std::move(right)});
}

Rule scope(std::string name) {
    require_word(name, "a scope is a word of printable ASCII without quotes (RFC 6749 §3.3)");
    return make({Kind::scope, std::move(name), {}, {}, {}, {}});
}

Rule role(std::string name) {
    if (name.empty()) throw std::invalid_argument("a role has a name");
    return make({Kind::role, std::move(name), {}, {}, {}, {}});
}

Rule fresh(std::chrono::seconds max_age) {
    if (max_age < std::chrono::seconds(0)) throw std::invalid_argument("an age is not negative");
    return make({Kind::fresh, {}, {}, max_age, {}, {}});
}

Rule claim(std::string name, std::string value) {
    if (name.empty()) throw std::invalid_argument("a claim has a name");
    return make({Kind::claim, std::move(name), std::move(value), {}, {}, {}});
}

}  // namespace v1

namespace guard {

// RFC 8693 §4.2: words in one text. `scp`, a text or a list, is how Microsoft's and Okta's tokens say it.
bool has_scope(const json::Value& claims, std::string_view name) {
    for (const char* member : {"scope", "scp"})
        if (const auto scopes = claims.find(member))
            if (scopes->is_string() ? holds_word(*scopes->string(), name) : holds_item(*scopes, name)) return true;
    return false;
}

// `roles` may be a text or a list (RFC 9068 §2.2.3.1 has a list).
bool has_role(const json::Value& claims, std::string_view name) { return is_or_holds(claims.find("roles"), name); }

// The demand that the token does not meet, of which the refusal speaks; null if it meets all.
const Rule::Node* unmet(const Rule& rule, const json::Value& claims, Time now, std::chrono::seconds leeway) {
    const Rule::Node* const node = rule.node();
    if (node == nullptr) return nullptr;
    const auto unless = [&](bool is_met) { return is_met ? nullptr : node; };
    switch (node->kind) {
        case Kind::scope:
            return unless(has_scope(claims, node->name));
        case Kind::role:
            return unless(has_role(claims, node->name));
        case Kind::fresh:
            return unless(is_fresh(claims, node->max_age, now, leeway));
        case Kind::claim:
            return unless(is_or_holds(claims.find(node->name), node->value));
        case Kind::both: {
            const Rule::Node* const left = unmet(node->left, claims, now, leeway);
            return left != nullptr ? left : unmet(node->right, claims, now, leeway);
        }
        case Kind::either: {
            const Rule::Node* const left = unmet(node->left, claims, now, leeway);
            // Of two alternatives the first is named, as the one that the route's author thought of first.
            return left == nullptr || unmet(node->right, claims, now, leeway) == nullptr ? nullptr : left;
        }
    }
    return node;
}

// For a challenge: of alternatives only the first, as a client can ask for one set of scopes.
std::string scopes_of(const Rule& rule) {
    const Rule::Node* const node = rule.node();
    if (node == nullptr) return {};
    if (node->kind == Kind::scope) return node->name;
    if (node->kind == Kind::either) return scopes_of(node->left);
    if (node->kind != Kind::both) return {};
    const std::string left = scopes_of(node->left), right = scopes_of(node->right);
    return left + (left.empty() || right.empty() ? "" : " ") + right;
}

}  // namespace guard
}  // namespace keyhold
