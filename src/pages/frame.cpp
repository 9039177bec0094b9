// SPDX-License-Identifier: Apache-2.0
#include "pages/frame.hpp"

#include <algorithm>
#include <array>

#include "domain/errors.hpp"
#include "http/routes/session_cookies.hpp"
#include "pages/language.hpp"
#include "pages/own_path.hpp"
#include "pages/routes.hpp"

namespace keyhold::pages {

// A stylesheet under an address that holds a digest of it.
struct LastingStyle {
    std::string_view text;
};

}  // namespace keyhold::pages

namespace keyhold::http {

template <>
struct Respond<pages::LastingStyle> {
    static void write(Response& response, const pages::LastingStyle& style) {
        response.media_type = "text/css; charset=utf-8";
        response.body = style.text;
        // Another colour has another digest, and so another address.
        response.add_field("Cache-Control", "public, max-age=31536000, immutable");
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http

namespace keyhold::pages {
namespace {

// What the pages load, under names that hold a digest of the content (cmake/embed_assets.mjs).
#define KEYHOLD_PAGE_ASSET(name, path) constexpr std::string_view path_of_##name = path;
#include "page_assets.inc"
#undef KEYHOLD_PAGE_ASSET

// Forms are sent to the page that shows them, but for these.
struct Elsewhere {
    std::string_view form, page;
};
constexpr std::array elsewhere{Elsewhere{"/verify/send", "/verify"},
                               Elsewhere{"/account/language", "/account"},
                               Elsewhere{"/account/confirm", "/account"},
                               Elsewhere{"/admin/users/invite", "/admin/users/new"},
                               Elsewhere{"/admin/users/invitations", "/admin/users/new"},
                               Elsewhere{"/device/decision", "/device"},
                               Elsewhere{"/oauth/consent", "/account"},
                               Elsewhere{"/oauth/end-session/confirmed", "/sign-out"}};

// What a page was asked for by, and its form has sent along: with it the page can be asked for again.
constexpr std::array kept_names{std::string_view("token"), std::string_view("invitation"),
                                std::string_view("return_to")};

// The path and query by which the page can be asked for again, as in another language. For the answer to a form that is
// the page with the form, with the fields of kept_names.
std::string address_of_page(const http::Request& request, const Values& values) {
    std::string here(page_of(request));
    if (request.method == http::Method::get) {
        if (!request.query.empty()) here.append("?").append(request.query);
        return here;
    }
    for (const auto& [name, value] : values)
        if (const auto* const text = std::get_if<std::string>(&value);
            text != nullptr && !text->empty() && std::ranges::find(kept_names, name) != kept_names.end())
            here.append(here.find('?') == here.npos ? "?" : "&").append(name).append("=").append(encoded(*text));
    return here;
}

// The same page in the other languages.
std::vector<Values> other_languages(const Language& shown, std::string_view here, const Site& site) {
    std::vector<Values> others;
    for (const Language& language : languages)
        if (language.code != shown.code)
            others.push_back({{"code", std::string(language.code)},
                              {"name", std::string(language.name)},
                              {"way", way_of(site, here)}});
    return others;
}

// GET /pages/{digest}/accent.css
Result<LastingStyle> show_accent(const http::Request& request, const Site& site) {
    // An address of an older colour is gone; the page that led to it is, too.
    if (site.accent_path.empty() || request.path.substr(1) != site.accent_path) return errors::not_found;
    return LastingStyle{site.accent};
}

struct LanguageWay {
    static constexpr std::string_view schema_name = "LanguageWay";
    std::string return_to;
};
KEYHOLD_FIELDS(LanguageWay, (return_to, may_be_absent()))

// GET /language/{code}: the pages are in this language from now on, in this browser.
Result<http::WithCookies<http::Redirect>> choose(const http::Path<"code">& code, const http::Query<LanguageWay>& way,
                                                 const http::Request& request) {
    const Language* const language = find_language(*code);
    if (language == nullptr) return errors::not_found;
    const std::string target = own_path(way->return_to);
    return http::WithCookies<http::Redirect>{
        {reference(request.path, target.empty() ? "/" : target)},
        {http::set_cookie(language_cookie, language->code, http::device_cookie_age)}};
}

}  // namespace

std::string_view page_of(std::string_view path) {
    const auto* const found = std::ranges::find(elsewhere, path, &Elsewhere::form);
    return found == elsewhere.end() ? path : found->page;
}

void add_frame(Values& values, const http::Request& request, const Site& site, Shown shown) {
    const Language& language = language_of(request);
    // "../" as often as needed, so that links work behind a proxy that puts a path in front.
    const std::string root = reference(request.path, "/");
    values.emplace_back("root", root);
    values.emplace_back("style", root + std::string(path_of_style));
    values.emplace_back("script", root + std::string(path_of_script));
    if (!site.logo.path.empty()) values.emplace_back("brand_logo", root + site.logo.path);
    if (!site.accent_path.empty()) values.emplace_back("accent", root + site.accent_path);
    values.emplace_back("language", std::string(language.code));
    values.emplace_back("direction", std::string(language.direction));
    values.emplace_back(
        "languages",
        other_languages(language, shown == Shown::page ? address_of_page(request, values) : std::string(), site));
    values.emplace_back("brand", site.settings.brand);
    values.emplace_back("program", site.program);
}

void add_frame_routes(http::Mount& mount) {
    mount.add(http::Method::get, "/pages/{digest}/accent.css", page_route("The colour of the pages", http::On::io),
              show_accent);
    add_logo_route(mount);
    auto language = page_route("The language of the pages", http::On::io);
    // The answer sets a cookie, which no cache may hand to others.
    language.no_store = true;
    mount.add(http::Method::get, "/language/{code}", language, choose);
}

}  // namespace keyhold::pages
