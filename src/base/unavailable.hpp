// SPDX-License-Identifier: Apache-2.0
// Something that we lean on does not answer now and may answer again: 503, never 401 and never 200.
#pragma once

#include <stdexcept>

namespace keyhold {

// what() goes to the log and never to the client, who hears errors::store_unavailable.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace keyhold
