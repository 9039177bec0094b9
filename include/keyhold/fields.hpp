// SPDX-License-Identifier: Apache-2.0
// What a struct consists of, said once: how it is read, checked, written and documented follows from it.
//
//   struct Note { std::string text; std::optional<std::int64_t> priority; std::vector<std::string> tags; };
//   KEYHOLD_FIELDS(Note, (text, keyhold::length(1, 500)), (priority, keyhold::range(0, 9)),
//                  (tags, keyhold::length(0, 8), keyhold::each(keyhold::length(1, 30))))
//
// The macro stands in the namespace of the struct, behind it. A member is a std::string, a bool, a whole number, a
// double, an enum (KEYHOLD_ENUM), a described struct, or a std::optional, std::vector or std::map<std::string, ...> of
// one. Members that are neither optional nor have keyhold::otherwise() are required. The rules' words in JSON Schema
// (2020-12) and the errors' types are those that FastAPI uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace keyhold {

// Of a string: characters (Unicode code points). Of a list: items.
struct Length {
    std::size_t least;
    std::size_t most;
};
constexpr Length length(std::size_t least, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    return {least, most};
}

// Of a number, both ends included.
template <class T>
struct Range {
    T least;
    T most;
};
namespace detail {
template <class T>
using RangeOf = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
}
template <class T>
constexpr Range<detail::RangeOf<T>> range(T least) {
    return {least, std::numeric_limits<detail::RangeOf<T>>::max()};
}
template <class T, class U>
constexpr Range<detail::RangeOf<std::common_type_t<T, U>>> range(T least, U most) {
    return {least, most};
}

// Of a string: one of these.
template <std::size_t N>
struct OneOf {
    std::array<std::string_view, N> values;
};
template <class... Text>
constexpr OneOf<sizeof...(Text)> one_of(const Text&... values) {
    return {{std::string_view(values)...}};
}

// What the document says of the member, in a sentence.
struct About {
    std::string_view text;
};
constexpr About about(std::string_view text) { return {text}; }

// An absent member is no error, and keeps the value that the struct gives it.
struct MayBeAbsent {};
constexpr MayBeAbsent may_be_absent() { return {}; }

// The value of a member that is absent; the document names it.
template <class T>
struct Otherwise {
    T value;
};
constexpr Otherwise<std::int64_t> otherwise(int value) { return {value}; }
constexpr Otherwise<std::int64_t> otherwise(std::int64_t value) { return {value}; }
constexpr Otherwise<double> otherwise(double value) { return {value}; }
constexpr Otherwise<bool> otherwise(bool value) { return {value}; }
template <class E>
requires std::is_enum_v<E>
constexpr Otherwise<E> otherwise(E value) { return {value}; }
constexpr Otherwise<std::string_view> otherwise(const char* value) { return {value}; }

// Of a string: a format that JSON Schema names (2020-12 validation, section 7.3), and that is checked.
enum class Format : std::uint8_t { email, uuid, date, date_time, uri };
constexpr Format format(Format value) { return value; }

// Of a string as a whole: characters, classes ([a-z0-9_-], [^/]), '.', \d \w \s and escaped characters, each repeated
// by
// ?, *, +, {n} or {n,m}. There are no groups and no alternatives, so that matching takes at most (length of the
// string) x (length of the pattern) steps, whatever the string: a pattern with anything else does not compile.
class Pattern {
public:
    static constexpr std::size_t most_items = 32;
    static constexpr std::uint16_t any_number = 0xffff;
    struct Item {
        std::array<std::uint64_t, 2> ascii{};  // a bit for each ASCII character that matches
        bool others = false;                   // whether other characters match
        std::uint16_t least = 1;
        std::uint16_t most = 1;
    };

