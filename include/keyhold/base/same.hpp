// SPDX-License-Identifier: Apache-2.0
// Whether two values of a program's own are the same, also those that hold secrets. Not for what strangers send: how
// long it takes tells where they differ.
#pragma once

#include <algorithm>
#include <concepts>

namespace keyhold {

// A list of what has no ==, as secrets have none.
template <class T>
concept ListWithoutEqual = requires {
    typename T::value_type;
    requires !std::equality_comparable<typename T::value_type>;
};

// Compares what optionals and lists hold in turn; secrets by their text, everything else by its own ==.
template <class T>
bool are_same(const T& a, const T& b) {
    if constexpr (requires { a.reveal(); })
        return a.reveal() == b.reveal();
    else if constexpr (requires { a.has_value(); })
        return a.has_value() == b.has_value() && (!a.has_value() || are_same(*a, *b));
    else if constexpr (ListWithoutEqual<T>)
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), are_same<typename T::value_type>);
    else
        return a == b;
}

}  // namespace keyhold
