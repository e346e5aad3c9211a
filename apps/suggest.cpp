#include "suggest.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <vector>

namespace sonant::apps {
namespace {

// Levenshtein distance, one row at a time.
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::vector<std::string> known_words(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options())
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
  }
  if (command.get_parent() == nullptr)
    for (const CLI::App* sub : command.get_subcommands(nullptr)) words.push_back(sub->get_name());
  return words;
}

std::string nearest(const std::string& word, const std::vector<std::string>& words) {
  std::string best;
  std::size_t best_distance = 3;  // further off is another word, not a slip
  for (const std::string& known : words)
    if (const std::size_t d = edit_distance(word, known); d < best_distance) {
      best = known;
      best_distance = d;
    }
  return best;
}

}  // namespace

std::string unknown_word(const CLI::App& command, int argc, char** argv) {
  const std::vector<std::string> words = known_words(command);
  const bool top = command.get_parent() == nullptr;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--") break;
    word = word.substr(0, word.find('='));
    const bool option = word.rfind("--", 0) == 0;
    // Inside a subcommand, a plain word is a value or a file.
    if ((!option && !top) || std::find(words.begin(), words.end(), word) != words.end()) continue;
    const std::string known = nearest(word, words);
    return std::string("unknown ") + (option ? "option " : "subcommand ") + word +
           (known.empty() ? "" : " (did you mean " + known + "?)");
  }
  return "";
}

}  // namespace sonant::apps
