// keyhold completion bash|zsh|fish: a script made from the commands and flags themselves.
#include <array>
#include <map>
#include <ostream>
#include <sstream>
#include <vector>

#include "app/commands/context.hpp"

namespace keyhold::app {
namespace {

struct Flag {
    std::string name, about;
    bool takes_value;
};

struct Command {
    std::string about;
    std::vector<std::string> commands;
    std::vector<Flag> flags;
};

// By the words that name it: "user add". The program itself is the empty path; its flags may stand anywhere.
using Commands = std::map<std::string, Command>;

void collect(const CLI::App& app, const std::string& path, Commands& commands) {
    Command& here = commands[path];
    here.about = app.get_description().substr(0, app.get_description().find('\n'));
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames())
            here.flags.push_back({"--" + name, option->get_description(), option->get_items_expected_min() > 0});
    for (const CLI::App* child : app.get_subcommands({})) {
        here.commands.push_back(child->get_name());
        collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), commands);
    }
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) text.append(text.empty() ? "" : separator).append(word);
    return text;
}

std::vector<std::string> names_of(const std::vector<Flag>& flags) {
    std::vector<std::string> names;
    for (const Flag& flag : flags) names.push_back(flag.name);
    return names;
}

// Of any command: behind one comes a value, which names no command.
std::vector<std::string> flags_with_values(const Commands& commands) {
    std::map<std::string, bool> flags;
    for (const auto& [path, command] : commands)
        for (const Flag& flag : command.flags) flags[flag.name] |= flag.takes_value;
    std::vector<std::string> names;
    for (const auto& [name, takes_value] : flags)
        if (takes_value) names.push_back(name);
    return names;
}

// What bash and zsh write alike: the words of a command, and the walk over those that were typed. `route` is the
// command so far (zsh's own `path` is the PATH), `skip` says that a value is due, `deeper` whether commands follow.
void write_words(std::ostream& out, const Commands& commands) {
    out << "_keyhold_words() {\n    case $1 in\n";
    for (const auto& [path, command] : commands)
        out << "        '" << path << "') deeper='" << joined(command.commands, " ") << "' flags='"
            << (path.empty() ? "" : joined(names_of(command.flags), " ")) << "' ;;\n";
    out << "        *) return 1 ;;\n    esac\n}\n"
        << "_keyhold_everywhere='" << joined(names_of(commands.at("").flags), " ") << "'\n"
        << "_keyhold_walk() {\n    local word\n    route='' skip=''\n    _keyhold_words ''\n"
           "    for word in \"$@\"; do\n"
           "        if [[ -n $skip ]]; then [[ $word == '=' ]] || skip=''; continue; fi\n"
           "        case $word in\n"
           "            "
        << joined(flags_with_values(commands), "|")
        << ") skip=1 ;;\n            -*|'=') ;;\n"
           "            *) _keyhold_words \"${route:+$route }$word\" && route=\"${route:+$route }$word\" ;;\n"
           "        esac\n    done\n}\n";
}

void write_bash(std::ostream& out, const Commands& commands) {
    write_words(out, commands);
    out << "_keyhold() {\n"
           "    local route skip deeper flags current=${COMP_WORDS[COMP_CWORD]}\n"
           "    _keyhold_walk \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"\n"
           "    COMPREPLY=()\n"
           "    [[ -z $skip ]] || return 0\n"
           "    [[ $current == -* ]] && deeper=\"$flags $_keyhold_everywhere\"\n"
           "    COMPREPLY=($(compgen -W \"$deeper\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _keyhold keyhold\n";
}

void write_zsh(std::ostream& out, const Commands& commands) {
    out << "#compdef keyhold\n";
    write_words(out, commands);
    out << "_keyhold() {\n"
           "    local route skip deeper flags\n"
           "    _keyhold_walk \"${(@)words[2,CURRENT-1]}\"\n"
           "    if [[ -n $skip ]]; then\n        _files\n"
           "    elif [[ $PREFIX == -* ]]; then\n        compadd -- ${=flags} ${=_keyhold_everywhere}\n"
           "    elif [[ -n $deeper ]]; then\n        compadd -- ${=deeper}\n"
           "    else\n        _files\n    fi\n"
           "}\n"
           "# As a file of $fpath it is the function itself; by `source` it only says what completes keyhold.\n"
           "if [[ $funcstack[1] == _keyhold ]]; then\n    _keyhold \"$@\"\n"
           "else\n    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\n"
           "    compdef _keyhold keyhold\nfi\n";
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

void write_fish_flags(std::ostream& out, const std::string& path, const Command& command) {
    for (const Flag& flag : command.flags) {
        out << "complete -c keyhold";
        if (!path.empty()) out << " -n " << fish_quoted("__keyhold_at " + path);
        out << " -l " << flag.name.substr(2) << (flag.takes_value ? " -r -F" : "") << " -d "
            << fish_quoted(flag.about.substr(0, flag.about.find('\n'))) << '\n';
    }
}

void write_fish(std::ostream& out, const Commands& commands) {
    out << "set -g __keyhold_routes";
    for (const auto& [path, command] : commands)
        if (!path.empty()) out << ' ' << fish_quoted(path);
    out << "\nfunction __keyhold_at\n"
           "    set -l route\n    set -l skip 0\n    set -l typed (commandline -opc)\n    set -e typed[1]\n"
           "    for word in $typed\n"
           "        if test $skip = 1\n            set skip 0\n            continue\n        end\n"
           "        switch $word\n            case "
        << joined(flags_with_values(commands), " ")
        << "\n                set skip 1\n            case '-*'\n            case '*'\n"
           "                contains -- (string join ' ' -- $route $word) $__keyhold_routes\n"
           "                and set -a route $word\n"
           "        end\n    end\n"
           "    test \"$route\" = \"$argv\"\nend\n"
           "complete -c keyhold -e\n";
    for (const auto& [path, command] : commands) {
        // Files where no command follows, as `import csv` takes one.
        if (!command.commands.empty())
            out << "complete -c keyhold -f -n " << fish_quoted("__keyhold_at " + path) << '\n';
        for (const std::string& name : command.commands)
            out << "complete -c keyhold -n " << fish_quoted("__keyhold_at " + path) << " -a " << name << " -d "
                << fish_quoted(commands.at(path.empty() ? name : path + " " + name).about) << '\n';
        write_fish_flags(out, path, command);
    }
}

struct Shell {
    const char* name;
    void (*write)(std::ostream& out, const Commands& commands);
};
constexpr std::array shells{Shell{"bash", write_bash}, Shell{"zsh", write_zsh}, Shell{"fish", write_fish}};

}  // namespace

void add_completion_command(CLI::App& app, Context& context) {
    CLI::App* command = add_command(app, "completion", "A completion script for your shell: bash, zsh or fish",
                                    "source <(keyhold completion bash)");
    auto name = std::make_shared<std::string>();
    command->add_option("shell", *name, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, &context, name] {
        Commands commands;
        collect(app, "", commands);
        for (const Shell& shell : shells)
            if (*name == shell.name) shell.write(context.out, commands);
    });
}

}  // namespace keyhold::app
