// Clouds of points as inline SVG.
#pragma once

#include <string>
#include <vector>

#include <sonant/train/embeddings.h>

namespace sonant::report {

struct Axis {
  std::string name;
  double low = 0, high = 1;
  // Where a label stands, and the label; where there is none, round numbers are labelled.
  std::vector<std::pair<double, std::string>> ticks = {};
};

// Points that look alike: the k-th of eight shapes in the k-th of eight colours.
struct Cloud {
  int look = 0;
  std::vector<std::pair<double, double>> points;
};

// <figure> with caption, axes and points. `under`, `over`: more SVG, drawn before and after them.
std::string scatter_chart(const std::string& title, const Axis& x, const Axis& y,
                          const std::vector<Cloud>& clouds, const std::string& under = "",
                          const std::string& over = "");
// Where the chart draws a point, for `under` and `over`.
std::pair<double, double> place_in_chart(const Axis& x, const Axis& y, double at_x, double at_y);

// What the looks mean, for all charts of a section.
std::string looks_legend(const std::vector<std::pair<int, std::string>>& names);

// Embeddings beside averaged features, each in its first two principal components, coloured and
// shaped by class, with the legend.
std::string pca_charts(const Embeddings& embeddings);

}  // namespace sonant::report
