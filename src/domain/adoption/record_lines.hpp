// SPDX-License-Identifier: Apache-2.0
// The lines of a file, or of standard input for "-".
#pragma once

#include <cstdint>
#include <fstream>
#include <istream>
#include <string>

#include "base/result.hpp"

namespace keyhold::domain {

// One thread at a time. Lines of any length, as std::getline() has them.
class Lines {
public:
    // Refused: configuration.
    Result<> open(const std::string& path, std::istream& standard_input) {
        in_ = &standard_input;
        if (path == "-") return {};
        file_.open(path, std::ios::binary | std::ios::ate);
        if (!file_) return Error(errors::configuration, "cannot read " + path);
        // Opened at its end, to learn how long it is.
        total_ = file_.tellg();
        file_.seekg(0);
        in_ = &file_;
        return {};
    }

    // Without its end. False at the end of the file.
    bool next(std::string& line) {
        if (!std::getline(*in_, line)) return false;
        if (++number_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);  // spreadsheets write a mark in front
        position_ += static_cast<std::int64_t>(line.size()) + 1;
        // Files of Windows end lines with CR LF.
        if (line.ends_with('\r')) line.pop_back();
        return true;
    }

    std::int64_t number() const { return number_; }  // of the line that was read last
    std::int64_t position() const { return position_; }
    std::int64_t total() const { return total_; }  // bytes; 0 for standard input

private:
    std::ifstream file_;
    std::istream* in_ = nullptr;
    std::int64_t number_ = 0, position_ = 0, total_ = 0;
};

}  // namespace keyhold::domain
