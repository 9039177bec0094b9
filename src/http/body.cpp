#include "http/body.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "http/form.hpp"

namespace keyhold::http {
namespace {

class JsonBody final : public IncomingBody {
public:
    // Refused: validation_failed with the place of the mistake; its text is never repeated.
    Result<> parse(std::string_view text) {
        if (text.empty()) return field_error("missing", "Field required");
        root_ = document_.parse(text);
        if (!root_)
            return field_error("json_invalid", "JSON decode error: " + document_.error().reason,
                               document_.error().offset);
        if (!root_->is_object())
            return field_error("model_attributes_type",
                               "Input should be a valid dictionary or object to extract fields from");
        return {};
    }

    std::optional<Incoming> find(std::string_view name) const override {
        const auto value = root_->find(name);
        if (!value) return std::nullopt;
        return Incoming{value->type(), value->string(), value->integer(), value->boolean()};
    }

private:
    static Error field_error(std::string type, std::string message, std::optional<std::size_t> offset = {}) {
        return Error(Errc::validation_failed,
                     std::vector{FieldError{std::move(type), {"body"}, std::move(message), offset}});
    }
    json::Document document_;
    std::optional<json::Value> root_;
};

class FormBody final : public IncomingBody {
public:
    Result<> parse(std::string_view text) {
        if (text.starts_with('{'))  // curl -d without -H: say what is wrong, not just that something is missing
            return field_error(
                "The body looks like JSON but its Content-Type says form: add -H 'Content-Type: application/json'");
        auto pairs = parse_form(text);
        if (!pairs) return field_error("A '%' is not followed by two hex digits");
        if (pairs->size() > max_pairs) return field_error("The form has more than 64 fields");
        pairs_ = std::move(*pairs);
        for (const auto& [name, value] : pairs_)
            if (std::count_if(pairs_.begin(), pairs_.end(),
                              [&name = name](const auto& pair) { return pair.first == name; }) > 1)
                return field_error("A field stands there more than once");
        return {};
    }

    std::optional<Incoming> find(std::string_view name) const override {
        for (const auto& [pair_name, value] : pairs_)
            if (pair_name == name) return Incoming{json::Type::string, value, {}, {}};
        return std::nullopt;
    }

private:
    static Error field_error(std::string message) {
        return Error(Errc::validation_failed,
                     std::vector{FieldError{"form_invalid", {"body"}, std::move(message), {}}});
    }
    static constexpr std::size_t max_pairs = 64;  // the longest form of OAuth has 8; keeps the search below short
    std::vector<std::pair<std::string, std::string>> pairs_;
};

enum class MediaType : std::uint8_t { json, form, other };

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// RFC 9110 §8.3.1. The only charset that either notation has is UTF-8 (RFC 8259 §8.1).
MediaType media_type_of(std::string_view content_type) {
    const std::string_view type = trimmed(content_type.substr(0, content_type.find(';')));
    while (content_type.find(';') != content_type.npos) {
        content_type.remove_prefix(content_type.find(';') + 1);
        const std::string_view parameter = trimmed(content_type.substr(0, content_type.find(';')));
        constexpr std::string_view charset = "charset=";
        if (parameter.size() < charset.size() || !equal_ignoring_case(parameter.substr(0, charset.size()), charset))
            continue;
        const std::string_view value = parameter.substr(charset.size());
        if (!equal_ignoring_case(value, "utf-8") && !equal_ignoring_case(value, "\"utf-8\"")) return MediaType::other;
    }
    constexpr std::string_view json_suffix = "+json";
    if (equal_ignoring_case(type, "application/json")) return MediaType::json;
    if (type.size() > json_suffix.size() &&
        equal_ignoring_case(type.substr(type.size() - json_suffix.size()), json_suffix))
        return MediaType::json;
    if (equal_ignoring_case(type, "application/x-www-form-urlencoded")) return MediaType::form;
    return MediaType::other;
}

template <class Body>
Result<std::unique_ptr<IncomingBody>> parsed(std::string_view text) {
    auto body = std::make_unique<Body>();
    if (auto parse = body->parse(text); !parse) return std::move(parse).error();
    return std::unique_ptr<IncomingBody>(std::move(body));
}

}  // namespace

Result<std::unique_ptr<IncomingBody>> read_body(const Request& request, Notation notation) {
    // A body without a Content-Type is taken for JSON, as FastAPI does.
    const MediaType type = media_type_of(request.find("Content-Type").value_or("application/json"));
    if (type == MediaType::json) return parsed<JsonBody>(request.body);
    if (type == MediaType::form && notation == Notation::json_or_form) return parsed<FormBody>(request.body);
    return Errc::unsupported_media_type;
}

}  // namespace keyhold::http
