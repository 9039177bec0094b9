// SPDX-License-Identifier: Apache-2.0
// What handlers lean on: objects of a program, each under its type. A handler asks for one by a parameter T& or const
// T&.
#pragma once

#include <map>
#include <string>
#include <type_traits>
#include <typeindex>

namespace keyhold::http {

// Filled before the routes are added, which look up what they need once and for all: no request searches here.
// Keyed by static type: a service that is provided as its base is found under the base alone. It owns nothing.
class Services {
public:
    // `service` outlives the routes. Throws std::logic_error if there is one of its type already.
    template <class T>
    void provide(T& service) {
        add(typeid(T), const_cast<std::remove_const_t<T>*>(&service), std::is_const_v<T>);
    }

    // A constant object whose type is known to the caller alone.
    void provide(std::type_index type, const void* service) { add(type, const_cast<void*>(service), true); }

    // Throws std::logic_error that names the type if there is none, or only a constant one where T is not const.
    template <class T>
    T& get() const {
        return *static_cast<T*>(find(typeid(T), std::is_const_v<T>));
    }

private:
    struct Entry {
        void* object;
        bool is_constant;
    };
    void add(std::type_index type, void* object, bool is_constant);
    void* find(std::type_index type, bool as_constant) const;
    std::map<std::type_index, Entry> entries_;
};

}  // namespace keyhold::http
