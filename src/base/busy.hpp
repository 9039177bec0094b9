// SPDX-License-Identifier: Apache-2.0
// What computing throws when as many as there is room for wait already: caught in http/dispatcher.cpp, which answers
// 503.
#pragma once

#include <stdexcept>

namespace keyhold {

class Busy : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace keyhold
