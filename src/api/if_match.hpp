// SPDX-License-Identifier: Apache-2.0
// A change says which version it is of, so that of two who change the same at a time the second is told (RFC 9110 §13).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "domain/accounts/profiles.hpp"
#include "domain/errors.hpp"
#include "http/route.hpp"
#include "http/routes/conditional.hpp"

namespace keyhold::api {

// If-Match (RFC 9110 §13.1.1). A change without it is refused (RFC 6585 §3), since nobody would know what it is a
// change of.
struct IfMatch {
    std::vector<std::string> tags;  // strong ones, without their quotes: no other is ever the same
    bool is_any = false;            // "*": whatever there is

    // What the domain is to hold against what is there: the version that there is now, if the field names it; one that
    // there never is, if not.
    std::string seen_of(const std::string& now) const {
        return is_any || std::ranges::find(tags, now) != tags.end() ? now : std::string();
    }
};

// The same where it may be absent. One that was sent is never passed over.
struct OptionalIfMatch {
    std::optional<IfMatch> sent;

    // Of something that has no entity tag: whatever tags were sent, none is its own.
    Result<> check_untagged() const {
        if (!sent || sent->is_any) return {};
        return errors::precondition_failed;
    }
};

// What is known of a person, with its entity tag.
struct TaggedProfile {
    domain::Profile profile;
};

inline Result<TaggedProfile> with_tag(Result<domain::Profile> profile) {
    if (!profile) return std::move(profile).error();
    return TaggedProfile{*std::move(profile)};
}

}  // namespace keyhold::api

namespace keyhold::http {

namespace detail {

// RFC 9110 §13.1.1: "*" or a list of entity tags, in one field or several (§5.3). Refused: precondition_failed, for
// what is none: no tag that there is can be in it.
inline Result<api::IfMatch> parse_if_match(const Request& request) {
    api::IfMatch made;
    for (const Field& field : request.fields) {
        if (!equal_ignoring_case(field.name, "If-Match")) continue;
        std::string_view rest = trimmed(field.value);
        if (rest == "*") {
            made.is_any = true;
            continue;
        }
        while (!rest.empty()) {
            // §8.8.3: a weak one is the same as no other by the strong comparison that If-Match asks for.
            const bool is_weak = rest.starts_with("W/");
            if (is_weak) rest.remove_prefix(2);
            const std::size_t end = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
            if (end == rest.npos) return errors::precondition_failed;
            if (!is_weak) made.tags.emplace_back(rest.substr(1, end - 1));
            rest = trimmed(rest.substr(end + 1));
            if (rest.empty()) break;
            if (rest.front() != ',') return errors::precondition_failed;
            rest = trimmed(rest.substr(1));
        }
    }
    return made;
}

inline void describe_if_match(Operation& operation, bool is_required) {
    operation.parameters.push_back({.name = "If-Match",
                                    .in = "header",
                                    .required = is_required,
                                    .description = "The ETag of what is changed, a list of them, or `*`",
                                    .schema = R"({"type":"string"})"});
    operation.refusals.push_back(errors::precondition_failed);
    if (is_required) operation.refusals.push_back(errors::precondition_required);
}

}  // namespace detail

template <>
struct Extract<api::OptionalIfMatch> {
    static Result<api::OptionalIfMatch> from(const Request& request) {
        if (!request.find("If-Match")) return api::OptionalIfMatch();
        auto sent = detail::parse_if_match(request);
        if (!sent) return std::move(sent).error();
        return api::OptionalIfMatch{*std::move(sent)};
    }
    static void describe(Operation& operation) { detail::describe_if_match(operation, false); }
};

template <>
struct Extract<api::IfMatch> {
    static Result<api::IfMatch> from(const Request& request) {
        if (!request.find("If-Match")) return errors::precondition_required;
        return detail::parse_if_match(request);
    }
    static void describe(Operation& operation) { detail::describe_if_match(operation, true); }
};

template <>
struct Respond<api::TaggedProfile> {
    static void write(Response& response, const api::TaggedProfile& tagged) {
        Respond<domain::Profile>::write(response, tagged.profile);
        response.add_field("ETag", "\"" + domain::version_of(tagged.profile) + "\"");
    }
    static void describe(Operation& operation) { Respond<domain::Profile>::describe(operation); }
};

}  // namespace keyhold::http
