// SPDX-License-Identifier: Apache-2.0
// The parser: RFC 8259 from top to bottom, one function per production. It is our own so that keyhold::guard is built
// without Boost; tests/unit/base/json_test.cpp and fuzz/json_fuzz.cpp hold it to the standard.
#include "base/json.hpp"

#include <string.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace keyhold::json {
namespace {

// Also what bounds the recursion of value() and container(), and so the stack that a text can use up.
constexpr std::size_t max_depth = 32;                   // no token or body of ours nests deeper than 4
constexpr std::size_t max_text = std::size_t{1} << 28;  // node counts fit 32 bits with room to spare

// What stands for itself in a string, as most of every text does: one look each.
constexpr auto plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0x20; byte < 0x80; ++byte) table[byte] = byte != '"' && byte != '\\';
    return table;
}();
bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

// The power of ten of a number's first digit that is not 0: positive for what may be too large for a double.
// `exponent` is what stands behind the e.
std::int64_t magnitude(std::string_view mantissa, std::string_view exponent) {
    const std::size_t first = mantissa.find_first_of("123456789");
    if (first == mantissa.npos) return -1;  // 0, whatever the exponent
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    const auto power =
        first < point ? static_cast<std::int64_t>(point - first) - 1 : -static_cast<std::int64_t>(first - point);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    std::int32_t more = 0;
    const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), more);
    // The exponent does not fit into 32 bits, so no real program has written it: such a number is treated as too large,
    // whatever the sign of the exponent.
    return read.ec == std::errc::result_out_of_range ? 1 : power + more;
}

}  // namespace

// Reads its own copy of the text, in which strings are unescaped where they stand: what is read is never longer than
// what was written. The copy ends with a NUL, at which every production stops.
struct Document::State {
    ParseError error;

    ~State() { wipe(); }

    // wipe() first: the string may be given other memory, and then what it held would stay where it was.
    bool parse(std::string_view text) {
        wipe();
        text_.assign(text);
        // The memory of the last text is used again.
        nodes_.clear();
        at_ = text_.data();
        end_ = at_ + text_.size();
        if (!value({}, 0)) return false;
        skip_space();
        return at_ == end_ || fail("text after the value");
    }
    const Node* root() const { return nodes_.data(); }

private:
    bool fail(const char* reason) {
        error = {static_cast<std::size_t>(at_ - text_.data()), reason};
        return false;
    }
    bool fail() { return fail(at_ >= end_ ? "ends too early" : "syntax error"); }

    // §2: ws.
    void skip_space() {
        while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
    }
    bool skip(char wanted) {
        if (*at_ != wanted) return false;
        ++at_;
        return true;
    }

    // The reference holds until the next node is appended, as the vector may move.
    Node& append(Type type, std::string_view name) {
        Node& node = nodes_.emplace_back();
        node.type = type;
        node.name = name;
        return node;
    }

    // §3. `depth`: of arrays and objects around it.
    bool value(std::string_view name, std::size_t depth) {
        skip_space();
        switch (*at_) {
            case '{':
            case '[':
                return depth < max_depth ? container(name, depth) : fail("nested too deeply");
            case '"': {
                const std::size_t index = nodes_.size();
                append(Type::string, name);
                return string(nodes_[index].text);
            }
            case 't':
                return word("true", Type::boolean, name, 1);
            case 'f':
                return word("false", Type::boolean, name, 0);
            case 'n':
                return word("null", Type::null, name, 0);
            default:
                return number(name);
        }
    }
    bool word(std::string_view wanted, Type type, std::string_view name, std::int64_t integer) {
        for (const char c : wanted)
            if (!skip(c)) return fail();
        append(type, name).integer = integer;
        return true;
    }

