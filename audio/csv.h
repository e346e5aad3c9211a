// A table as text, as spreadsheets write it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sonant {

struct CsvField {
  std::string text;
  std::size_t column = 0;  // where it begins in its line, in characters from 1
};

struct CsvRow {
  std::size_t line = 0;  // where it starts in the file, from 1
  std::vector<CsvField> fields;
};

// RFC 4180 in UTF-8, with LF as good as CR LF, with or without a byte order mark; lines without
// any text are passed over, blanks outside quotes too. Error with line and column, `where` in
// front, for text that is not UTF-8, for a NUL, for a carriage return that ends no line, and for
// quotes that do not fit.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& where);
// The same, row after row, for tables that are not to be in memory twice.
void for_each_csv_row(std::string_view text, const std::string& where,
                      const std::function<void(CsvRow&&)>& use);

// The field as RFC 4180 has it: in quotes where it needs them.
std::string csv_field(std::string_view text);

}  // namespace sonant
