#include "suggest.h"

#include <sonant/core/text.h>

#include <algorithm>
#include <vector>

namespace sonant::apps {
std::string unknown_word(const Program& program, int argc, char** argv) {
  const Command* command = nullptr;
  for (int i = 1; i < argc && command == nullptr; ++i) command = program.find(argv[i]);
  std::vector<std::string> words;
  for (const Command* of : {&program.everywhere, command})
    if (of != nullptr)
      for (const Option& option : of->options)
        for (const std::string& name : option.names()) words.push_back(name);
  if (command == nullptr)
    for (const Command& of : program.commands) words.push_back(of.name);
  const bool takes_words =
      command != nullptr && std::ranges::any_of(command->options, &Option::positional);
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--") break;
    word = word.substr(0, word.find('='));
    const bool option = word.starts_with("--");
    // Behind a command's name a plain word is a value or a file.
    if ((!option && command != nullptr) || std::ranges::count(words, word) > 0) continue;
    const std::string known = nearest(word, words);
    return std::string("unknown ") + (option ? "option " : "subcommand ") + word +
           (known.empty() ? "" : " (did you mean " + known + "?)");
  }
  // --json of train took a file once, and elsewhere it never did.
  if (command != nullptr && !takes_words)
    for (int i = 1; i + 1 < argc; ++i)
      if (std::string_view(argv[i]) == "--json" && argv[i + 1][0] != '-')
        return "--json takes no file: it prints the result; > FILE or --result FILE keeps it";
  return "";
}

}  // namespace sonant::apps
