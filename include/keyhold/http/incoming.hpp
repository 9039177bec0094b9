// SPDX-License-Identifier: Apache-2.0
// One value as it came in, whatever carried it: JSON, a form, a query, a piece of the path, a header field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "keyhold/base/json.hpp"
#include "keyhold/base/result.hpp"
#include "keyhold/http/message.hpp"

namespace keyhold::http {

// Decoded names and values of a form or query, in their order.
using FormFields = std::vector<std::pair<std::string, std::string>>;

// A view: the document, the fields or the text that it was made of outlive it. In JSON a number is a number; everything
// else carries text alone, so there "5" is a whole number too.
// What reads a type asks for what it wants and says itself what is wrong when it gets nothing.
class Incoming {
public:
    explicit Incoming(json::Value value) : from_(value) {}
    explicit Incoming(std::string_view text) : from_(text) {}
    explicit Incoming(const FormFields& fields) : from_(&fields) {}

    // JSON's null alone.
    bool is_null() const;
    // It has no types of its own: a form, a query, a header field.
    bool is_text() const { return !std::holds_alternative<json::Value>(from_); }
    bool is_object() const;
    bool is_array() const;

    // Each is empty if it is something else.
    std::optional<std::string_view> string() const;
    std::optional<std::int64_t> integer() const;
    std::optional<double> number() const;  // whole ones too; always finite
    std::optional<bool> boolean() const;   // of text: true, false, 1, 0, yes, no, on, off, in any case

    // A member of an object. Of fields with the same name: the first; fields_named() has them all.
    std::optional<Incoming> find(std::string_view name) const;
    // For JSON it is empty: there a list is an array.
    std::vector<Incoming> fields_named(std::string_view name) const;

    // visit(Incoming) for each item of an array, visit(name, Incoming) for each member of an object, in their order.
    template <class Visit>
    void for_each_item(Visit visit) const {
        for (auto item = json().first(); item; item = item->next()) visit(Incoming(*item));
    }
    template <class Visit>
    void for_each_member(Visit visit) const {
        if (const auto* const fields = std::get_if<const FormFields*>(&from_)) {
            for (const auto& [name, text] : **fields) visit(std::string_view(name), Incoming(std::string_view(text)));
            return;
        }
        for (auto member = json().first(); member; member = member->next()) visit(member->name(), Incoming(*member));
    }

private:
    const json::Value& json() const { return std::get<json::Value>(from_); }
    std::variant<json::Value, std::string_view, const FormFields*> from_;
};

// Of the body of a route: what it accepts, whatever the client sends.
enum class Notation : std::uint8_t {
    json,
    json_or_form,
    form,  // of OAuth: a field without a value counts as absent (RFC 6749 §3.2)
};

// What a Content-Type says, without its parameters (RFC 9110 §8.3.1): a view into it. Empty if that is a text in
// another charset than UTF-8.
std::string_view type_of_utf8_text(std::string_view content_type);

// A request's body, read by its Content-Type; root() is an object.
// Owns what was read: the text of the request may go.
class IncomingBody {
public:
    // Refused: unsupported_media_type; validation_failed for a body that is no JSON object (its field error says where)
    // or no form, or a form that names a field twice; in Notation::form that is left to whoever reads the field
    // (RFC 6749 §3.2). The text of the body is never repeated.
    static Result<IncomingBody> read(const Request& request, Notation notation);

    // As long as the body lives and is not moved.
    Incoming root() const { return root_ ? Incoming(*root_) : Incoming(fields_); }

private:
    IncomingBody() = default;
    Result<> parse_json(std::string_view text);
    Result<> parse_form_text(std::string_view text, Notation notation);
    json::Document document_;
    std::optional<json::Value> root_;
    FormFields fields_;
};

}  // namespace keyhold::http
