// SPDX-License-Identifier: Apache-2.0
#include "http/services.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace keyhold::http {
namespace {

// As it is written in the code, for messages to the programmer; the mangled name where the compiler's library cannot
// tell.
std::string name_of(std::type_index type) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                           &std::free);
    return status == 0 ? name.get() : type.name();
}

}  // namespace

void Services::add(std::type_index type, void* object, bool is_constant) {
    if (!entries_.try_emplace(type, Entry{object, is_constant}).second)
        throw std::logic_error("two services of the type " + name_of(type) + " are provided");
}

void* Services::find(std::type_index type, bool as_constant) const {
    const auto found = entries_.find(type);
    if (found == entries_.end())
        throw std::logic_error("a route asks for a " + name_of(type) +
                               "&, and no service of that type is provided: call provide() before the server is "
                               "opened, or name its members by KEYHOLD_FIELDS if it is the body of requests");
    if (found->second.is_constant && !as_constant)
        throw std::logic_error("a route asks for a " + name_of(type) + "&, but the service is provided as const");
    return found->second.object;
}

}  // namespace keyhold::http
