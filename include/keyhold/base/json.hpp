// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259): UTF-8 only, no duplicate names, no depth beyond 32, nothing after the value.
//
// A Document owns one parsed text; a Value is a view into it and is valid as long as the Document is
// neither destroyed nor parsed into again (moving it is fine). Parsing into the same Document again
// reuses its memory. One thread at a time.
// A Document may hold what was in a request, a password for one: its memory is wiped when it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keyhold/base/result.hpp"

namespace keyhold::json {

enum class Type : std::uint8_t { null, boolean, integer, number, string, array, object };

// How a parsed text lies in memory, which only Value needs to know: one value of many in a row. An array or object is
// followed by its children, each by its own children.
struct Node {
    std::string_view name;     // in an object: the member's name
    std::string_view text;     // a string's characters, a number as it was written
    std::int64_t integer = 0;  // also a boolean's 0 or 1
    double number = 0;
    std::uint32_t size = 0;  // children
    std::uint32_t next = 0;  // nodes from here to the next sibling; 0: this is the last one
    Type type = Type::null;
};

// Equal texts. Of names, most are told apart by their size and ends: then no function is called.
inline bool same(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    return a.empty() || (a.front() == b.front() && a.back() == b.back() && a == b);
}

// A view of one value. All of it is inline: a token's claims are read a million times a second.
// As cheap to copy as a pointer: pass it by value. Numbers are read once, while parsing.
class Value {
public:
    Type type() const { return node_->type; }
    bool is_object() const { return type() == Type::object; }
    bool is_string() const { return type() == Type::string; }

    // Empty if it is of another type.
    std::optional<std::string_view> string() const { return is_string() ? std::optional(node_->text) : std::nullopt; }
    std::optional<bool> boolean() const {
        return type() == Type::boolean ? std::optional(node_->integer != 0) : std::nullopt;
    }
    // No fraction, no exponent, fits 64 bits.
    std::optional<std::int64_t> integer() const {
        return type() == Type::integer ? std::optional(node_->integer) : std::nullopt;
    }
    // Integers too; always finite.
    std::optional<double> number() const {
        return type() == Type::integer || type() == Type::number ? std::optional(node_->number) : std::nullopt;
    }
    // The member of that name; empty if it is absent or if this is no object. Looks at each in turn.
    std::optional<Value> find(std::string_view name) const {
        if (!is_object()) return std::nullopt;
        for (auto member = first(); member; member = member->next())
            if (same(member->name(), name)) return member;
        return std::nullopt;
    }

    // Children of an array or object in their order: for (auto c = v.first(); c; c = c->next()).
    std::optional<Value> first() const { return node_->size != 0 ? std::optional(Value(node_ + 1)) : std::nullopt; }
    std::optional<Value> next() const {
        return node_->next != 0 ? std::optional(Value(node_ + node_->next)) : std::nullopt;
    }
    // Unescaped, as string() is; both may hold any character, also a NUL ("\u0000").
    std::string_view name() const { return node_->name; }  // a member's name; empty for items of an array
    std::size_t size() const { return node_->size; }       // number of children

private:
    friend class Document;
    friend void append_value(std::string&, Value);
    explicit Value(const Node* node) : node_(node) {}
    const Node* node_;
};

// The reason never repeats what stood in the text, so it may be shown and logged.
struct ParseError {
    std::size_t offset;  // in bytes from the start
    std::string reason;  // "duplicate name", "syntax error" ...
};

// Each parse() makes the Values of the one before it invalid.
class Document {
public:
    Document();
    ~Document();
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;

    // Empty if `text` is refused; error() then says where and why. `text` is copied.
    // Refused beside what RFC 8259 forbids: a name that an object has already (compared after its escapes are
    // read), lone surrogates, a byte order mark, a number too large for a double, texts of 256 MiB and more.
    // Linear in the length of the text, but for the names of objects with more than 16 members, which are sorted.
    std::optional<Value> parse(std::string_view text);
    const ParseError& error() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD; controls and whatever anybody takes
// for the end of a line are escaped.
// Never fails, whatever the bytes are: what is no UTF-8 is replaced.
void append_string(std::string& out, std::string_view text);

// Appends `value` as compact JSON. Numbers are written as they were read ("1.0" stays "1.0").
void append_value(std::string& out, Value value);

// Writes one object or array; commas are its business. Nested values go in between begin and end.
//   Writer w(out); w.begin_object(); w.member("sub", name); w.member("exp", 5); w.end_object();
// It does not check that names and values alternate or that everything is closed: that is for its caller. What `out`
// holds already stays before it.
class Writer {
public:
    explicit Writer(std::string& out) : out_(out) {}
    void begin_object() {
        separate();
        out_ += '{';
        first_ = true;
    }
    void end_object() {
        out_ += '}';
        first_ = false;
    }
    void begin_array() {
        separate();
        out_ += '[';
        first_ = true;
    }
    void end_array() {
        out_ += ']';
        first_ = false;
    }
    // Of the member whose value is written next.
    void name(std::string_view name);
    void value(std::string_view text);
    void value(const char* text) { value(std::string_view(text)); }
    void value(const std::string& text) { value(std::string_view(text)); }
    void value(bool boolean);
    void value(std::int64_t number);
    void value(int number) { value(static_cast<std::int64_t>(number)); }
    void null();
    void raw(std::string_view json);  // is JSON already
    template <class T>
    void member(std::string_view member_name, const T& member_value) {
        name(member_name);
        value(member_value);
    }

private:
    void separate();
    std::string& out_;
    bool first_ = true;
};

}  // namespace keyhold::json
