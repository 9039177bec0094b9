// SPDX-License-Identifier: Apache-2.0
// The example of the tutorial, GET /protected. A route that only a signed-in user may ask for takes a User: without a
// live token the handler is not called, and the answer is 401 with WWW-Authenticate (RFC 6750 §3).
#include "api/current_user.hpp"
#include "api/routes.hpp"

namespace keyhold::api {
namespace {

struct Greeting {
    static constexpr std::string_view schema_name = "Greeting";
    std::string message;
};
KEYHOLD_FIELDS(Greeting, (message, about("For the person who asked")))

// GET /protected: a page for those who are signed in.
Result<Greeting> greet(const User& who) { return Greeting{"Welcome " + who.username()}; }

}  // namespace

void add_protected_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/protected",
              {.summary = "A page for those who are signed in",
               .tag = "protected",
               .no_store = true,
               .description = "What the tutorial protects: a greeting for whoever shows a good token."},
              greet);
}

}  // namespace keyhold::api
