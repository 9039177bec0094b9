// SPDX-License-Identifier: Apache-2.0
// What a client would rather have (RFC 9110 §12.5.1).
#pragma once

#include <string_view>

#include "http/message.hpp"

namespace keyhold::http {

// The weight that an Accept field gives to "text/html" and the like, in thousandths: 0 to 1000. The range that says
// most about the type decides: text/html before text/* before */*. A range that is malformed says nothing.
// 0 where no range of the field names the type, and for an empty field: here an absent Accept is not taken for "*/*",
// since only those who ask for HTML shall get it.
int weight_of(std::string_view accept, std::string_view media_type);

// The same of an Accept-Language field (RFC 9110 §12.5.4) and a language, "de": what is said of "de" or "de-AT", the
// most of it, or of "*" (RFC 4647 §3.3.1).
int weight_of_language(std::string_view accept, std::string_view language);

// Whether a person looks at the answer: the client names HTML and does not like JSON as much. Whoever takes anything
// (curl: */*), or says nothing, is a program.
// Refusals of pages, the home page and forward authentication ask it, so that one path can answer both.
bool wants_page(const Request& request);

}  // namespace keyhold::http
