// SPDX-License-Identifier: Apache-2.0
// Who looks at a page of /admin, and how much he may do there (docs/pages.md). There are three levels:
//
//   support   looks: the scope keyhold:support
//   manager   changes too, but no administrators: the scope keyhold:admin
//   owner     changes administrators too: the role admin itself (domain/accounts/levels.hpp)
//
// A handler takes a SupportVisit, a ManagerVisit, a DangerVisit or an OwnerVisit, and for forms a ManagerForm,
// DangerForm or OwnerForm. Where what only an owner may do depends on whom it is done to, the domain refuses it
// (domain/accounts/administration.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "domain/accounts/roles.hpp"
#include "keyhold/rights.hpp"
#include "pages/visit.hpp"

namespace keyhold::pages {

enum class Level : std::uint8_t { nobody, support, manager, owner };
Level level_of(const Rights& rights);

// What somebody may do in the session of a browser: what his roles grant, unless the session was limited to scopes.
Rights rights_of(const Visitor& who, domain::Roles& roles);

class AdminVisit : public PersonalVisit {
public:
    const Rights& rights() const { return rights_; }
    Level level() const { return level_of(rights_); }
    bool may_change() const { return level() >= Level::manager; }

    // The template of web/pages/admin/ with that name within the frame, and the way to the other pages of /admin.
    // `name` without "admin_".
    Answer show(std::string_view name, Values values, int status = 200) const;
    Answer show_error(std::string_view name, Values values, const Error& error) const;

protected:
    AdminVisit(PersonalVisit visit, Rights rights) : PersonalVisit(std::move(visit)), rights_(std::move(rights)) {}

private:
    void add_common(Values& values) const;
    Rights rights_;
};

// Proof of a level, or of a level and a password that was shown a moment ago.
class SupportVisit : public AdminVisit {
    friend struct http::Extract<SupportVisit>;
    SupportVisit(PersonalVisit visit, Rights rights) : AdminVisit(std::move(visit), std::move(rights)) {}
};
class ManagerVisit : public AdminVisit {
    friend struct http::Extract<ManagerVisit>;
    ManagerVisit(PersonalVisit visit, Rights rights) : AdminVisit(std::move(visit), std::move(rights)) {}
};
class DangerVisit : public AdminVisit {
    friend struct http::Extract<DangerVisit>;
    DangerVisit(PersonalVisit visit, Rights rights) : AdminVisit(std::move(visit), std::move(rights)) {}
};

class OwnerVisit : public AdminVisit {
    friend struct http::Extract<OwnerVisit>;
    OwnerVisit(PersonalVisit visit, Rights rights) : AdminVisit(std::move(visit), std::move(rights)) {}
};

template <class T>
struct ManagerForm {
    ManagerVisit visit;
    T fields;
};
template <class T>
struct DangerForm {
    DangerVisit visit;
    T fields;
};
template <class T>
struct OwnerForm {
    OwnerVisit visit;
    T fields;
};

}  // namespace keyhold::pages

namespace keyhold::http {

// All are refused: not_authenticated, which leads to /sign-in; insufficient_scope. A DangerVisit and an OwnerVisit
// also: password_needed.
template <>
struct Extract<pages::SupportVisit> {
    static Result<pages::SupportVisit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                            const pages::Site& site, domain::Roles& roles);
    static void describe(Operation&) {}
};
template <>
struct Extract<pages::ManagerVisit> {
    static Result<pages::ManagerVisit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                            const pages::Site& site, domain::Roles& roles);
    static void describe(Operation&) {}
};
template <>
struct Extract<pages::DangerVisit> {
    static Result<pages::DangerVisit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                           const pages::Site& site, domain::Roles& roles);
    static void describe(Operation&) {}
};

template <>
struct Extract<pages::OwnerVisit> {
    static Result<pages::OwnerVisit> from(const Request& request, domain::Tokens& tokens, domain::Sessions& sessions,
                                          const pages::Site& site, domain::Roles& roles);
    static void describe(Operation&) {}
};

template <class T>
struct Extract<pages::ManagerForm<T>> : detail::ExtractForm<pages::ManagerForm<T>, T, domain::Roles> {};
template <class T>
struct Extract<pages::DangerForm<T>> : detail::ExtractForm<pages::DangerForm<T>, T, domain::Roles> {};
template <class T>
struct Extract<pages::OwnerForm<T>> : detail::ExtractForm<pages::OwnerForm<T>, T, domain::Roles> {};

}  // namespace keyhold::http
