#include <sonant/train/experiment/cell_table.h>

#include <algorithm>

#include <sonant/audio/csv.h>
#include <sonant/core/text.h>

namespace sonant {
namespace {

using Cells = std::vector<std::string>;

std::string shown(const std::string& cell) { return cell.empty() ? "-" : printable(cell); }

// "-0.03 to 0.01" with minus signs instead of hyphens, "+-" as one sign.
std::string latex_numbers(const std::string& cell) {
  std::string text, word;
  const auto finish = [&] {
    const bool sign = word.size() > 1 && (word[0] == '-' || word[0] == '+' || word[0] == '<');
    const bool number =
        word.find_first_not_of("+-<.0123456789") == std::string::npos && word != "-";
    text += word == "+-" ? "$\\pm$" : sign && number ? "$" + word + "$" : latex_text(word);
    word.clear();
  };
  for (char c : cell) {
    if (c != ' ') {
      word += c;
      continue;
    }
    finish();
    text += c;
  }
  finish();
  return text;
}

std::string latex_line(const CellTable& table, const Cells& cells) {
  std::string line;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const std::string cell = shown(cells[c]);
    line += c == 0 ? "" : " & ";
    line += cell == "-" ? "--" : c < table.names ? latex_text(cell) : latex_numbers(cell);
  }
  return line + " \\\\\n";
}

std::string csv_line(const Cells& cells) {
  return joined(cells, ",", [](const std::string& cell) { return csv_field(printable(cell)); }) +
         "\r\n";
}

}  // namespace

std::string latex_text(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '\\':
        escaped += "\\textbackslash{}";
        break;
      case '~':
        escaped += "\\textasciitilde{}";
        break;
      case '^':
        escaped += "\\textasciicircum{}";
        break;
      case '<':
        escaped += "\\textless{}";
        break;
      case '>':
        escaped += "\\textgreater{}";
        break;
      case '|':
        escaped += "\\textbar{}";
        break;
      case '"':
        escaped += "\\char34{}";
        break;  // babel gives it a meaning
      case '`':
        escaped += "\\`{}";
        break;
      case '[':  // after \\\\ it would begin an argument, and a star, too
      case '*':
        escaped += '{', escaped += c, escaped += '}';
        break;
      case '{':
      case '}':
      case '$':
      case '&':
      case '#':
      case '_':
      case '%':
        escaped += '\\', escaped += c;
        break;
      case '-':  // not two in a row: they would become one dash
        escaped += escaped.ends_with('-') ? "{}-" : "-";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string markdown_text(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    if (std::string_view("\\`*_[]<>|~&$#").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string as_text(const CellTable& table) {
  std::vector<Cells> lines{table.header};
  lines.insert(lines.end(), table.rows.begin(), table.rows.end());
  std::vector<std::size_t> width(table.header.size());
  for (Cells& cells : lines) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      cells[c] = shown(cells[c]);
      width[c] = std::max(width[c], columns(cells[c]));
    }
  }
  std::string text;
  for (const Cells& cells : lines) {
    std::string line;
    for (std::size_t c = 0; c < cells.size(); ++c)
      line += (c == 0 ? "" : "  ") + padded(cells[c], width[c], c >= table.names);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string as_markdown(const CellTable& table) {
  const auto line = [](const Cells& cells) {
    std::string text;
    for (const std::string& cell : cells) text += "| " + markdown_text(shown(cell)) + " ";
    return text + "|\n";
  };
  std::string text = line(table.header);
  for (std::size_t c = 0; c < table.header.size(); ++c) text += c < table.names ? "|---" : "|---:";
  text += "|\n";
  for (const Cells& cells : table.rows) text += line(cells);
  return text;
}

std::string as_latex(const CellTable& table) {
  std::string text = "\\begin{tabular}{" + std::string(table.names, 'l') +
                     std::string(table.header.size() - table.names, 'r') + "}\n\\hline\n" +
                     latex_line(table, table.header) + "\\hline\n";
  for (const Cells& cells : table.rows) text += latex_line(table, cells);
  return text + "\\hline\n\\end{tabular}\n";
}

std::string as_csv(const CellTable& table) {
  std::string text = csv_line(table.header);
  for (const Cells& cells : table.rows) text += csv_line(cells);
  return text;
}

}  // namespace sonant
