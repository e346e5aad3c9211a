#include <sonant/train/experiment/cell_table.h>

#include "support/catch.h"

using namespace sonant;

namespace {

// RFC 4180, read by its own grammar: records of fields.
std::vector<std::vector<std::string>> read_csv_text(const std::string& text) {
  std::vector<std::vector<std::string>> records;
  std::size_t i = 0;
  while (i < text.size()) {
    auto& record = records.emplace_back();
    for (bool more = true; more;) {
      auto& field = record.emplace_back();
      if (text.at(i) == '"') {
        for (++i; text.at(i) != '"' || text.at(i + 1) == '"'; ++i) {
          field += text[i];
          if (text[i] == '"') ++i;
        }
        ++i;
      } else {
        while (text.at(i) != ',' && text.at(i) != '\r') {
          REQUIRE(text[i] != '"');
          field += text[i++];
        }
      }
      more = text.at(i) == ',';
      if (more) ++i;
    }
    REQUIRE(text.substr(i, 2) == "\r\n");
    i += 2;
  }
  return records;
}

}  // namespace

TEST_CASE("CSV is read back by RFC 4180's rules", "[train]") {
  const CellTable table{{"a", "b"},
                        {{"plain", "0.5"},
                         {"with, comma", "\"quoted\""},
                         {"", "\""},
                         {" blank ", ",\",\""},
                         {"\u00fc", "="}}};
  const auto records = read_csv_text(as_csv(table));
  REQUIRE(records.size() == 6);
  CHECK(records[0] == table.header);
  for (std::size_t i = 0; i < 5; ++i) CHECK(records[i + 1] == table.rows[i]);
  CHECK(as_csv({{"a"}, {{"two\nlines\x1b"}}}) == "a\r\ntwo\\nlines\\x1b\r\n");
}

TEST_CASE("Text stands in columns, whatever its letters", "[train]") {
  const CellTable table{{"name", "n"}, {{"\u4e2d\u6587", "1"}, {"abc", ""}, {"x", "12.5"}}};
  CHECK(as_text(table) == "name     n\n\u4e2d\u6587     1\nabc      -\nx     12.5\n");
}

TEST_CASE("Markdown shows a name as it is", "[train]") {
  CHECK(markdown_text("a|b*c_d`e`<f>[g]\\~$#&") ==
        "a\\|b\\*c\\_d\\`e\\`\\<f\\>\\[g\\]\\\\\\~\\$\\#\\&");
  CHECK(as_markdown({{"run", "p"}, {{"a_b", "<0.0001"}, {"c", ""}}}) ==
        "| run | p |\n|---|---:|\n| a\\_b | \\<0.0001 |\n| c | - |\n");
}

TEST_CASE("LaTeX shows a name as it is, and numbers with minus signs", "[train]") {
  CHECK(latex_text("50 % of a_b & {c} #1 $x$") == "50 \\% of a\\_b \\& \\{c\\} \\#1 \\$x\\$");
  CHECK(latex_text("\\a~b^c<d>e|f\"`--") ==
        "\\textbackslash{}a\\textasciitilde{}b\\textasciicircum{}c\\textless{}d\\textgreater{}e"
        "\\textbar{}f\\char34{}\\`{}-{}-");
  CHECK(latex_text("[a]*") == "{[}a]{*}");  // after the end of a line they would be its arguments
  CHECK(as_latex({{"run", "difference"},
                  {{"x-1", "-0.03 to +0.01"}, {"y", "<0.0001"}, {"z", "0.5 +- 0.1"}, {"", ""}}}) ==
        "\\begin{tabular}{lr}\n\\hline\nrun & difference \\\\\n\\hline\n"
        "x-1 & $-0.03$ to $+0.01$ \\\\\ny & $<0.0001$ \\\\\nz & 0.5 $\\pm$ 0.1 \\\\\n-- & -- \\\\\n"
        "\\hline\n\\end{tabular}\n");
}
