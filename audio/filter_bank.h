// A linear map of spectrum bins to bands, row by row from its first to its last weight that is not
// zero.
#pragma once

#include <vector>

#include <sonant/audio/frames.h>

namespace sonant {

struct FilterBank {
  int columns = 0;              // bins that it expects
  std::vector<int> first;       // per row: the bin of its first weight
  std::vector<int> count;       // per row: number of weights, 0 for an empty band
  std::vector<int> offset;      // per row: where its weights begin in `weights`
  std::vector<double> weights;  // the rows' weights, one after the other

  int rows() const { return static_cast<int>(first.size()); }
  // The weight of one bin, for inspection and plots.
  double operator()(int row, int column) const;
  // Appends a row given in full; zeros at both ends are dropped.
  void add_row(const std::vector<double>& row);
};

// out (T, rows) <- bank * in (T, columns). Error if the columns differ.
void apply(const FilterBank& bank, const FrameMatrix& in, FrameMatrix& out);

// A map without zeros worth skipping: rows x columns, row-major.
struct DenseMatrix {
  int rows = 0;
  int columns = 0;
  std::vector<double> weights;
  double operator()(int row, int column) const {
    return weights[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                   static_cast<std::size_t>(column)];
  }
};

void apply(const DenseMatrix& matrix, const FrameMatrix& in, FrameMatrix& out);

}  // namespace sonant
