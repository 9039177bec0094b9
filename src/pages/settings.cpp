// SPDX-License-Identifier: Apache-2.0
#include "pages/settings.hpp"

#include <algorithm>
#include <array>

#include "pages/accent.hpp"
#include "pages/logo.hpp"
#include "pages/overrides.hpp"

namespace keyhold::pages {
namespace {

// RFC 9116 §2.5.3: a URI; web addresses by https alone.
Result<> check_contact(std::string_view contact) {
    constexpr std::array schemes{"mailto:", "https://", "tel:"};
    if (std::ranges::any_of(schemes, [&](std::string_view scheme) { return contact.starts_with(scheme); }) &&
        std::ranges::none_of(contact, [](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
        return {};
    return Error(errors::configuration, "pages_security_contact: '" + std::string(contact) +
                                            "' is no URI: write mailto:..., https://... or tel:...");
}

Result<> check(const PageSettings& settings) {
    if (settings.brand.empty()) return Error(errors::configuration, "pages_brand is empty");
    if (auto logo = load_logo(settings.brand_logo); !logo) return std::move(logo).error();
    if (auto style = accent_style(settings.accent_color); !style) return std::move(style).error();
    for (const std::string& contact : settings.security_contact)
        if (auto checked = check_contact(contact); !checked) return checked;
    if (settings.templates_dir.empty()) return {};
    if (auto templates = load_templates(settings.templates_dir); !templates) return std::move(templates).error();
    return {};
}

}  // namespace

const Section& page_section() {
    static const Section section =
        make_section<PageSettings, check>("pages", "What people see in a browser (docs/pages.md).", setting_rows);
    return section;
}

}  // namespace keyhold::pages
