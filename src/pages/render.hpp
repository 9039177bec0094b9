// SPDX-License-Identifier: Apache-2.0
// Templates of web/pages/, filled in.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace keyhold::pages {

// What stands for {{name}}, escaped; of a bool, whether {{#name}}...{{/name}} is shown.
using Value = std::variant<std::string, bool>;
using Values = std::initializer_list<std::pair<std::string_view, Value>>;

// The template `name` within the frame, as a whole document at `path`: its links lead from there, so that they hold
// behind a proxy that puts the server below a path of its own. Throws std::logic_error for a template that is not
// there.
std::string render(std::string_view name, std::string_view path, Values values);

}  // namespace keyhold::pages
