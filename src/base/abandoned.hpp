// SPDX-License-Identifier: Apache-2.0
// What computing throws when nobody waits for the result any more; caught in http/dispatcher.cpp.
#pragma once

#include <stdexcept>

namespace keyhold {

class Abandoned : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace keyhold
