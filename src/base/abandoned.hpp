// SPDX-License-Identifier: Apache-2.0
// What computing throws when nobody waits for the result any more; caught in http/routes/dispatcher.cpp.
#pragma once

#include <stdexcept>

namespace keyhold {

// what() is for nobody: the refusal that is made of it goes to a connection that has closed, and the log does not hear
// of it.
class Abandoned : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace keyhold
