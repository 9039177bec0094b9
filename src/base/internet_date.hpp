// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.hpp"

namespace keyhold {

// "Tue, 01 Dec 2026 06:37:12", in UTC: as dates of HTTP (RFC 9110 §5.6.7) and of mails (RFC 5322 §3.3) begin, which say
// the zone in words of their own. strftime(3) would take days and months from the locale that a program around us has
// set.
std::string internet_date(Time time);

}  // namespace keyhold
