// SPDX-License-Identifier: Apache-2.0
#include "domain/unicode.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

namespace keyhold::domain {

namespace {

const utf8proc_uint8_t* bytes(std::string_view text) { return reinterpret_cast<const utf8proc_uint8_t*>(text.data()); }

std::string map(std::string_view text, int options) {
    utf8proc_uint8_t* out = nullptr;
    const auto size = utf8proc_map(bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &out,
                                   static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(out, std::free);
    if (size == UTF8PROC_ERROR_NOMEM) throw std::bad_alloc();
    if (size < 0) throw std::invalid_argument(utf8proc_errmsg(size));
    return {reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)};
}

// False at the first byte that is not UTF-8.
template <class Visit>
bool each_code_point(std::string_view text, Visit visit) {
    while (!text.empty()) {
        utf8proc_int32_t point = 0;
        const auto size = utf8proc_iterate(bytes(text), static_cast<utf8proc_ssize_t>(text.size()), &point);
        if (size <= 0) return false;
        visit(point);
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace

std::optional<std::vector<std::int32_t>> code_points(std::string_view text) {
    std::vector<std::int32_t> points;
    points.reserve(text.size());
    if (!each_code_point(text, [&](std::int32_t point) { points.push_back(point); })) return std::nullopt;
    return points;
}

std::optional<std::size_t> count_characters(std::string_view text) {
    std::size_t count = 0;
    if (!each_code_point(text, [&](std::int32_t) { ++count; })) return std::nullopt;
    return count;
}

std::string nfc(std::string_view text) { return map(text, UTF8PROC_COMPOSE); }

std::string visible_nfkc(std::string_view text) {
    return map(text, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_IGNORE);
}

// Decomposed first, as the definition demands: U+0345 folds to a letter, which must not overtake other marks.
std::string nfkc_casefold(std::string_view text) {
    return map(map(text, UTF8PROC_DECOMPOSE), UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

}  // namespace keyhold::domain
