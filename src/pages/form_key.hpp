// SPDX-License-Identifier: Apache-2.0
// What ties a form to the browser that it was shown in, and to the session, so that nobody else can send it (CSRF, also
// of a log-in: CWE-352). It stands beside the look at Sec-Fetch-Site and Origin (http/connection/sender.hpp), not in
// its place.
//
// A cookie of its own, `__Host-` and unreadable for scripts, holds 32 random bytes. The token in a form is the HMAC of
// the session's id (none: before one has signed in) under them. Whoever could write the form cannot know the cookie,
// and a form of the time before a log-in is worth nothing after it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"
#include "http/message.hpp"

namespace keyhold::pages {

// A value: it refers to nothing of the request.
class FormKey {
public:
    // The browser's, or a new one, which is to be set with the answer.
    static FormKey of(const http::Request& request, Random& random);
    static FormKey fresh(Random& random);

    // `session_id` is empty where nobody is signed in. It stands behind the code, so that a form whose session has
    // ended can still be known for one of that session.
    std::string token(std::string_view session_id) const;
    // In constant time. False if the browser had no cookie: then no form of ours can have been shown in it.
    bool opens(std::string_view token, std::string_view session_id) const;
    // The session that a token was made for, if it was made in this browser: whatever has become of the session.
    std::optional<std::string_view> session_of(std::string_view token) const;

    // That a form which is kept for `way` was sent by this account in this browser (kept_form.hpp).
    std::string proof_of_owner(std::string_view account_id, std::string_view way) const;

    bool is_fresh() const { return is_fresh_; }
    std::string cookie() const;  // the value of Set-Cookie

private:
    FormKey(std::string value, bool is_fresh) : value_(std::move(value)), is_fresh_(is_fresh) {}
    std::string code_of(std::string_view text) const;
    std::string value_;
    bool is_fresh_;
};

}  // namespace keyhold::pages
