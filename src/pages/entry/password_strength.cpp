// SPDX-License-Identifier: Apache-2.0
// /password-strength: what the server would say of a password, for the script of a page on which one is chosen
// (web/pages/password_strength.mustache). A script of our own could not know it: the dictionary is 1.2 MB, and two
// judges would contradict each other. The password goes where the form sends it anyway, and no further.
#include "domain/accounts/recovery.hpp"
#include "domain/passwords/password_advisor.hpp"
#include "pages/routes.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {
namespace {

struct Typed {
    static constexpr std::string_view schema_name = "PasswordStrengthForm";
    static constexpr http::Notation notation = http::Notation::form;
    std::string username;
    std::string token;  // of a link for a new password, where the name is not typed
    Secret password;
};
KEYHOLD_FIELDS(Typed, (username, may_be_absent()), (token, may_be_absent()), (password))

struct Judgement {
    static constexpr std::string_view schema_name = "PasswordJudgement";
    std::string says;  // in the language of the page; empty: nothing is known yet
    bool is_good;
};
KEYHOLD_FIELDS(Judgement, (says), (is_good))

// POST /password-strength. Looks at the password as whoever takes the form will, and keeps nothing.
Result<Judgement> judge(const Form<Typed>& form, domain::PasswordAdvisor& advisor, domain::Recovery& recovery) {
    const auto& [visit, typed] = form;
    std::string name = typed.username;
    if (name.empty() && !typed.token.empty())
        if (auto about = recovery.find_about("reset", typed.token)) name = std::move(about->account.username);
    const auto advice = advisor.advise(typed.password, name, visit.request().remote_address);
    if (!advice) return advice.error();
    if (!advice->weakness.empty()) return Judgement{in_language(visit, advice->weakness), false};
    // It may be the name itself, which we do not know: whoever has a code alone is not told whose account it is for.
    if (name.empty()) return Judgement{{}, false};
    return Judgement{visit.text("password.good"), true};
}

}  // namespace

void add_password_routes(http::Mount& mount) {
    auto about = page_route("How hard a password is to guess", http::On::looking_up);
    about.no_store = true;
    mount.add(http::Method::post, "/password-strength", about, judge);
}

}  // namespace keyhold::pages
