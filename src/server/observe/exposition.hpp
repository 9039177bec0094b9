// SPDX-License-Identifier: Apache-2.0
// Writes metrics as Prometheus reads them: text exposition format 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace keyhold::server {

// One thread at a time. Names, labels and help must need no escaping.
class Exposition {
public:
    static constexpr std::string_view media_type = "text/plain; version=0.0.4; charset=utf-8";

    // Begins a family; its samples come next. `type` is counter, gauge or histogram.
    void family(std::string_view name, std::string_view type, std::string_view help);

    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    void sample(Labels labels, std::uint64_t value) { sample("", labels, value); }
    void sample(Labels labels, double value) { sample("", labels, value); }
    // Of a histogram: "_bucket", "_sum", "_count".
    void sample(std::string_view suffix, Labels labels, std::uint64_t value);
    void sample(std::string_view suffix, Labels labels, double value);

    // A family of one sample.
    void counter(std::string_view name, std::string_view help, std::uint64_t value);
    void gauge(std::string_view name, std::string_view help, double value);

    std::string take() { return std::move(text_); }

private:
    void begin_line(std::string_view suffix, Labels labels);
    std::string text_;
    std::string name_;
};

}  // namespace keyhold::server
