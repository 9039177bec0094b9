// SPDX-License-Identifier: Apache-2.0
#include "http/incoming.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/integer.hpp"
#include "base/text.hpp"
#include "http/errors.hpp"
#include "http/form.hpp"

namespace keyhold::http {
namespace {

// The longest form of OAuth has 10 fields; a bound keeps the search for duplicates short.
constexpr std::size_t max_pairs = 64;

// An error about the body as a whole, in the shape of FastAPI's: loc is ["body"], or ["body", offset] for JSON.
Error body_error(std::string type, std::string message, std::optional<std::size_t> offset = {}) {
    return {errors::validation_failed, std::vector{FieldError{std::move(type), {"body"}, std::move(message), offset}}};
}

enum class MediaType : std::uint8_t { json, form, other };

// The only charset that either notation has is UTF-8 (RFC 8259 §8.1).
MediaType media_type_of(std::string_view content_type) {
    const std::string_view type = type_of_utf8_text(content_type);
    constexpr std::string_view json_suffix = "+json";
    if (equal_ignoring_case(type, "application/json")) return MediaType::json;
    if (type.size() > json_suffix.size() &&
        equal_ignoring_case(type.substr(type.size() - json_suffix.size()), json_suffix))
        return MediaType::json;
    // multipart/form-data is not among them: it is for files, which nothing here takes.
    if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) return MediaType::form;
    return MediaType::other;
}

}  // namespace

// Parameters other than charset are ignored, as a boundary or a profile changes nothing for what is read here.
std::string_view type_of_utf8_text(std::string_view content_type) {
    const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
    while (content_type.find(';') != content_type.npos) {
        content_type.remove_prefix(content_type.find(';') + 1);
        const std::string_view parameter = trimmed(content_type.substr(0, content_type.find(';')));
        constexpr std::string_view charset = "charset=";
        if (parameter.size() < charset.size() || !equal_ignoring_case(parameter.substr(0, charset.size()), charset))
            continue;
        const std::string_view value = parameter.substr(charset.size());
        if (!equal_ignoring_case(value, "utf-8") && !equal_ignoring_case(value, "\"utf-8\"")) return {};
    }
    return type;
}

// Text is never null: an empty field of a form is an empty string.
bool Incoming::is_null() const { return !is_text() && json().type() == json::Type::null; }
bool Incoming::is_object() const {
    return std::holds_alternative<const FormFields*>(from_) || (!is_text() && json().is_object());
}
bool Incoming::is_array() const { return !is_text() && json().type() == json::Type::array; }

std::optional<std::string_view> Incoming::string() const {
    if (!is_text()) return json().string();
    const auto* const text = std::get_if<std::string_view>(&from_);
    return text != nullptr ? std::optional(*text) : std::nullopt;
}

std::optional<std::int64_t> Incoming::integer() const {
    if (!is_text()) return json().integer();
    const auto text = string();
    return text ? parse_integer<std::int64_t>(*text) : std::nullopt;
}

// std::from_chars reads "inf" and "nan" too, which JSON cannot say, so they are refused in text as well.
std::optional<double> Incoming::number() const {
    if (!is_text()) return json().number();
    const auto text = string();
    if (!text || text->empty()) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

// The words that pydantic, and so FastAPI, reads as booleans, but for its one-letter forms.
std::optional<bool> Incoming::boolean() const {
    if (!is_text()) return json().boolean();
    const auto text = string();
    if (!text) return std::nullopt;
    for (const std::string_view yes : {"true", "1", "yes", "on"})
        if (equal_ignoring_case(*text, yes)) return true;
    for (const std::string_view no : {"false", "0", "no", "off"})
        if (equal_ignoring_case(*text, no)) return false;
    return std::nullopt;
}

std::optional<Incoming> Incoming::find(std::string_view name) const {
    if (!is_text()) {
        const auto member = json().find(name);
        return member ? std::optional(Incoming(*member)) : std::nullopt;
    }
    const auto* const fields = std::get_if<const FormFields*>(&from_);
    if (fields == nullptr) return std::nullopt;
    for (const auto& [field_name, text] : **fields)
        if (field_name == name) return Incoming(std::string_view(text));
    return std::nullopt;
}

std::vector<Incoming> Incoming::fields_named(std::string_view name) const {
    std::vector<Incoming> found;
    if (const auto* const fields = std::get_if<const FormFields*>(&from_))
        for (const auto& [field_name, text] : **fields)
            if (field_name == name) found.emplace_back(std::string_view(text));
    return found;
}

Result<> IncomingBody::parse_json(std::string_view text) {
    if (text.empty()) return body_error("missing", "Field required");
    root_ = document_.parse(text);
    if (!root_)
        return body_error("json_invalid", "JSON decode error: " + document_.error().reason, document_.error().offset);
    if (!root_->is_object())
        return body_error("model_attributes_type",
                          "Input should be a valid dictionary or object to extract fields from");
    return {};
}

Result<> IncomingBody::parse_form_text(std::string_view text, Notation notation) {
    if (text.starts_with('{'))  // curl -d without -H: say what is wrong, not just that something is missing
        return body_error(
            "form_invalid",
            notation == Notation::form
                ? "The body looks like JSON, but a form is what is read here: name=value&name=value"
                : "The body looks like JSON but its Content-Type says form: add -H 'Content-Type: application/json'");
    auto fields = parse_form(text);
    if (!fields) return body_error("form_invalid", "A '%' is not followed by two hex digits");
    if (fields->size() > max_pairs) return body_error("form_invalid", "The form has more than 64 fields");
    fields_ = std::move(*fields);
    // Quadratic, and harmless with at most 64 fields.
    const auto is_once = [this](const std::string& name) {
        return std::count_if(fields_.begin(), fields_.end(),
                             [&name](const auto& other) { return other.first == name; }) == 1;
    };
    if (notation != Notation::form) {
        for (const auto& [name, value] : fields_)
            if (!is_once(name)) return body_error("form_invalid", "A field stands there more than once");
        return {};
    }
    // RFC 6749 §3.2: what nobody knows is ignored, however often it is there; what is known is refused by its name
    // where it is read (codec.hpp). So what is there twice stays twice, with a value or without. Parameters that are
    // sent without a value are treated as if they were omitted.
    FormFields kept;
    for (const auto& field : fields_)
        if (!field.second.empty() || !is_once(field.first)) kept.push_back(field);
    fields_ = std::move(kept);
    return {};
}

Result<IncomingBody> IncomingBody::read(const Request& request, Notation notation) {
    // A body without a Content-Type is taken for JSON, as FastAPI does.
    const MediaType type = media_type_of(request.find("Content-Type").value_or("application/json"));
    IncomingBody body;
    Result<> parsed = errors::unsupported_media_type;
    if (type == MediaType::json && notation != Notation::form)
        parsed = body.parse_json(request.body);
    else if (type == MediaType::form && notation != Notation::json)
        parsed = body.parse_form_text(request.body, notation);
    else if (notation == Notation::form)
        parsed = Error(errors::unsupported_media_type, "Only application/x-www-form-urlencoded is understood here");
    if (!parsed) return std::move(parsed).error();
    return Result<IncomingBody>(std::move(body));
}

}  // namespace keyhold::http
