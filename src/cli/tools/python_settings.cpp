// SPDX-License-Identifier: Apache-2.0
#include "cli/tools/python_settings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/integer.hpp"
#include "server/files.hpp"

namespace keyhold::cli {
namespace {

namespace fs = std::filesystem;

struct Wanted {
    std::optional<Found> PythonSettings::*member;
    std::string_view name;
};
constexpr std::array wanted{
    Wanted{&PythonSettings::database_url, "DATABASE_URL"},
    Wanted{&PythonSettings::database_url, "SQLALCHEMY_DATABASE_URL"},
    Wanted{&PythonSettings::database_url, "SQLALCHEMY_DATABASE_URI"},
    Wanted{&PythonSettings::database_url, "DB_URL"},
    Wanted{&PythonSettings::secret_key, "SECRET_KEY"},
    Wanted{&PythonSettings::secret_key, "JWT_SECRET_KEY"},
    Wanted{&PythonSettings::secret_key, "JWT_SECRET"},
    Wanted{&PythonSettings::algorithm, "ALGORITHM"},
    Wanted{&PythonSettings::algorithm, "JWT_ALGORITHM"},
    Wanted{&PythonSettings::expire_minutes, "ACCESS_TOKEN_EXPIRE_MINUTES"},
};

constexpr std::array skipped_folders{"venv",  ".venv",       "env",   "node_modules", "site-packages",
                                     ".git",  "__pycache__", "tests", "test",         "alembic",
                                     "build", "dist",        ".tox"};
constexpr int deepest = 4;
constexpr std::size_t most_files = 2000;

bool is_word(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return std::toupper(x) == std::toupper(y); });
}

// A string literal at the front of `text`, which is moved behind it. Empty and unmoved if there is none that could be
// read as it stands.
std::optional<std::string> take_literal(std::string_view& text) {
    std::string_view rest = text;
    bool is_raw = false, is_formatted = false;
    while (!rest.empty() && std::string_view("rRfFbBuU").find(rest.front()) != std::string_view::npos) {
        is_raw |= std::toupper(rest.front()) == 'R';
        is_formatted |= std::toupper(rest.front()) == 'F';
        rest.remove_prefix(1);
    }
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return std::nullopt;
    const char quote = rest.front();
    if (rest.starts_with(std::string(3, quote))) return std::nullopt;
    rest.remove_prefix(1);
    std::string value;
    while (!rest.empty() && rest.front() != quote) {
        if (rest.front() == '\\' && !is_raw) {
            rest.remove_prefix(1);
            if (rest.empty() || std::string_view("\\'\"").find(rest.front()) == std::string_view::npos)
                return std::nullopt;
        }
        if (is_formatted && (rest.front() == '{' || rest.front() == '}')) return std::nullopt;
        value += rest.front();
        rest.remove_prefix(1);
    }
    if (rest.empty()) return std::nullopt;
    text = rest.substr(1);
    return value;
}

// All string literals up to a comment; empty if something cannot be read as it stands.
std::optional<std::vector<std::string>> literals_of(std::string_view text) {
    std::vector<std::string> found;
    while (!text.empty() && text.front() != '#') {
        const bool is_quote = text.front() == '"' || text.front() == '\'';
        const bool is_prefix = is_word(text.front()) && text.size() > 1 && (text[1] == '"' || text[1] == '\'');
        if (is_quote || is_prefix) {
            auto literal = take_literal(text);
            if (!literal) return std::nullopt;
            found.push_back(std::move(*literal));
            continue;
        }
        text.remove_prefix(1);
    }
    return found;
}

// "60 * 24 * 8  # 8 days" is 11520; empty for anything else that has to be computed.
std::optional<std::string> product_of(std::string_view text) {
    std::int64_t product = 1;
    for (;;) {
        const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
        const auto factor = parse_integer<std::int64_t>(digits);
        if (!factor || __builtin_mul_overflow(product, *factor, &product)) return std::nullopt;
        text = trim(text.substr(digits.size()));
        if (text.empty() || text.front() == '#') return std::to_string(product);
        if (text.front() != '*' || text.starts_with("**")) return std::nullopt;
        text = trim(text.substr(1));
    }
}

