// Bodies: described structs (Boost.Describe) from JSON or a form, to JSON, and as OpenAPI schemas.
//
//   struct Credentials { std::string username; Secret password; std::optional<std::string> grant_type; };
//   BOOST_DESCRIBE_STRUCT(Credentials, (), (username, password, grant_type))
//
// A member is a std::string, a Secret, a bool, a std::int64_t, or a std::optional of one; anything else does
// not compile. Members that are not optional are required; names that are no member are ignored.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// One incoming value, from whichever notation: absent, null or of a JSON type. A form has only strings.
struct Incoming {
    json::Type type;
    std::optional<std::string_view> string;
    std::optional<std::int64_t> integer;
    std::optional<bool> boolean;
};

// A body in one of the notations, as a lookup of members. find() is empty if the member is absent.
class IncomingBody {
public:
    virtual ~IncomingBody() = default;
    virtual std::optional<Incoming> find(std::string_view name) const = 0;
};

enum class Notation : std::uint8_t { json, json_or_form };

// Reads the body by its Content-Type. Refused: unsupported_media_type; validation_failed for a body that is
// no JSON object (its field error says where) or no form, or a form that names a field twice (RFC 6749 §3.2).
Result<std::unique_ptr<IncomingBody>> read_body(const Request& request, Notation notation);

// One specialisation per member type: how it is read, what it is called when it is something else, its schema.
template <class T>
struct MemberType;

template <>
struct MemberType<std::string> {
    static std::optional<std::string> read(const Incoming& in) {
        return in.string ? std::optional(std::string(*in.string)) : std::nullopt;
    }
    static void write(json::Writer& out, const std::string& value) { out.value(value); }
    static constexpr std::string_view error = "string_type", message = "Input should be a valid string";
    static constexpr std::string_view schema = R"({"type":"string"})";
};
template <>
struct MemberType<Secret> {
    static std::optional<Secret> read(const Incoming& in) {
        return in.string ? std::optional(Secret(*in.string)) : std::nullopt;
    }
    static constexpr std::string_view error = "string_type", message = "Input should be a valid string";
    static constexpr std::string_view schema = R"({"type":"string","format":"password"})";
};
template <>
struct MemberType<std::int64_t> {
    static std::optional<std::int64_t> read(const Incoming& in) { return in.integer; }
    static void write(json::Writer& out, std::int64_t value) { out.value(value); }
    static constexpr std::string_view error = "int_type", message = "Input should be a valid integer";
    static constexpr std::string_view schema = R"({"type":"integer"})";
};
template <>
struct MemberType<bool> {
    static std::optional<bool> read(const Incoming& in) { return in.boolean; }
    static void write(json::Writer& out, bool value) { out.value(value); }
    static constexpr std::string_view error = "bool_type", message = "Input should be a valid boolean";
    static constexpr std::string_view schema = R"({"type":"boolean"})";
};

template <class T>
void write_struct(json::Writer& out, const T& value);
template <class T>
std::string schema_of();

// Only in answers: described structs in their order.
template <class T>
struct MemberType<std::vector<T>> {
    static void write(json::Writer& out, const std::vector<T>& values) {
        out.begin_array();
        for (const T& value : values) write_struct(out, value);
        out.end_array();
    }
    // NOLINTNEXTLINE(cert-err58-cpp): made before main(), as a constant would be if it could
    static inline const std::string schema = R"({"type":"array","items":)" + schema_of<T>() + "}";
};

namespace detail {

template <class T>
struct Optional {
    using Inner = T;
    static constexpr bool value = false;
};
template <class T>
struct Optional<std::optional<T>> {
    using Inner = T;
    static constexpr bool value = true;
};

template <class T, class Visit>
void for_each_member(Visit visit) {
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(visit);
}

template <class Member>
void read_member(Member& member, const char* name, const IncomingBody& body, std::vector<FieldError>& errors) {
    using Type = MemberType<typename Optional<Member>::Inner>;
    const auto in = body.find(name);
    if (Optional<Member>::value && (!in || in->type == json::Type::null)) return;
    if (!in) {
        errors.push_back({"missing", {"body", name}, "Field required", {}});
        return;
    }
    if (auto value = Type::read(*in))
        member = std::move(*value);
    else
        errors.push_back({std::string(Type::error), {"body", name}, std::string(Type::message), {}});
}

}  // namespace detail

// Every field error at once.
template <class T>
Result<T> read_struct(const IncomingBody& body) {
    T result;
    std::vector<FieldError> errors;
    detail::for_each_member<T>(
        [&](auto member) { detail::read_member(result.*member.pointer, member.name, body, errors); });
    if (!errors.empty()) return Error(Errc::validation_failed, std::move(errors));
    return result;
}

// Absent optionals are left out.
template <class T>
void write_struct(json::Writer& out, const T& value) {
    out.begin_object();
    detail::for_each_member<T>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(value.*member.pointer)>;
        if constexpr (detail::Optional<Member>::value) {
            if (!(value.*member.pointer)) return;
            out.name(member.name);
            MemberType<typename detail::Optional<Member>::Inner>::write(out, *(value.*member.pointer));
        } else {
            out.name(member.name);
            MemberType<Member>::write(out, value.*member.pointer);
        }
    });
    out.end_object();
}

// JSON Schema 2020-12, as OpenAPI 3.1 wants it.
template <class T>
std::string schema_of() {
    std::string text;
    json::Writer out(text);
    out.begin_object();
    out.member("type", "object");
    out.member("title", T::schema_name);
    out.name("properties");
    out.begin_object();
    detail::for_each_member<T>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
        out.name(member.name);
        out.raw(MemberType<typename detail::Optional<Member>::Inner>::schema);
    });
    out.end_object();
    out.name("required");
    out.begin_array();
    detail::for_each_member<T>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
        if (!detail::Optional<Member>::value) out.value(member.name);
    });
    out.end_array();
    out.end_object();
    return text;
}

}  // namespace keyhold::http
