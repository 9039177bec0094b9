// SPDX-License-Identifier: Apache-2.0
// Against DNS rebinding, for what answers this machine more than it answers others.
#pragma once

#include "http/parameters.hpp"

namespace keyhold::http {

// Proof that whoever asks from this machine named this machine. A browser on it that asks by another name runs the page
// of somebody whose name was made to lead here, and who would read the answer: 421 (RFC 9110 §15.5.20).
// A parameter of handlers, without a value: a handler that takes one is not run where the request is refused. Requests
// that come from another machine pass, as they get nothing there that a stranger would not get.
struct OwnName {};

template <>
struct Extract<OwnName> {
    static Result<OwnName> from(const Request& request);
    static void describe(Operation&) {}
};

}  // namespace keyhold::http