    // §4 and §5. Children follow their node, each with the distance to the next one.
    bool container(std::string_view name, std::size_t depth) {
        const bool is_object = *at_++ == '{';
        const char last = is_object ? '}' : ']';
        // An index and no reference, as children are appended before the size is known.
        const std::size_t index = nodes_.size();
        append(is_object ? Type::object : Type::array, name);
        skip_space();
        if (skip(last)) return true;
        for (std::size_t child = 0;;) {
            std::string_view member;
            if (is_object && !member_name(member)) return false;
            const std::size_t next = nodes_.size();
            if (!value(member, depth + 1)) return false;
            if (child != 0) nodes_[child].next = static_cast<std::uint32_t>(next - child);
            child = next;
            ++nodes_[index].size;
            skip_space();
            if (skip(last)) break;
            if (!skip(',')) return fail();
        }
        return !is_object || !has_duplicate_names(index) || fail("duplicate name");
    }
    bool member_name(std::string_view& name) {
        skip_space();
        if (*at_ != '"') return fail();
        if (!string(name)) return false;
        skip_space();
        return skip(':') || fail();
    }

    // §6. What stands for itself fits 64 bits; anything else is a double.
    bool number(std::string_view name) {
        const char* const first = at_;
        const bool is_negative = skip('-');
        const char* const first_digit = at_;
        std::uint64_t sum = 0;  // means something while the digits are few
        if (!skip('0')) {
            for (; is_ascii_digit(*at_); ++at_) sum = sum * 10 + static_cast<std::uint64_t>(*at_ - '0');
            if (at_ == first_digit) return fail();
        }
        bool is_integer = true;
        if (skip('.')) {
            is_integer = false;
            if (!digits()) return fail();
        }
        const char* const mantissa_end = at_;
        constexpr std::ptrdiff_t few = 18;  // digits that fit 64 bits whatever they are
        const char* exponent = at_;
        if (skip('e') || skip('E')) {
            is_integer = false;
            exponent = at_;
            if (!skip('+')) skip('-');
            if (!digits()) return fail();
        }
        Node& node = append(Type::number, name);
        node.text = {first, at_};
        // The usual case by far (times, numbers of seconds), without std::from_chars.
        if (is_integer && at_ - first_digit <= few) {
            const auto absolute = static_cast<std::int64_t>(sum);
            node.integer = is_negative ? -absolute : absolute;
            node.type = Type::integer;
            node.number = static_cast<double>(node.integer);
            return true;
        }
        if (is_integer && std::from_chars(first, at_, node.integer).ec == std::errc()) {
            node.type = Type::integer;
            node.number = static_cast<double>(node.integer);
            return true;
        }
        // Too small for a double is 0.
        if (std::from_chars(first, at_, node.number).ec == std::errc::result_out_of_range) {
            if (magnitude({first, mantissa_end}, {exponent, at_}) > 0) return fail("number too large");
            node.number = 0;
        }
        return true;
    }
    bool digits() {
        const char* const first = at_;
        while (is_ascii_digit(*at_)) ++at_;
        return at_ != first;
    }

