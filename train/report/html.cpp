#include <sonant/train/report/html.h>

#include <cmath>
#include <sstream>

#include <sonant/core/text.h>
#include <sonant/train/report/pages.h>

namespace sonant::report {
std::string escape(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "inf" : "-inf";
  std::ostringstream text;
  text.setf(std::ios::fixed);
  text.precision(digits);
  text << value;
  return text.str();
}

// With a no-break space.
std::string percent(double share, int digits) { return fixed(100 * share, digits) + "\u00a0%"; }

std::string shortest(double value) {
  if (!std::isfinite(value)) return fixed(value, 0);
  std::ostringstream text;
  text.precision(6);
  text << value;
  return text.str();
}

std::string duration(double seconds) {
  if (seconds < 10) return fixed(seconds, 1) + " s";
  const auto s = std::llround(seconds);
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return std::to_string(s / 60) + " min " + std::to_string(s % 60) + " s";
  return std::to_string(s / 3600) + " h " + std::to_string(s % 3600 / 60) + " min";
}

std::string facts(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string html = "<table class=\"facts\">\n";
  for (const auto& [name, value] : rows) {
    html += "<tr><th scope=\"row\">" + escape(name) + "</th><td>" + escape(value) + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string table(const char* css, const std::vector<std::string>& columns,
                  const std::string& rows) {
  std::string html = "<table class=\"" + std::string(css) + "\">\n<thead><tr>";
  for (const std::string& column : columns) {
    const bool number = column.starts_with('#'), bar = column.starts_with('=');
    html += number ? "<th class=\"n\">" : bar ? "<th colspan=\"2\">" : "<th>";
    html += escape(column.substr(number || bar ? 1 : 0)) + "</th>";
  }
  return html + "</tr></thead>\n<tbody>\n" + rows + "</tbody>\n</table>\n";
}

std::string wide_table(const std::vector<std::string>& columns, const std::string& rows) {
  std::string html = table("list", columns, rows);
  html.pop_back();
  return "<div class=\"scroll\">" + html + "</div>\n";
}

std::string tr(const std::string& cells) { return "<tr>" + cells + "</tr>\n"; }
std::string td(std::string_view text) { return "<td>" + escape(text) + "</td>"; }
std::string td_number(std::string_view text) { return "<td class=\"n\">" + escape(text) + "</td>"; }

std::string section(std::string_view heading, const std::string& body) {
  return "<section>\n<h2>" + escape(heading) + "</h2>\n" + body + "</section>\n";
}

std::string pair(const std::string& left, const std::string& right) {
  return "<div class=\"pair\">\n" + left + right + "</div>\n";
}

std::string folded(std::string_view heading, const std::string& body) {
  return "<details>\n<summary>" + escape(heading) + "</summary>\n" + body + "</details>\n";
}

std::string page_head(std::string_view title, std::string_view more_css) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         escape(title) + "</title>\n<style>\n" + pages::style_css + std::string(more_css) +
         "</style>\n</head>\n";
}

}  // namespace sonant::report
