// SPDX-License-Identifier: Apache-2.0
#include "base/override_files.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/text.hpp"

namespace keyhold {

namespace fs = std::filesystem;

Error wrong_override(const fs::path& file, std::string_view what) {
    return {errors::configuration, file.string() + ":" + std::string(what)};
}

Result<> check_override_folder(std::string_view setting, const std::string& folder) {
    if (fs::is_directory(folder)) return {};
    return Error(errors::configuration, std::string(setting) + ": " + folder + " is no folder");
}

std::vector<fs::path> override_files(const fs::path& folder, std::string_view extension) {
    std::vector<fs::path> files;
    std::error_code error;
    // A folder that is not there has no files: operators need not have both.
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.path().extension() == extension) files.push_back(entry.path());
    std::ranges::sort(files);  // so that the first complaint is always the same one
    return files;
}

std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    return text;
}

Result<std::string> read_override(const fs::path& file) {
    constexpr std::uintmax_t longest = 256 * 1024;
    std::error_code error;
    if (const auto size = fs::file_size(file, error); error || size > longest)
        return wrong_override(file, " it cannot be read, or is longer than 256 KiB");
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return wrong_override(file, " it cannot be read");
    // It would be part of the first key.
    text.erase(0, text.size() - without_byte_order_mark(text).size());
    std::size_t number = 1;
    for (std::size_t begin = 0; begin < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (!is_utf8(std::string_view(text).substr(begin, end - begin)))
            return wrong_override(file, std::to_string(number) + ": it is not UTF-8: save the file with that encoding");
        begin = end + 1;
    }
    return text;
}

std::vector<TextLine> lines_of_texts(std::string_view file) {
    std::vector<TextLine> lines;
    for (std::size_t number = 1; !file.empty(); ++number) {
        const std::size_t end = std::min(file.find('\n'), file.size());
        const std::string_view line = trimmed(file.substr(0, end));
        file.remove_prefix(std::min(end + 1, file.size()));
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t colon = std::min(line.find(':'), line.size());
        lines.push_back({std::string(trimmed(line.substr(0, colon))),
                         std::string(trimmed(line.substr(std::min(colon + 1, line.size())))), number});
    }
    return lines;
}

}  // namespace keyhold
