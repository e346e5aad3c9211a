// Drawings and line charts as inline SVG, coloured by the page's style sheet.
#pragma once

#include <string>
#include <vector>

namespace sonant::report {

// A drawing is as wide as its place and as high as it says; its text keeps its size. In the area
// between the margins (in pixels) x is a share of the width, y the pixels below the area's top.
struct Margins {
  double left, top, right, bottom;
};
// `lines` are shapes whose points are stretched_point()s. What is under and over them keeps its
// shape: text(), rule(), and whatever says where it is by across().
std::string drawing(const std::string& title, const Margins& margins, double height,
                    const std::string& under, const std::string& lines, const std::string& over);
std::string stretched_point(double x, double y);
std::string across(double x);  // "37.50%"
std::string rule(const std::string& css, double x1, double y1, double x2, double y2);
std::string text(const std::string& x, double y, const char* anchor, const std::string& words,
                 const std::string& css = "");

struct Curve {
  std::string name;                            // for the legend
  std::vector<double> values;                  // one per epoch; what is not finite leaves a gap
  std::vector<std::vector<double>> each = {};  // the runs whose mean it is: thin lines behind it
};

struct LineChart {
  std::string title;
  std::vector<Curve> curves;  // at most two: the style sheet has colours for a and b
  int best_epoch = 0;         // from 1, marked by a vertical line; 0: none
  bool as_percent = false;    // values are shares in [0, 1]
  double low = 0, high = 0;   // of the y axis, to compare charts; equal: what the values need
};

// <figure> with caption, axes, grid, legend and curves. An epoch is a step on the x axis.
std::string line_chart(const LineChart& chart);

// About `count` round numbers (1, 2 or 5 times a power of ten apart) that cover [low, high].
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace sonant::report
