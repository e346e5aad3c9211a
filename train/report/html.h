// The pieces of a report that are text: escaping, numbers, tables, the style sheet.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonant::report {

// Printable (core/text.h), and safe between tags and inside quoted attributes.
std::string escape(std::string_view text);

std::string fixed(double value, int digits);
std::string percent(double share, int digits = 1);  // 0.6232 -> "62.3 %", with a no-break space
std::string shortest(double value);                 // 1e-05, 0.001, 12.5
std::string duration(double seconds);               // "0.8 s", "42 s", "3 min 5 s", "2 h 10 min"

// Two columns: what it is, and its value, which is escaped here.
std::string facts(const std::vector<std::pair<std::string, std::string>>& rows);

// Rows of tr() below their head, where "#files" is a column of numbers, and "=recall" one of bars,
// which take two cells (parts.h). css: "list" or "bars".
std::string table(const char* css, const std::vector<std::string>& columns,
                  const std::string& rows);
// The same, as "list", for screens that are too narrow for it.
std::string wide_table(const std::vector<std::string>& columns, const std::string& rows);
std::string tr(const std::string& cells);
std::string td(std::string_view text);  // escaped here, and in td_number()
std::string td_number(std::string_view text);

// <section> with a heading. `body` is HTML.
std::string section(std::string_view heading, const std::string& body);
// Two sections side by side where there is room.
std::string pair(const std::string& left, const std::string& right);
// A <details> that opens without a script. `body` is HTML.
std::string folded(std::string_view heading, const std::string& body);

// The beginning of the page up to <body>, with the style sheet of all pages and what one adds.
std::string page_head(std::string_view title, std::string_view more_css = "");

}  // namespace sonant::report
