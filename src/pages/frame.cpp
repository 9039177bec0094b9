// SPDX-License-Identifier: Apache-2.0
#include "pages/frame.hpp"

#include "pages/language.hpp"
#include "pages/own_path.hpp"

namespace keyhold::pages {
namespace {

// What the pages load, under names that hold a digest of the content (cmake/embed_assets.mjs).
#define KEYHOLD_PAGE_ASSET(name, path) constexpr std::string_view path_of_##name = path;
#include "page_assets.inc"
#undef KEYHOLD_PAGE_ASSET

}  // namespace

void add_frame(Values& values, const http::Request& request, std::string_view brand) {
    const Language& language = language_of(request);
    const std::string root = reference(request.path, "/");
    values.emplace_back("root", root);
    values.emplace_back("style", root + std::string(path_of_style));
    values.emplace_back("script", root + std::string(path_of_script));
    values.emplace_back("language", std::string(language.code));
    values.emplace_back("direction", std::string(language.direction));
    values.emplace_back("brand", std::string(brand));
}

}  // namespace keyhold::pages
