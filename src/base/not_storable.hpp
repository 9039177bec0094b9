// SPDX-License-Identifier: Apache-2.0
// A text that no database of ours takes as it is.
#pragma once

#include <stdexcept>

namespace keyhold {

// Of a text with a NUL, which some databases cut and others refuse. In a handler it came with the request, which the
// dispatcher refuses then: a handler need not look for one in every text that it keeps.
class NotStorable : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

}  // namespace keyhold
