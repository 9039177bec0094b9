// SPDX-License-Identifier: Apache-2.0
// Forms that are kept while whoever has sent them shows the password, or signs in again: in hidden fields of the page
// that asks for it, so that the server stores nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "pages/render.hpp"

namespace keyhold::domain {
class Sessions;
struct LoggedIn;
}  // namespace keyhold::domain

namespace keyhold::pages {

struct Answer;
class Visit;

// What of a form is kept in a page, as {{name}} and {{value}}: neither a password, nor what the page has by itself.
std::vector<Values> kept_fields(const http::Request& request);

// A form of a session that has ended.
struct KeptForm {
    std::string way;             // the path that it is for, one of ours
    std::string proof;           // of whose it is: FormKey::proof_of_owner()
    std::vector<Values> fields;  // as kept_fields()
};

// The request's, if it is a form of /account or /admin that was ours when its session lived: sent by a page of this
// origin, with the token of that session and of this browser. Empty also for a form with a password, which would be
// refused without it and count as a guess; and for one that is too large to come back with a name and a password
// beside it. Asks the database.
std::optional<KeptForm> keep_form(const Visit& visit, domain::Sessions& sessions);

// The one that a form of the sign-in page holds (web/pages/kept_form.mustache).
std::optional<KeptForm> kept_form_of(const http::Request& request);
void add_kept_form(Values& values, const KeptForm& kept);

// After the log-in: a page that sends the form once more, with the token of the new session. Empty if somebody else has
// logged in than the one whose form it is.
std::optional<Answer> send_kept_form(const Visit& visit, const KeptForm& kept, const domain::LoggedIn& logged_in,
                                     domain::Sessions& sessions);

}  // namespace keyhold::pages
