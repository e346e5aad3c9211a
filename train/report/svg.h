// Line charts as inline SVG, coloured by the page's style sheet.
#pragma once

#include <string>
#include <vector>

namespace sonant::report {

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