    template <std::size_t N>
    consteval explicit Pattern(const char (&text)[N]) : text_(text, N - 1) {
        parse();
    }
    consteval explicit Pattern(std::string_view text) : text_(text) { parse(); }
    constexpr std::string_view text() const { return text_; }
    constexpr std::size_t size() const { return size_; }
    constexpr const Item& item(std::size_t at) const { return items_[at]; }

private:
    // "throw" in what is evaluated by the compiler is a compile error that shows this text.
    consteval char take(std::size_t& at) const {
        if (at >= text_.size()) throw "the pattern ends too early";
        return text_[at++];
    }
    static consteval void allow(Item& item, char first, char last) {
        if (first < 0 || last < first) throw "a range of the pattern is not one of ASCII characters in their order";
        for (int c = first; c <= last; ++c)
            item.ascii[static_cast<std::size_t>(c) / 64] |= std::uint64_t{1} << (static_cast<unsigned>(c) % 64);
    }
    // Behind a backslash. True if it stood for more than one character.
    static consteval bool allow_escaped(Item& item, char c) {
        if (c == 'd') return allow(item, '0', '9'), true;
        if (c == 's') return allow(item, '\t', '\r'), allow(item, ' ', ' '), true;
        if (c == 'w')
            return allow(item, 'a', 'z'), allow(item, 'A', 'Z'), allow(item, '0', '9'), allow(item, '_', '_'), true;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            throw "an escape of the pattern is not understood";
        allow(item, c, c);
        return false;
    }
    static consteval void invert(Item& item) {
        item.ascii[0] = ~item.ascii[0];
        item.ascii[1] = ~item.ascii[1];
        item.others = true;
    }
    consteval void parse_class(Item& item, std::size_t& at) const {
        const bool inverted = at < text_.size() && text_[at] == '^';
        if (inverted) ++at;
        for (char c = take(at); c != ']'; c = take(at)) {
            if (c == '[') throw "a '[' within a class of the pattern is written as an escape";
            if (c == '\\') {
                c = take(at);
                if (allow_escaped(item, c)) continue;
            }
            if (at + 1 < text_.size() && text_[at] == '-' && text_[at + 1] != ']') {
                ++at;
                char last = take(at);
                if (last == '\\') last = take(at);
                allow(item, c, last);
            } else {
                allow(item, c, c);
            }
        }
        if (inverted) invert(item);
    }
    consteval std::uint16_t parse_number(std::size_t& at) const {
        unsigned value = 0;
        if (at >= text_.size() || text_[at] < '0' || text_[at] > '9') throw "a number is missing in the pattern";
        while (at < text_.size() && text_[at] >= '0' && text_[at] <= '9')
            value = value * 10 + static_cast<unsigned>(text_[at++] - '0');
        if (value > 1000) throw "the pattern repeats something more than 1000 times";
        return static_cast<std::uint16_t>(value);
    }
    consteval void parse_repetition(Item& item, std::size_t& at) const {
        if (at >= text_.size()) return;
        if (text_[at] == '?') return ++at, item.least = 0, void();
        if (text_[at] == '*') return ++at, item.least = 0, item.most = any_number, void();
        if (text_[at] == '+') return ++at, item.most = any_number, void();
        if (text_[at] != '{') return;
        ++at;
        item.least = item.most = parse_number(at);
        char c = take(at);
        if (c == ',') {
            if (at < text_.size() && text_[at] == '}')
                item.most = any_number;
            else
                item.most = parse_number(at);
            c = take(at);
        }
        if (c != '}' || item.most < item.least) throw "a repetition of the pattern is not {n} or {n,m}";
    }
    consteval void parse() {
        std::size_t at = 0;
        if (at < text_.size() && text_[at] == '^') ++at;  // the whole string matches in any case
        while (at < text_.size()) {
            if (text_[at] == '$' && at + 1 == text_.size()) return;
            if (size_ == most_items) throw "the pattern has more than 32 parts";
            Item& item = items_[size_++];
            const char c = take(at);
            if (c == '(' || c == ')' || c == '|' || c == '*' || c == '+' || c == '?' || c == '{' || c == '$' ||
                c == '^')
                throw "the pattern has a group, an alternative or a repetition of nothing";
            if (c == '[')
                parse_class(item, at);
            else if (c == '.')
                allow(item, '\n', '\n'), invert(item);
            else if (c == '\\')
                allow_escaped(item, take(at));
            else
                allow(item, c, c);
            parse_repetition(item, at);
        }
    }