    // §7.
    bool string(std::string_view& read) {
        const char* const first = ++at_;
        // Up to here nothing has to be moved; most strings end here.
        while (is_plain(*at_)) ++at_;
        char* out = at_;
        while (*at_ != '"') {
            const auto byte = static_cast<unsigned char>(*at_);
            if (byte == '\\') {
                if (!escape(out)) return fail();
            } else if (byte < 0x20) {
                return fail();  // the end, too
            } else if (byte < 0x80) {
                *out++ = *at_++;
            } else if (!character(out)) {
                return fail();
            }
        }
        ++at_;
        read = {first, out};
        return true;
    }
    // `out` never overtakes the place that is read: every escape is longer than what it stands for.
    bool escape(char*& out) {
        constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
        ++at_;
        if (skip('u')) return unicode_escape(out);
        const std::size_t letter = *at_ == '\0' ? letters.npos : letters.find(*at_);
        if (letter == letters.npos) return false;
        ++at_;
        *out++ = meant[letter];
        return true;
    }
    bool unicode_escape(char*& out) {
        std::uint32_t code;
        if (!four_digits(code) || (code >= 0xdc00 && code < 0xe000)) return false;
        if (code >= 0xd800 && code < 0xdc00) {  // the first half of a pair
            std::uint32_t low;
            if (!skip('\\') || !skip('u') || !four_digits(low) || low < 0xdc00 || low >= 0xe000) return false;
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
        const auto put_tail = [&](unsigned shift) { put(0x80 | ((code >> shift) & 0x3f)); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xc0 | (code >> 6)), put_tail(0);
        } else if (code < 0x10000) {
            put(0xe0 | (code >> 12)), put_tail(6), put_tail(0);
        } else {
            put(0xf0 | (code >> 18)), put_tail(12), put_tail(6), put_tail(0);
        }
        return true;
    }
    bool four_digits(std::uint32_t& code) {
        code = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const char c = *at_;
            if (!is_ascii_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) return false;
            code = code * 16 + static_cast<std::uint32_t>(is_ascii_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        return true;
    }

    // RFC 3629 §4: one character of two bytes or more; nothing overlong, no surrogates, nothing past U+10FFFF. Behind
    // the end stands a NUL, which continues nothing.
    bool character(char*& out) {
        const auto byte = [&](std::size_t behind) { return static_cast<unsigned char>(at_[behind]); };
        const auto continues = [&](std::size_t behind) { return (byte(behind) & 0xc0) == 0x80; };
        const unsigned first = byte(0), second = continues(1) ? byte(1) : 0u;
        std::size_t size = 0;
        if (first >= 0xc2 && first <= 0xdf && second != 0)
            size = 2;
        else if (first >= 0xe0 && first <= 0xef && second >= (first == 0xe0 ? 0xa0u : 0x80u) &&
                 second <= (first == 0xed ? 0x9fu : 0xbfu) && continues(2))
            size = 3;
        else if (first >= 0xf0 && first <= 0xf4 && second >= (first == 0xf0 ? 0x90u : 0x80u) &&
                 second <= (first == 0xf4 ? 0x8fu : 0xbfu) && continues(2) && continues(3))
            size = 4;
        else
            return false;
        for (; size != 0; --size) *out++ = *at_++;
        return true;
    }

    // Two members of one name: RFC 7515 §4 refuses them in headers, RFC 7519 §4 in claims, we everywhere.
    // Pairwise while that is cheap, else by sorting, so that a body full of names costs n log n.
    // After the escapes were read, since "a" and "\u0061" are one name.
    bool has_duplicate_names(std::size_t object) {
        const std::uint32_t size = nodes_[object].size;
        if (size < 2) return false;
        names_.clear();
        const Node* member = nodes_.data() + object + 1;
        for (; member->next != 0; member += member->next) names_.push_back(member->name);
        names_.push_back(member->name);
        if (size > 16) {
            std::sort(names_.begin(), names_.end());
            return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
        }
        for (auto name = names_.begin() + 1; name != names_.end(); ++name)
            for (auto earlier = names_.begin(); earlier != name; ++earlier)
                if (same(*earlier, *name)) return true;
        return false;
    }

    // explicit_bzero(3), which the compiler may not leave out as it does with what nobody reads afterwards.
    void wipe() { explicit_bzero(text_.data(), text_.size()); }

    std::string text_;
    char* at_ = nullptr;
    const char* end_ = nullptr;
    std::vector<Node> nodes_;
    std::vector<std::string_view> names_;
};

Document::Document() : state_(std::make_unique<State>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

const ParseError& Document::error() const { return state_->error; }

std::optional<Value> Document::parse(std::string_view text) {
    if (text.size() >= max_text) {
        state_->error = {max_text, "text too large"};
        return std::nullopt;
    }
    if (!state_->parse(text)) return std::nullopt;
    return Value(state_->root());
}

}  // namespace keyhold::json
