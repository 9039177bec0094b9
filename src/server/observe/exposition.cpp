// SPDX-License-Identifier: Apache-2.0
#include "server/observe/exposition.hpp"

#include <fmt/core.h>

namespace keyhold::server {

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

// Label values are words of ours: route templates, methods, codes. None needs escaping.
void Exposition::begin_line(std::string_view suffix, Labels labels) {
    text_.append(name_).append(suffix);
    char separator = '{';
    for (const auto& [label, value] : labels) {
        text_ += fmt::format("{}{}=\"{}\"", separator, label, value);
        separator = ',';
    }
    text_ += labels.size() > 0 ? "} " : " ";
}

void Exposition::sample(std::string_view suffix, Labels labels, std::uint64_t value) {
    begin_line(suffix, labels);
    text_ += fmt::format("{}\n", value);
}

void Exposition::sample(std::string_view suffix, Labels labels, double value) {
    begin_line(suffix, labels);
    text_ += fmt::format("{}\n", value);
}

void Exposition::counter(std::string_view name, std::string_view help, std::uint64_t value) {
    family(name, "counter", help);
    sample({}, value);
}

void Exposition::gauge(std::string_view name, std::string_view help, double value) {
    family(name, "gauge", help);
    sample({}, value);
}

}  // namespace keyhold::server