void note(PythonSettings& settings, const Wanted& row, std::string value, const std::string& file, std::size_t line) {
    auto& member = settings.*row.member;
    if (!member && !value.empty()) member = Found{Secret(std::move(value)), file + ":" + std::to_string(line)};
}

void read_dotenv_line(std::string_view line, PythonSettings& settings, const std::string& file, std::size_t number) {
    line = trim(line);
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    if (line.starts_with('#') || equals == line.npos) return;
    std::string_view value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
        value = value.substr(1, value.size() - 2);
    for (const Wanted& row : wanted)
        if (same_word(trim(line.substr(0, equals)), row.name)) note(settings, row, std::string(value), file, number);
}

void read_python_line(std::string_view line, PythonSettings& settings, const std::string& file, std::size_t number) {
    for (const Wanted& row : wanted)
        if (auto value = assigned_text(line, row.name)) note(settings, row, std::move(*value), file, number);
}

int rank(const fs::path& path) {
    constexpr std::array first{".env", "config.py", "settings.py", "database.py", "main.py"};
    return static_cast<int>(std::ranges::find(first, path.filename().string()) - first.begin());
}

std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error), end;
    for (; !error && entry != end && files.size() < most_files; entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        if (entry->is_directory(error)) {
            if (entry.depth() >= deepest || std::ranges::find(skipped_folders, name) != skipped_folders.end())
                entry.disable_recursion_pending();
        } else if (name == ".env" || name.ends_with(".py")) {
            files.push_back(entry->path());
        }
    }
    std::ranges::sort(files, {}, [](const fs::path& path) {
        return std::tuple(rank(path), std::distance(path.begin(), path.end()), path.string());
    });
    return files;
}

}  // namespace

std::optional<std::string> assigned_text(std::string_view line, std::string_view name) {
    line = trim(line);
    if (line.starts_with("self.")) line.remove_prefix(5);
    if (line.size() <= name.size() || !same_word(line.substr(0, name.size()), name) || is_word(line[name.size()]))
        return std::nullopt;
    std::string_view rest = trim(line.substr(name.size()));
    if (rest.starts_with(':')) {  // a type
        const auto equals = rest.find('=');
        if (equals == rest.npos) return std::nullopt;
        rest = rest.substr(equals);
    }
    if (!rest.starts_with('=') || rest.starts_with("==")) return std::nullopt;
    rest = trim(rest.substr(1));
    if (!rest.empty() && std::isdigit(static_cast<unsigned char>(rest.front())) != 0) return product_of(rest);
    const auto literals = literals_of(rest);
    if (!literals || literals->empty()) return std::nullopt;
    std::string_view behind = rest;
    const bool is_literal = take_literal(behind) && (trim(behind).empty() || trim(behind).front() == '#');
    const bool is_lookup = rest.find("environ") != rest.npos || rest.find("getenv") != rest.npos ||
                           rest.starts_with("config(") || rest.starts_with("Field(");
    if (is_literal || rest.starts_with("Field(")) return literals->back();
    if (is_lookup && literals->size() == 2) return literals->back();
    return std::nullopt;
}

std::string url_in_folder(std::string url, const std::string& folder) {
    const auto scheme_end = url.find("://");
    if (!url.starts_with("sqlite") || scheme_end == url.npos) return url;
    const std::string path = url.substr(std::min(url.size(), scheme_end + 4));
    if (path.empty() || path.front() == '/') return url;
    return "sqlite:///" + fs::absolute(fs::path(folder) / path).lexically_normal().string();
}

Result<PythonSettings> read_python_settings(const std::string& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) return Error(errors::configuration, folder + " is no folder");
    PythonSettings settings;
    for (const fs::path& path : files_of(folder)) {
        const auto text = server::read_text_file(path.string());
        if (!text) continue;  // over-long or not ours to read
        const std::string name = path.lexically_relative(folder).string();
        std::string_view rest = text->reveal();
        for (std::size_t number = 1; !rest.empty(); ++number) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (path.extension() == ".py")
                read_python_line(line, settings, name, number);
            else
                read_dotenv_line(line, settings, name, number);
        }
    }
    return settings;
}

}  // namespace keyhold::cli
