// SPDX-License-Identifier: Apache-2.0
// Exceptions that http/routes/dispatcher.cpp turns into an answer, in the place of a Result that every layer between
// would have to hand on.
#pragma once

#include <stdexcept>

namespace keyhold {

// Something that we lean on does not answer now and may answer again: 503, never 401 and never 200.
// what() goes to the log and never to the client, who hears errors::store_unavailable.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// As many as there is room for wait already: 503.
// Not an Unavailable: nothing is broken, and the log does not hear of it.
class Busy : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Nobody waits for the result any more.
// what() is for nobody: the refusal that is made of it goes to a connection that has closed, and the log does not hear
// of it.
class Abandoned : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A text that no database of ours takes as it is, as it holds a NUL, which some cut and others refuse: 422.
// In a handler it came with the request: a handler need not look for one in every text that it keeps.
class NotStorable : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

}  // namespace keyhold
