// SPDX-License-Identifier: Apache-2.0
// keyhold completion bash|zsh|fish: a script made from the commands and flags themselves.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <ostream>
#include <set>
#include <vector>

#include "base/text.hpp"
#include "cli/context.hpp"
#include "cli/program.hpp"

namespace keyhold::cli {
namespace {

// By the words that name it: "user add". The program itself is the empty path; its flags may stand anywhere.
// In the order of their paths.
using Commands = std::map<std::string, const Command*>;

// Puts the command and all commands below it into the map.
void collect(const Command& command, const std::string& path, Commands& commands) {
    commands[path] = &command;
    for (const Command& below : command.commands)
        collect(below, path.empty() ? below.name : path + " " + below.name, commands);
}

// --help is no row of any command, and is added here.
std::vector<Parameter> flags_of(const Command& command) {
    std::vector<Parameter> flags{help_flag()};
    std::ranges::copy_if(command.parameters, std::back_inserter(flags), &Parameter::is_flag);
    return flags;
}

// The names with spaces between them, as the scripts take them.
std::string words_of(const std::vector<Parameter>& flags) {
    std::vector<std::string> names;
    for (const Parameter& flag : flags) names.push_back(flag.name);
    return joined(names, " ");
}

std::string words_of(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    for (const Command& command : commands) names.push_back(command.name);
    return joined(names, " ");
}

// Of any command: behind one comes a value, which names no command.
// The scripts look at the name of a flag alone, whichever command it is of.
std::vector<std::string> flags_with_values(const Commands& commands) {
    std::set<std::string> names;
    for (const auto& [path, command] : commands)
        for (const Parameter& flag : flags_of(*command))
            if (flag.takes != Takes::nothing) names.insert(flag.name);
    return {names.begin(), names.end()};
}

// What a script calls the program and what it makes itself. Names of functions may have dashes in all three shells,
// those of variables in none.
struct Names {
    std::string program;   // "my-notes"
    std::string function;  // "_my-notes": by that name zsh finds it
    std::string variable;  // "_my_notes"
};

// A file may be called anything; what is not of these characters would have to be quoted, in three grammars.
std::string without_special_characters(std::string name) {
    std::erase_if(name,
                  [](char c) { return !(is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '+'); });
    return name;
}

Names names_of(const Command& program) {
    Names names{.program = without_special_characters(program.name), .function = {}, .variable = {}};
    names.function = "_" + names.program;
    names.variable = names.function;
    std::ranges::replace_if(
        names.variable, [](char c) { return c == '-' || c == '.' || c == '+'; }, '_');
    return names;
}

// `script` with the names in place of %p (the program), %f (the function) and %v (variables).
std::string with(const Names& names, std::string_view script) {
    std::string text;
    for (std::size_t i = 0; i < script.size(); ++i) {
        const char what = script[i] == '%' && i + 1 < script.size() ? script[i + 1] : ' ';
        if (what != 'p' && what != 'f' && what != 'v') {
            text += script[i];
            continue;
        }
        text += what == 'p' ? names.program : what == 'f' ? names.function : names.variable;
        ++i;
    }
    return text;
}

// What bash and zsh write alike: the words of a command, and the walk over those that were typed. `route` is the
// command so far (zsh's own `path` is the PATH), `skip` says that a value is due, `deeper` whether commands follow.
void write_words(std::ostream& out, const Names& names, const Commands& commands) {
    out << with(names, "%f_words() {\n    case $1 in\n");
    for (const auto& [path, command] : commands)
        out << "        '" << path << "') deeper='" << words_of(command->commands) << "' flags='"
            << (path.empty() ? "" : words_of(flags_of(*command))) << "' ;;\n";
    out << with(names, "        *) return 1 ;;\n    esac\n}\n%v_everywhere='") << words_of(flags_of(*commands.at("")))
        << with(names,
                "'\n%f_walk() {\n    local word\n    route='' skip=''\n    %f_words ''\n"
                "    for word in \"$@\"; do\n"
                // bash makes words of their own of '=' and what is behind it.
                "        if [[ -n $skip ]]; then [[ $word == '=' ]] || skip=''; continue; fi\n"
                "        case $word in\n"
                "            ")
        << joined(flags_with_values(commands), "|")
        << with(names,
                ") skip=1 ;;\n            -*|'=') ;;\n"
                "            *) %f_words \"${route:+$route }$word\" && route=\"${route:+$route }$word\" ;;\n"
                "        esac\n    done\n}\n");
}

// COMP_WORDS and COMPREPLY are bash's (bash(1), Programmable Completion). -o default completes files where no command
// or flag fits.
void write_bash(std::ostream& out, const Names& names, const Commands& commands) {
    write_words(out, names, commands);
    out << with(names,
                "%f() {\n"
                "    local route skip deeper flags current=${COMP_WORDS[COMP_CWORD]}\n"
                "    %f_walk \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
                "    COMPREPLY=()\n"
                "    [[ -z $skip ]] || return 0\n"
                "    [[ $current == -* ]] && deeper=\"$flags $%v_everywhere\"\n"
                "    COMPREPLY=($(compgen -W \"$deeper\" -- \"$current\"))\n"
                "}\n"
                "complete -o default -F %f %p\n");
}

// _files and compadd are zsh's (zshcompsys(1), zshcompwid(1)).
void write_zsh(std::ostream& out, const Names& names, const Commands& commands) {
    out << with(names, "#compdef %p\n");
    write_words(out, names, commands);
    out << with(names,
                "%f() {\n"
                "    local route skip deeper flags\n"
                "    %f_walk \"${(@)words[2,CURRENT-1]}\"\n"
                "    if [[ -n $skip ]]; then\n        _files\n"
                "    elif [[ $PREFIX == -* ]]; then\n        compadd -- ${=flags} ${=%v_everywhere}\n"
                "    elif [[ -n $deeper ]]; then\n        compadd -- ${=deeper}\n"
                "    else\n        _files\n    fi\n"
                "}\n"
                "# As a file of $fpath it is the function itself; by `source` it only says what completes %p.\n"
                "if [[ $funcstack[1] == %f ]]; then\n    %f \"$@\"\n"
                "else\n    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"
                "    compdef %f %p\nfi\n");
}

// https://fishshell.com/docs/3.6/language.html#quotes: within single quotes only \' and \\ are special.
std::string fish_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

// One `complete` for each flag, with its help beside it; -r -F asks for a value that may be a file.
void write_fish_flags(std::ostream& out, const Names& names, const std::string& path, const Command& command) {
    for (const Parameter& flag : flags_of(command)) {
        out << with(names, "complete -c %p");
        if (!path.empty()) out << " -n " << fish_quoted(with(names, "_%f_at ") + path);
        const bool is_long = flag.name.starts_with("--");
        out << (is_long ? " -l " : " -s ") << flag.name.substr(is_long ? 2 : 1)
            << (flag.takes != Takes::nothing ? " -r -F" : "") << " -d "
            << fish_quoted(flag.help.substr(0, flag.help.find('\n'))) << '\n';
    }
}

// fish asks a function of the script for each line, whether the words so far name the command that the line is about.
void write_fish(std::ostream& out, const Names& names, const Commands& commands) {
    out << with(names, "set -g _%v_routes");
    for (const auto& [path, command] : commands)
        if (!path.empty()) out << ' ' << fish_quoted(path);
    out << with(names,
                "\nfunction _%f_at\n"
                "    set -l route\n    set -l skip 0\n    set -l typed (commandline -opc)\n    set -e typed[1]\n"
                "    for word in $typed\n"
                "        if test $skip = 1\n            set skip 0\n            continue\n        end\n"
                "        switch $word\n            case ")
        << joined(flags_with_values(commands), " ")
        << with(names,
                "\n                set skip 1\n            case '-*'\n            case '*'\n"
                "                contains -- (string join ' ' -- $route $word) $_%v_routes\n"
                "                and set -a route $word\n"
                "        end\n    end\n"
                "    test \"$route\" = \"$argv\"\nend\n"
                "complete -c %p -e\n");
    for (const auto& [path, command] : commands) {
        const std::string there = fish_quoted(with(names, "_%f_at ") + path);
        // Files where no command follows, as `import csv` takes one.
        if (!command->commands.empty()) out << with(names, "complete -c %p -f -n ") << there << '\n';
        for (const Command& below : command->commands)
            out << with(names, "complete -c %p -n ") << there << " -a " << below.name << " -d "
                << fish_quoted(below.summary()) << '\n';
        write_fish_flags(out, names, path, *command);
    }
}

// A row for each shell; another shell needs another row and nothing else.
struct Shell {
    const char* name;
    void (*write)(std::ostream& out, const Names& names, const Commands& commands);
};
constexpr std::array shells{Shell{"bash", write_bash}, Shell{"zsh", write_zsh}, Shell{"fish", write_fish}};

void write_script(Context& context, const Values& values) {
    Commands commands;
    collect(*context.program, "", commands);
    const auto shell = std::ranges::find(shells, values.text("shell"), &Shell::name);
    shell->write(context.out, names_of(*context.program), commands);
}

}  // namespace

Command completion_command() {
    return {.name = "completion",
            .about = "A completion script for your shell: bash, zsh or fish",
            .example = "source <(keyhold completion bash)",
            .parameters =
                {{.name = "shell", .help = "bash, zsh or fish", .required = true, .allowed = {"bash", "zsh", "fish"}}},
            .run = write_script};
}

}  // namespace keyhold::cli
