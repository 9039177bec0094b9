// SPDX-License-Identifier: Apache-2.0
#include "cli/with_components.hpp"

#include <ostream>

namespace keyhold::cli {

void with_components(Context& context, const std::function<void(const Settings&, server::Components&)>& work) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const auto warn = [&context](std::string_view text) { context.err << context.name() << ": " << text << '\n'; };
    const auto components = server::Components::open(loaded->settings, 1, warn);
    if (!components) return context.fail(components.error());
    work(loaded->settings, **components);
}

}  // namespace keyhold::cli
