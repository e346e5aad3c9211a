#include "train/read_page.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <map>
#include <regex>
#include <sstream>
#include <utility>

#include "support/catch.h"
#include "support/text.h"

namespace sonant::test {
namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// A blank in place of every tag, and one in place of many.
std::string without_tags(std::string_view html) {
  std::string text;
  for (std::size_t at = 0; at < html.size(); ++at) {
    if (html[at] == '<') at = std::min(html.find('>', at), html.size());
    text += at < html.size() && html[at] != '>' ? html[at] : ' ';
  }
  return text;
}

std::string with_single_blanks(std::string_view text) {
  std::string single;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank || single.empty() || single.back() != ' ') single += blank ? ' ' : c;
  }
  return single;
}

// "<tr class=...>" or "<tr>", to "</tr>": what is inside.
std::vector<std::string> inside(const std::string& html, const std::string& tag) {
  std::vector<std::string> all;
  for (const std::string& element : all_between(html, "<" + tag, "</" + tag + ">"))
    if (element.starts_with('>') || element.starts_with(' '))
      all.push_back(element.substr(element.find('>') + 1));
  return all;
}

}  // namespace

std::string seen(std::string html) {
  html = without_tags(html);
  for (const auto& [from, to] : {std::pair<const char*, const char*>{"&nbsp;", " "},
                                 {"\u00a0", " "},
                                 {"&lt;", "<"},
                                 {"&gt;", ">"},
                                 {"&amp;", "&"}})
    html = replaced(html, from, to);
  html = with_single_blanks(html);
  const auto first = html.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : html.substr(first, html.find_last_not_of(' ') - first + 1);
}

std::vector<Cells> rows_of(const std::string& html) {
  std::vector<Cells> rows;
  for (std::string row : inside(html, "tr")) {
    auto& cells = rows.emplace_back();
    for (const char* mark : {"<th", "</th>"})
      row = replaced(row, mark, mark[1] == '/' ? "</td>" : "<td");
    for (const std::string& cell : inside(row, "td"))
      if (const std::string text = seen(cell); !text.empty()) cells.push_back(text);
  }
  return rows;
}

bool has_row(const std::string& html, const Cells& cells) {
  const auto rows = rows_of(html);
  const bool found = std::find(rows.begin(), rows.end(), cells) != rows.end();
  if (!found)
    for (const Cells& row : rows)
      if (!row.empty() && row.front() == cells.front()) {
        std::string text;
        for (const auto& c : row) text += c + " | ";
        UNSCOPED_INFO("there is: " << text);
      }
  return found;
}

std::string number(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}
std::string per_cent(double share, int digits) { return number(100 * share, digits) + " %"; }

std::string section(const std::string& html, const std::string& heading) {
  const auto begin = html.find("<h2>" + heading + "</h2>");
  REQUIRE(begin != std::string::npos);
  return html.substr(begin, html.find("</section>", begin) - begin);
}

ReadChart::ReadChart(std::string svg) : svg_(std::move(svg)) {
  const std::regex text(
      "<text[^>]* x=\"([-0-9.]+)(%?)\" y=\"([-0-9.]+)\" text-anchor=\"(end|middle)\"[^>]*>"
      "([-0-9.e]+)( %)?</text>");
  std::map<double, Point> left, below;
  for (std::sregex_iterator t(svg_.begin(), svg_.end(), text), end; t != end; ++t) {
    // A place in per cent of the width; lines are drawn in thousandths of it.
    const double x = std::stod((*t)[1]) * ((*t)[2] == "%" ? 10 : 1), y = std::stod((*t)[3]);
    const double value = std::stod((*t)[5]) / ((*t)[6].matched ? 100 : 1);
    if ((*t)[4] == "end") left[value] = {x, y};
    if ((*t)[4] == "middle") below[value] = {x, y};
  }
  REQUIRE(left.size() >= 2);
  REQUIRE(below.size() >= 2);
  const auto [y_low, at_y_low] = *left.begin();
  const auto [y_high, at_y_high] = *left.rbegin();
  const auto [x_low, at_x_low] = *below.begin();
  const auto [x_high, at_x_high] = *below.rbegin();
  y_scale_ = (y_high - y_low) / (at_y_high.y - at_y_low.y);
  x_scale_ = (x_high - x_low) / (at_x_high.x - at_x_low.x);
  // A label's baseline lies 4 below the line it stands at.
  y_zero_ = y_low - y_scale_ * (at_y_low.y - 4);
  x_zero_ = x_low - x_scale_ * at_x_low.x;
  for (const auto& [value, place] : left)
    CHECK(y_at(place.y - 4) == Approx(value).margin(std::max(0.002, y_margin())));
  for (const auto& [value, place] : below)
    CHECK(x_at(place.x) == Approx(value).margin(std::max(0.02, x_margin())));
}

