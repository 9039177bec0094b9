// SPDX-License-Identifier: Apache-2.0
// A section of settings of a program's own: a described struct, each member of which is a setting as ours are. `most`
// of the section "notes" is `most` in the table [notes] of keyhold.toml, --notes-most as a flag and KEYHOLD_NOTES_MOST
// in the environment; it stands in `config show`, `config docs`, the help and the manual pages.
//
//   struct NoteSettings { std::int64_t most = 100; std::vector<std::string> tags; keyhold::Secret api_key; };
//   KEYHOLD_FIELDS(NoteSettings, (most, keyhold::range(1, 1000), keyhold::about("Notes that an account may have")),
//                  (tags, keyhold::about("Tags that a note may have")), (api_key))
//
//   const auto& settings = server.settings<NoteSettings>("notes", "What notes are like.");
//   server.get("/limits", [](const keyhold::SettingsOf<NoteSettings>& settings) { return settings->most; });
//
// A member is a string, a whole number, a double, a bool, an enum (KEYHOLD_ENUM), a Secret, or a std::optional or
// std::vector of one; a list is written with commas. A Secret is never a flag and never shown. The value of a member
// that nobody sets is the one of keyhold::otherwise(), or else the struct's own; the rules hold for it too, so that
// range(1, 9) without a value, or length(1), is a setting that must be set.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include "keyhold/base/errors.hpp"
#include "keyhold/base/result.hpp"
#include "keyhold/base/same.hpp"
#include "keyhold/fields.hpp"
#include "keyhold/http/codec.hpp"

namespace keyhold {

// The values: those that nobody set until the server is opened, and those of that start from then on. Any thread.
template <Described T>
class SettingsOf {
public:
    const T& operator*() const { return *values_; }
    const T* operator->() const { return values_.get(); }

private:
    friend class Server;
    std::shared_ptr<const T> values_ = std::make_shared<T>();
};

// A section as the server knows it: Server::settings() makes it.
struct OwnSetting {
    std::string_view member;
    std::string fallback;  // what it is when nobody sets it, as one would write it
    std::string_view help;
    bool secret;
    // `object` is the struct. Refused: configuration, with what is wrong as the end of a sentence.
    Result<> (*set)(void* object, std::string_view text);
    std::string (*show)(const void* object);
    bool (*same)(const void* a, const void* b);
};
struct OwnSection {
    std::string name;
    std::string about;
    std::type_index type;
    std::vector<OwnSetting> rows;
    std::shared_ptr<void> (*make)();
    std::function<void(std::shared_ptr<const void>)> take;  // the values, when the server is opened
};

namespace detail {

template <class T>
inline constexpr bool is_scalar_setting = std::same_as<T, std::string> || std::same_as<T, Secret> || std::integral<T> ||
                                          std::same_as<T, double> || DescribedEnum<T>;

template <class T>
constexpr bool is_setting() {
    if constexpr (http::detail::is_optional<T> || http::detail::is_list<T>)
        return is_scalar_setting<typename T::value_type>;
    else
        return is_scalar_setting<T>;
}

template <class T>
void read_own_setting(std::string_view text, T& value, http::Reading& reading) {
    if constexpr (http::detail::is_list<T>) {
        value.clear();
        while (!text.empty()) {
            const std::string_view item = text.substr(0, text.find(','));
            text.remove_prefix(item.size() < text.size() ? item.size() + 1 : item.size());
            if (!item.empty()) http::Codec<T>::read_item(http::Incoming(item), value, reading);
        }
    } else if constexpr (http::detail::is_optional<T>) {
        value.reset();
        if (!text.empty()) http::Codec<typename T::value_type>::read(http::Incoming(text), value.emplace(), reading);
    } else {
        http::Codec<T>::read(http::Incoming(text), value, reading);
    }
}

template <class T>
std::string show_own_setting(const T& value) {
    std::string text;
    if constexpr (std::same_as<T, Secret>) {
        text = value.empty() ? "" : "(set)";
    } else if constexpr (std::same_as<T, std::string>) {
        text = value;
    } else if constexpr (http::detail::is_optional<T>) {
        if (value) text = show_own_setting(*value);
    } else if constexpr (http::detail::is_list<T>) {
        for (const typename T::value_type& item : value) text += (text.empty() ? "" : ",") + show_own_setting(item);
    } else {
        json::Writer out(text);
        http::Codec<T>::write(out, value);
        if constexpr (DescribedEnum<T>) text = text.substr(1, text.size() - 2);  // without the quotes
    }
    return text;
}

// The first thing that is wrong: "Input should be at most 9" without its first word, so that it ends a sentence.
Error wrong_own_setting(http::Reading&& reading);

template <std::size_t at, class T>
constexpr const T& entry_at(const Entry<at, T>& entry) {
    return entry.value;
}

template <Described T, std::size_t at>
Result<> set_own_setting(void* object, std::string_view text) {
    const auto& field = entry_at<at>(fields_of<T>);
    http::Reading reading{LocationStep("settings")};
    auto& member = static_cast<T*>(object)->*field.pointer;
    read_own_setting(text, member, reading);
    if (reading.ok()) http::detail::check_all(field.rules, member, reading);
    if (!reading.ok()) return wrong_own_setting(std::move(reading));
    return {};
}

template <Described T, std::size_t at>
OwnSetting make_own_setting() {
    const auto& field = entry_at<at>(fields_of<T>);
    using Member = typename std::remove_cvref_t<decltype(field)>::Type;
    static_assert(is_setting<Member>(),
                  "a setting is a string, a number, a bool, an enum, a Secret, or an optional or a list of one");
    T values{};
    http::detail::set_otherwise(field, values.*field.pointer);
    std::string_view help;
    const auto look_for_about = [&help]<class Rule>(const Rule& rule) {
        if constexpr (std::same_as<Rule, About>) help = rule.text;
    };
    std::apply([&](const auto&... rule) { (look_for_about(rule), ...); }, field.rules);
    constexpr bool is_secret = std::same_as<Member, Secret> || std::same_as<Member, std::optional<Secret>> ||
                               std::same_as<Member, std::vector<Secret>>;
    return {.member = field.name,
            .fallback = is_secret ? std::string() : show_own_setting(values.*field.pointer),
            .help = help,
            .secret = is_secret,
            .set = set_own_setting<T, at>,
            .show =
                [](const void* object) {
                    return show_own_setting(static_cast<const T*>(object)->*entry_at<at>(fields_of<T>).pointer);
                },
            .same =
                [](const void* a, const void* b) {
                    const auto member = entry_at<at>(fields_of<T>).pointer;
                    return are_same(static_cast<const T*>(a)->*member, static_cast<const T*>(b)->*member);
                }};
}

template <Described T>
OwnSection make_own_section(std::string name, std::string about) {
    OwnSection section{.name = std::move(name),
                       .about = std::move(about),
                       .type = typeid(T),
                       .rows = {},
                       .make = [] { return std::shared_ptr<void>(std::make_shared<T>()); },
                       .take = {}};
    [&]<std::size_t... at>(std::index_sequence<at...>) { (section.rows.push_back(make_own_setting<T, at>()), ...); }
    (std::make_index_sequence<decltype(fields_of<T>)::count>());
    return section;
}

}  // namespace detail

}  // namespace keyhold
