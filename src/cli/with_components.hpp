// SPDX-License-Identifier: Apache-2.0
// How the commands that look after data begin.
#pragma once

#include <functional>
#include <ostream>

#include "cli/context.hpp"
#include "server/components.hpp"

namespace keyhold::cli {

// Reads the settings, opens their database by one connection and calls work(settings, components). What is doubtful
// goes to context.err; what is refused, also that there is no database yet, to context.fail(), and work is not called.
inline void with_components(Context& context, const std::function<void(const Settings&, server::Components&)>& work) {
    const auto loaded = context.settings(Mode::serve);
    if (!loaded) return;
    const auto warn = [&context](std::string_view text) { context.err << context.name() << ": " << text << '\n'; };
    const auto components = server::Components::open(loaded->settings, 1, warn);
    if (!components) return context.fail(components.error());
    work(loaded->settings, **components);
}

}  // namespace keyhold::cli
