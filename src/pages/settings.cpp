// SPDX-License-Identifier: Apache-2.0
#include "pages/settings.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "pages/accent.hpp"
#include "pages/logo.hpp"
#include "pages/overrides.hpp"

namespace keyhold::pages {
namespace {

// RFC 9116 §2.5.3: a URI; web addresses by https alone.
Result<> check_contact(std::string_view contact) {
    constexpr std::array schemes{"mailto:", "https://", "tel:"};
    if (std::ranges::any_of(schemes, [&](std::string_view scheme) { return contact.starts_with(scheme); }) &&
        std::ranges::all_of(contact, is_ascii_visible))
        return {};
    return Error(errors::configuration, "pages_security_contact: '" + std::string(contact) +
                                            "' is no URI: write mailto:..., https://... or tel:...");
}

std::vector<Error> check(const PageSettings& settings) {
    std::vector<Error> wrong;
    const auto look = [&](const auto& result) {
        if (!result) wrong.push_back(result.error());
    };
    if (settings.brand.empty()) wrong.push_back(Error(errors::configuration, "pages_brand is empty"));
    look(load_logo(settings.brand_logo));
    look(accent_style(settings.accent_color));
    for (const std::string& contact : settings.security_contact) look(check_contact(contact));
    if (!settings.templates_dir.empty()) look(load_templates(settings.templates_dir));
    return wrong;
}

}  // namespace

const Section& page_section() {
    static const Section section =
        make_section<PageSettings, check>("pages", "What people see in a browser (docs/pages.md).", setting_rows);
    return section;
}

}  // namespace keyhold::pages