double ReadChart::x_margin() const { return 0.11 * std::abs(x_scale_); }
double ReadChart::y_margin() const { return 0.11 * std::abs(y_scale_); }

std::vector<Point> ReadChart::marks(int look) const {
  std::vector<Point> values;
  const std::regex mark("<use href=\"#look" + std::to_string(look) +
                        "\" x=\"([-0-9.]+)%\" y=\"([-0-9.]+)\"/>");
  for (std::sregex_iterator m(svg_.begin(), svg_.end(), mark), end; m != end; ++m)
    values.push_back({x_at(10 * std::stod((*m)[1])), y_at(std::stod((*m)[2]))});
  return values;
}

std::vector<std::vector<Point>> ReadChart::lines(const std::string& css) const {
  std::vector<std::vector<Point>> all;
  for (const std::string& points :
       all_between(svg_, "<polyline class=\"" + css + "\" points=\"", "\"")) {
    std::vector<Point> values = points_of(points);
    for (Point& p : values) p = {x_at(p.x), y_at(p.y)};
    const std::string legend_y = ",10.0";
    if (!has(points, legend_y)) all.push_back(std::move(values));
  }
  return all;
}

std::vector<Point> points_of(const std::string& points) {
  std::vector<Point> all;
  std::istringstream in(points);
  char comma = 0;
  for (Point p; in >> p.x >> comma >> p.y;) all.push_back(p);
  return all;
}

std::string chart(const std::string& html, const std::string& title) {
  const auto begin = html.find("aria-label=\"" + title);
  REQUIRE(begin != std::string::npos);
  return html.substr(begin, html.find("</figure>", begin) - begin);
}

void check_line(const ReadChart& drawn, const std::vector<Point>& line,
                const std::vector<double>& values) {
  REQUIRE(line.size() == values.size());
  for (std::size_t e = 0; e < values.size(); ++e) {
    CHECK(line[e].x == Approx(static_cast<double>(e + 1)).margin(drawn.x_margin()));
    CHECK(line[e].y == Approx(values[e]).margin(drawn.y_margin()));
  }
}

std::vector<double> column(const std::vector<EpochRecord>& epochs, double EpochRecord::*number) {
  std::vector<double> values;
  for (const EpochRecord& e : epochs) values.push_back(e.*number);
  return values;
}

Counted::Counted(const ConfusionMatrix& m) {
  double right = 0;
  for (int c = 0; c < m.classes(); ++c) {
    double row = 0, columns = 0;
    for (int k = 0; k < m.classes(); ++k) {
      row += static_cast<double>(m(c, k));
      columns += static_cast<double>(m(k, c));
    }
    const auto hits = static_cast<double>(m(c, c));
    spoken.push_back(row);
    recall.push_back(hits / row);
    f1.push_back(2 * hits / (row + columns));
    right += hits, all += row;
    uar += recall.back() / m.classes();
    macro_f1 += f1.back() / m.classes();
  }
  accuracy = right / all;
}

void check_confusion(const std::string& html, const ConfusionMatrix& m,
                     const std::vector<std::string>& names, int seeds) {
  for (int label = 0; label < m.classes(); ++label) {
    double row = 0;
    for (int c = 0; c < m.classes(); ++c) row += static_cast<double>(m(label, c));
    Cells cells{names[static_cast<std::size_t>(label)]};
    for (int c = 0; c < m.classes(); ++c)
      cells.push_back(number(static_cast<double>(m(label, c)) / seeds, m(label, c) % seeds != 0) +
                      " " + per_cent(static_cast<double>(m(label, c)) / row, 0));
    CHECK(has_row(html, cells));
  }
}

}  // namespace sonant::test
