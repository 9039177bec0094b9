// SPDX-License-Identifier: Apache-2.0
// Two routes that answer the same, which Routes::add() refuses: whoever adds a program's routes says whose the other
// is.
#pragma once

#include <stdexcept>

#include "http/route.hpp"

namespace keyhold::http {

class RouteTwice : public std::logic_error {
public:
    RouteTwice(const std::string& what, const Route& the_first) : std::logic_error(what), first(the_first) {}
    const Route& first;  // of the Routes
};

}  // namespace keyhold::http
