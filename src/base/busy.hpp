// SPDX-License-Identifier: Apache-2.0
// What computing throws when as many as there is room for wait already: caught in http/routes/dispatcher.cpp, which
// answers 503.
#pragma once

#include <stdexcept>

namespace keyhold {

// Not an Unavailable: nothing is broken, and the log does not hear of it.
class Busy : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace keyhold
