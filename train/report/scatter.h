// Clouds of points as inline SVG.
#pragma once

#include <string>
#include <vector>

#include <sonant/train/experiment/embeddings.h>

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

// What a page with scatter charts has once, before them: the shapes of their points.
std::string looks_defs();

// <figure> with caption, axes and points. `lines`: drawn before them, for drawing().
std::string scatter_chart(const std::string& title, const Axis& x, const Axis& y,
                          const std::vector<Cloud>& clouds, const std::string& lines = "");
// Where the chart draws a point, for `lines`.
std::pair<double, double> place_in_chart(const Axis& x, const Axis& y, double at_x, double at_y);

// What the looks mean, for all charts of a section.
std::string looks_legend(const std::vector<std::pair<int, std::string>>& names);

// Embeddings beside averaged features, each in its first two principal components, coloured and
// shaped by class, with the legend.
std::string pca_charts(const Embeddings& embeddings);

}  // namespace sonant::report