    std::string_view text_;
    std::array<Item, most_items> items_{};
    std::size_t size_ = 0;
};
template <std::size_t N>
consteval Pattern pattern(const char (&text)[N]) {
    return Pattern(text);
}

// Rules for each item of a list or map instead of the list itself.
template <class... Rules>
struct Each {
    std::tuple<Rules...> rules;
};
template <class... Rules>
constexpr Each<Rules...> each(Rules... rules) {
    return {std::tuple(rules...)};
}

// One member of a described struct.
template <class Class, class Member, class... Rules>
struct Field {
    using Type = Member;
    std::string_view name;
    Member Class::*pointer;
    std::tuple<Rules...> rules;
};
template <class Class, class Member, class... Rules>
constexpr Field<Class, Member, Rules...> make_field(std::string_view name, Member Class::*pointer, Rules... rules) {
    return {name, pointer, std::tuple(rules...)};
}

namespace detail {

// What a struct consists of, in order. A std::tuple would do, but for its constructors: to choose among them takes
// g++ 0.2 s for twenty members, in every file that sees the struct.
template <std::size_t Index, class T>
struct Entry {
    T value;
};
template <class Indices, class... T>
struct Entries;
template <std::size_t... Index, class... T>
struct Entries<std::index_sequence<Index...>, T...> : Entry<Index, T>... {
    static constexpr std::size_t count = sizeof...(T);

    // use(first, second, ...)
    template <class Use>
    constexpr decltype(auto) apply(Use&& use) const {
        return use(static_cast<const Entry<Index, T>&>(*this).value...);
    }
};
template <class... T>
constexpr Entries<std::index_sequence_for<T...>, T...> entries(T... values) {
    return {{values}...};
}

}  // namespace detail

template <class T>
concept Described = requires {
    keyhold_fields(static_cast<const T*>(nullptr));
};

template <Described T>
inline constexpr auto fields_of = keyhold_fields(static_cast<const T*>(nullptr));

// Calls visit(field) for each member in the order of KEYHOLD_FIELDS.
template <Described T, class Visit>
constexpr void for_each_field(Visit&& visit) {
    fields_of<T>.apply([&visit](const auto&... field) { (visit(field), ...); });
}

// One value of a described enum, and how it is spelt outside.
template <class E>
struct EnumName {
    E value;
    std::string_view name;
};
template <class T>
concept DescribedEnum = requires {
    keyhold_names(static_cast<const T*>(nullptr));
};

}  // namespace keyhold

