// SPDX-License-Identifier: Apache-2.0
// A library that is opened when something asks for it: linked in, libpq brings 24 libraries and libcurl 26, which
// would cost a server that needs neither memory and time at its start (decision 0030).
#pragma once

#include <dlfcn.h>

#include <string>

#include "base/exceptions.hpp"

namespace keyhold {

// RTLD_NOW: a library whose own needs are missing is found out here, and not at its first call. RTLD_LOCAL: its symbols
// are nobody else's.
class SharedLibrary {
public:
    // Stays open for good. Throws Unavailable with the name of the Debian package that brings it.
    SharedLibrary(const char* name, const char* package) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
        if (handle_ == nullptr) throw Unavailable(std::string(::dlerror()) + ": apt-get install " + package);
    }

    // Throws Unavailable where the library has no function of that name, as an older version of it.
    template <class Function>
    void find(const char* name, Function*& function) const {
        function = reinterpret_cast<Function*>(::dlsym(handle_, name));
        if (function == nullptr) throw Unavailable(std::string(::dlerror()));
    }

private:
    void* handle_;
};

}  // namespace keyhold
