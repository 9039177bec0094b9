// keyhold completion bash|zsh|fish: a script made from the commands and flags themselves.
#include <map>
#include <ostream>
#include <sstream>

#include "app/commands/context.hpp"

namespace keyhold::app {
namespace {

// "user add" -> the words that may follow it.
void collect(const CLI::App& app, const std::string& path, std::map<std::string, std::string>& words) {
    std::string& here = words[path];
    for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
        here += child->get_name() + " ";
        collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), words);
    }
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) here += "--" + name + " ";
}

// Bash knows the commands so far by the words that are no flags; zsh runs the same by bashcompinit.
std::string bash_script(const std::map<std::string, std::string>& words) {
    std::ostringstream out;
    out << "_keyhold() {\n"
           "    local word path= current=${COMP_WORDS[COMP_CWORD]}\n"
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $word == -* ]] || path+=\"${path:+ }$word\"; "
           "done\n"
           "    local words\n"
           "    case $path in\n";
    for (const auto& [path, following] : words) out << "        '" << path << "') words='" << following << "' ;;\n";
    out << "        *) return ;;\n"
           "    esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
           "}\n"
           "complete -o default -F _keyhold keyhold\n";
    return out.str();
}

std::string fish_script(const std::map<std::string, std::string>& words) {
    std::ostringstream out;
    out << "function __keyhold_at\n"
           "    test (string join ' ' (string match -v -- '-*' (commandline -opc)[2..-1])) = \"$argv\"\n"
           "end\n"
           "complete -c keyhold -f\n";
    for (const auto& [path, following] : words)
        out << "complete -c keyhold -n '__keyhold_at " << path << "' -a '" << following << "'\n";
    return out.str();
}

}  // namespace

void add_completion_command(CLI::App& app, Context& context) {
    CLI::App* command =
        add_command(app, "completion", "A completion script for your shell", "source <(keyhold completion bash)");
    auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&app, &context, shell] {
        std::map<std::string, std::string> words;
        collect(app, "", words);
        if (*shell == "zsh") context.out << "autoload -U +X bashcompinit && bashcompinit\n";
        context.out << (*shell == "fish" ? fish_script(words) : bash_script(words));
    });
}

}  // namespace keyhold::app
