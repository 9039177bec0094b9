// SPDX-License-Identifier: Apache-2.0
#include "pages/site.hpp"

#include <stdexcept>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"
#include "pages/accent.hpp"
#include "pages/overrides.hpp"

namespace keyhold::pages {

std::unique_ptr<const Templates> templates_of(const PageSettings& settings) {
    auto templates = load_templates(settings.templates_dir);
    if (!templates) throw std::runtime_error(std::string(templates.error().detail()));
    return std::move(templates).value();
}

Logo logo_of(const PageSettings& settings) {
    auto logo = load_logo(settings.brand_logo);
    if (!logo) throw std::runtime_error(std::string(logo.error().detail()));
    return std::move(logo).value();
}

std::string accent_of(const PageSettings& settings) {
    constexpr std::string_view ours = "#0b57d0";  // --accent of web/pages/style.css
    return settings.accent_color == ours ? std::string() : accent_style(settings.accent_color).value();
}

std::string path_of_accent(const std::string& style) {
    // 72 bits of the digest, so that another style has another address.
    constexpr std::size_t digits = 12;
    if (style.empty()) return {};
    return "pages/" + base64url::encode(crypto::sha256(style)).substr(0, digits) + "/accent.css";
}

}  // namespace keyhold::pages
