#include <sonant/audio/filter_bank.h>

#include <algorithm>

#include <sonant/audio/frame_kernels.h>
#include <sonant/core/error.h>

namespace sonant {

double FilterBank::operator()(int row, int column) const {
  const auto r = static_cast<std::size_t>(row);
  const int j = column - first[r];
  return j < 0 || j >= count[r] ? 0.0 : weights[static_cast<std::size_t>(offset[r] + j)];
}

void FilterBank::add_row(const std::vector<double>& row) {
  const auto nonzero = [](double w) { return w != 0; };
  const auto begin = std::find_if(row.begin(), row.end(), nonzero);
  const auto end = std::find_if(row.rbegin(), std::make_reverse_iterator(begin), nonzero).base();
  first.push_back(begin == end ? 0 : static_cast<int>(begin - row.begin()));
  count.push_back(static_cast<int>(end - begin));
  offset.push_back(static_cast<int>(weights.size()));
  weights.insert(weights.end(), begin, end);
}

void apply(const FilterBank& bank, const FrameMatrix& in, FrameMatrix& out) {
  check(in.rows() == bank.columns, "apply", "filter bank expects ", bank.columns, " bins, got ",
        in.rows());
  out.resize(in.frames(), bank.rows());
  const FrameKernels& kernels = frame_kernels();
  for (int b = 0; b < in.blocks(); ++b)
    kernels.multiply_ranges(bank.weights.data(), bank.first.data(), bank.count.data(),
                            bank.offset.data(), bank.rows(), in.block(b).data(),
                            out.block(b).data());
}

void apply(const DenseMatrix& matrix, const FrameMatrix& in, FrameMatrix& out) {
  check(in.rows() == matrix.columns, "apply", "matrix expects ", matrix.columns, " rows, got ",
        in.rows());
  out.resize(in.frames(), matrix.rows);
  const FrameKernels& kernels = frame_kernels();
  for (int b = 0; b < in.blocks(); ++b)
    kernels.multiply(matrix.weights.data(), matrix.rows, matrix.columns, in.block(b).data(),
                     out.block(b).data());
}

}  // namespace sonant
