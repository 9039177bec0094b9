// SPDX-License-Identifier: Apache-2.0
// The pages of this server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "domain/clients/registered_clients.hpp"
#include "http/route.hpp"
#include "pages/render.hpp"
#include "pages/site.hpp"

namespace keyhold::domain {
class Accounts;
class Throttle;
class Sessions;
class Tokens;
class LogInCounters;
struct LoggedIn;
}  // namespace keyhold::domain
namespace keyhold::store {
struct Event;
}

namespace keyhold::pages {

struct Answer;
struct KeptForm;
class Visit;
class Visitor;

// GET /, unless a program has one of its own, and how whatever is not there is refused: as a page for people. Site is
// among the services.
void add_routes(http::Routes& routes, const http::Services& services);
// Those of /admin, which another listener may have: it needs the pages above too, where people sign in.
void add_admin_routes(http::Routes& routes, const http::Services& services);

void add_home_routes(http::Mount& mount);              // /
void add_sign_in_routes(http::Mount& mount);           // /sign-in, /sign-out, /account/renew
void add_sign_up_routes(http::Mount& mount);           // /sign-up
void add_password_routes(http::Mount& mount);          // /password-strength
void add_account_routes(http::Mount& mount);           // /account
void add_confirm_password_routes(http::Mount& mount);  // /account/confirm
void add_session_routes(http::Mount& mount);           // /account/sessions
void add_event_routes(http::Mount& mount);             // /account/events
void add_application_routes(http::Mount& mount);       // /account/applications
void add_account_data_routes(http::Mount& mount);      // /account/data
void add_recovery_routes(http::Mount& mount);          // /forgot, /reset, /verify, /not-me
void add_first_administrator_routes(http::Mount& mount);
void add_problem_routes(http::Mount& mount);  // /problems
void add_well_known_routes(http::Mount& mount);

// Pages stand in no OpenAPI document.
inline http::RouteAbout page_route(std::string_view summary, http::On on) {
    return {.summary = summary, .tag = "pages", .door = Door::page, .on = on, .no_store = false, .documented = false};
}

// "Firefox on Android", "curl", "An unknown device".
std::string device_in_words(const Visit& visit, std::string_view device);

// /sign-in?again=...: the page asks for a name too, although somebody is signed in. Any other value: for the password
// of whoever is.
inline constexpr std::string_view as_anybody = "anybody";

// What a `return_to` says if a person may be led there: a path of ours, or a URL of an origin in cookie_origins. Empty
// otherwise.
std::string way_on(const Site& site, std::string_view return_to);
// Where a form leads on to: that, or /account.
std::string target_of(const Site& site, std::string_view return_to);
// The query that takes it along to another form: "?return_to=..." or nothing.
std::string way_of(const Site& site, std::string_view return_to);
// Lets the forms of a page lead to that URL, if it is one of a listed origin.
void let_forms_lead_on(Answer& answer, const Site& site, std::string_view return_to);

// What whoever is signed in types at /sign-in: the address, where that is what one signs in with.
std::string name_to_type(const Visitor& who, domain::LoginWith with, domain::Accounts& accounts);

// The answer to a form of somebody who has to show the password first: a page that asks for it and keeps what was
// typed. Asks the database.
Answer ask_for_password(const Visit& visit, domain::Accounts& accounts);

// The answer to a form whose session has ended: the page to sign in, which keeps the form. Nobody's name is in it.
Answer ask_to_sign_in(const Visit& visit, const KeptForm& kept);

// A form with what was typed, but no password, that the server cannot take at the moment. Asks no database; `kept` has
// the form's token.
Answer show_sign_in_again(const Visit& visit, Values kept, const Error& error);
Answer show_sign_up_again(const Visit& visit, Values kept, const Error& error);
Answer show_confirm_password_again(const Visit& visit, Values kept, const Error& error);

// Whether an administrator did it, or whoever runs the server: from where is nobody else's business.
bool is_by_another(const store::Event& event);

// What scopes let an application do, as {{sentence}} each; one that has no text is shown as it is called.
std::vector<Values> sentences_of_scopes(const Visit& visit, std::string_view scope);

// What a page shows of a client (RFC 7591 §2): `client`, its name, `policy_uri` and `tos_uri`, and `logo_uri` if that
// is of our own origin: no page asks anything of another one (decision 0122).
Values values_of_client(const Visit& visit, const domain::RegisteredClient& client);

// Values of Set-Cookie for whoever has just signed in.
std::vector<std::string> cookies_of(const domain::LoggedIn& logged_in);

// Signs in whoever knows the password: the way on, with the cookies of the new session. One that the browser had before
// goes on if it is the same account's, and is over otherwise. With a form that was kept for the account, the answer is
// what sends that. Refused as domain::log_in(). Hashes.
struct Credentials {
    std::string_view username;
    const Secret& password;
    std::string_view return_to;
    const KeptForm* kept = nullptr;
};
Result<Answer> begin_session(const Visit& visit, const Credentials& credentials, domain::Accounts& accounts,
                             domain::Throttle& throttle, domain::Sessions& sessions, domain::Tokens& tokens,
                             domain::LogInCounters& counters);

}  // namespace keyhold::pages
