// A report's page as a reader sees it: its tables' rows, and what its charts show.
#pragma once

#include <sonant/train/experiment/result.h>
#include <sonant/train/metrics.h>

#include <string>
#include <vector>

namespace sonant::test {

// No tags, blanks for no-break spaces.
std::string seen(std::string html);

using Cells = std::vector<std::string>;
// The rows of all tables, empty cells (bars) left out.
std::vector<Cells> rows_of(const std::string& html);
// Whether some row is these cells; if not, the rows that begin with the first are printed.
bool has_row(const std::string& html, const Cells& cells);

// As the pages round them.
std::string number(double value, int digits);
std::string per_cent(double share, int digits = 1);

// The part of the page that begins with this heading.
std::string section(const std::string& html, const std::string& heading);
// The drawing of the figure whose title begins so.
std::string chart(const std::string& html, const std::string& title);

struct Point {
  double x, y;
};
// "12.5,3.0 14.0,2.5 ..."
std::vector<Point> points_of(const std::string& points);

// What stands in a chart, read by the places of its tick labels.
class ReadChart {
 public:
  explicit ReadChart(std::string svg);
  double x_at(double x) const { return x_zero_ + x_scale_ * x; }
  double y_at(double y) const { return y_zero_ + y_scale_ * y; }
  // Places are rounded to a tenth.
  double x_margin() const;
  double y_margin() const;
  // What is marked with this look, in the order of the page.
  std::vector<Point> marks(int look) const;
  // The values of the polylines of a class, the legend's left out.
  std::vector<std::vector<Point>> lines(const std::string& css) const;

 private:
  std::string svg_;
  double x_scale_ = 0, y_scale_ = 0, x_zero_ = 0, y_zero_ = 0;
};

// The line goes through (1, values[0]), (2, values[1]), ...
void check_line(const ReadChart& drawn, const std::vector<Point>& line,
                const std::vector<double>& values);
std::vector<double> column(const std::vector<EpochRecord>& epochs, double EpochRecord::*number);

// Metrics of counts, without compute_metrics().
struct Counted {
  std::vector<double> spoken, recall, f1;
  double uar = 0, accuracy = 0, macro_f1 = 0, all = 0;
  explicit Counted(const ConfusionMatrix& m);
};

// A table with these counts, and their shares of the row.
void check_confusion(const std::string& html, const ConfusionMatrix& m,
                     const std::vector<std::string>& names, int seeds = 1);

}  // namespace sonant::test
