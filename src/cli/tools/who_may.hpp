// SPDX-License-Identifier: Apache-2.0
// Who may log in at another application, where its columns alone do not say it: what `keyhold import` and `keyhold
// adopt` ask for alike.
#pragma once

#include <vector>

#include "cli/command.hpp"

namespace keyhold::cli {

inline std::vector<Parameter> who_may_parameters() {
    return {
        {.name = "--active-column", .help = "A column that says who may log in there", .takes = Takes::texts},
        {.name = "--disabled-column", .help = "A column that says who may not, or since when", .takes = Takes::texts},
        {.name = "--everybody-may-log-in",
         .help = "Columns that may lock people out there are passed over",
         .takes = Takes::nothing}};
}

// Into the members `active`, `disabled` and `everybody` of what a command works on.
template <class Names>
void read_who_may(const Values& values, Names& names) {
    names.active = values.texts("--active-column");
    names.disabled = values.texts("--disabled-column");
    names.everybody = values.given("--everybody-may-log-in");
}

}  // namespace keyhold::cli
