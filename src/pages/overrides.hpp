// SPDX-License-Identifier: Apache-2.0
// An operator's own templates and texts, in a folder that is laid out as web/: NAME.mustache replaces the template of
// that name, texts/LANGUAGE.txt the texts that it names.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "pages/render.hpp"

namespace keyhold::pages {

// Ours with those of the folder in place of them; ours alone if `folder` is empty. Refused: configuration, with file
// and line: a file or key that nothing would ever show, a value that the page does not have, {{{markup}}}.
Result<std::unique_ptr<const Templates>> load_templates(const std::string& folder);

}  // namespace keyhold::pages
