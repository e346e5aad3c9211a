// A table of texts, written as people and programs read it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

struct CellTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;  // each as long as the header; "" has no value
  std::size_t names = 1;  // so many columns in front are names, from the left; others are numbers
};

// Columns under each other in a terminal, whatever their letters.
std::string as_text(const CellTable& table);
// With a pipe at each end. Whatever a cell holds is shown as it is, not taken for markup.
std::string as_markdown(const CellTable& table);
// A tabular environment that needs no package; a UTF-8 engine shows all letters.
std::string as_latex(const CellTable& table);
// RFC 4180, with a header, for programs: lines end in CR LF, and what needs quotes has them.
std::string as_csv(const CellTable& table);

// One text, escaped for a place between words.
std::string latex_text(std::string_view text);
std::string markdown_text(std::string_view text);

}  // namespace sonant