// clang-format off
// One line for each number of members, so that an error in a rule is shown three macros deep and not a hundred.
#define KEYHOLD_EACH_0(apply)
#define KEYHOLD_EACH_1(apply, m1) apply m1
#define KEYHOLD_EACH_2(apply, m1, m2) apply m1, apply m2
#define KEYHOLD_EACH_3(apply, m1, m2, m3) apply m1, apply m2, apply m3
#define KEYHOLD_EACH_4(apply, m1, m2, m3, m4) apply m1, apply m2, apply m3, apply m4
#define KEYHOLD_EACH_5(apply, m1, m2, m3, m4, m5) apply m1, apply m2, apply m3, apply m4, apply m5
#define KEYHOLD_EACH_6(apply, m1, m2, m3, m4, m5, m6) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6
#define KEYHOLD_EACH_7(apply, m1, m2, m3, m4, m5, m6, m7) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7
#define KEYHOLD_EACH_8(apply, m1, m2, m3, m4, m5, m6, m7, m8) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8
#define KEYHOLD_EACH_9(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9
#define KEYHOLD_EACH_10(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10
#define KEYHOLD_EACH_11(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11
#define KEYHOLD_EACH_12(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12
#define KEYHOLD_EACH_13(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13
#define KEYHOLD_EACH_14(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14
#define KEYHOLD_EACH_15(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15
#define KEYHOLD_EACH_16(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16
#define KEYHOLD_EACH_17(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17
#define KEYHOLD_EACH_18(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18
#define KEYHOLD_EACH_19(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19
#define KEYHOLD_EACH_20(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20
#define KEYHOLD_EACH_21(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21
#define KEYHOLD_EACH_22(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22
#define KEYHOLD_EACH_23(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23
#define KEYHOLD_EACH_24(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24
#define KEYHOLD_EACH_25(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25
#define KEYHOLD_EACH_26(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26
#define KEYHOLD_EACH_27(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26, apply m27
#define KEYHOLD_EACH_28(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26, apply m27, apply m28
#define KEYHOLD_EACH_29(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26, apply m27, apply m28, apply m29
#define KEYHOLD_EACH_30(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26, apply m27, apply m28, apply m29, apply m30
#define KEYHOLD_EACH_31(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26, apply m27, apply m28, apply m29, apply m30, apply m31
#define KEYHOLD_EACH_32(apply, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32) apply m1, apply m2, apply m3, apply m4, apply m5, apply m6, apply m7, apply m8, apply m9, apply m10, apply m11, apply m12, apply m13, apply m14, apply m15, apply m16, apply m17, apply m18, apply m19, apply m20, apply m21, apply m22, apply m23, apply m24, apply m25, apply m26, apply m27, apply m28, apply m29, apply m30, apply m31, apply m32
#define KEYHOLD_PICK(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, name, ...) name
#define KEYHOLD_EACH(apply, ...) KEYHOLD_PICK(apply __VA_OPT__(, ) __VA_ARGS__, KEYHOLD_EACH_32, KEYHOLD_EACH_31, KEYHOLD_EACH_30, KEYHOLD_EACH_29, KEYHOLD_EACH_28, KEYHOLD_EACH_27, KEYHOLD_EACH_26, KEYHOLD_EACH_25, KEYHOLD_EACH_24, KEYHOLD_EACH_23, KEYHOLD_EACH_22, KEYHOLD_EACH_21, KEYHOLD_EACH_20, KEYHOLD_EACH_19, KEYHOLD_EACH_18, KEYHOLD_EACH_17, KEYHOLD_EACH_16, KEYHOLD_EACH_15, KEYHOLD_EACH_14, KEYHOLD_EACH_13, KEYHOLD_EACH_12, KEYHOLD_EACH_11, KEYHOLD_EACH_10, KEYHOLD_EACH_9, KEYHOLD_EACH_8, KEYHOLD_EACH_7, KEYHOLD_EACH_6, KEYHOLD_EACH_5, KEYHOLD_EACH_4, KEYHOLD_EACH_3, KEYHOLD_EACH_2, KEYHOLD_EACH_1, KEYHOLD_EACH_0, )(apply __VA_OPT__(, ) __VA_ARGS__)
// clang-format on

#define KEYHOLD_FIELD(member, ...) ::keyhold::make_field(#member, &Described_::member __VA_OPT__(, ) __VA_ARGS__)
#define KEYHOLD_ENUM_NAME(value) \
    ::keyhold::EnumName<Described_> { Described_::value, #value }

// KEYHOLD_FIELDS(Type, (member, rule...), ...): up to 32 members.
#define KEYHOLD_FIELDS(Type, ...)                                                    \
    [[maybe_unused]] constexpr auto keyhold_fields(const Type*) {                    \
        using Described_ [[maybe_unused]] = Type;                                    \
        return ::keyhold::detail::entries(KEYHOLD_EACH(KEYHOLD_FIELD, __VA_ARGS__)); \
    }                                                                                \
    [[maybe_unused]] constexpr std::string_view keyhold_name(const Type*) { return #Type; }

// KEYHOLD_ENUM(Type, (value), ...): spelt outside as in the code.
#define KEYHOLD_ENUM(Type, ...)                                          \
    [[maybe_unused]] constexpr auto keyhold_names(const Type*) {         \
        using Described_ = Type;                                         \
        return std::array{KEYHOLD_EACH(KEYHOLD_ENUM_NAME, __VA_ARGS__)}; \
    }
