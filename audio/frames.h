// A matrix of T frames with one row per frequency, band or coefficient, stored eight frames
// abreast.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <sonant/core/pool.h>

namespace sonant {

// The eight values that one row has in frames 8b .. 8b+7 are adjacent, so a SIMD kernel computes
// eight frames at once while each frame sees the operations it would see alone: the numbers do not
// depend on the width of the registers. The last block is filled up with frames of zeros.
class FrameMatrix {
 public:
  static constexpr int lanes = 8;

  FrameMatrix() = default;
  FrameMatrix(int frames, int rows) { resize(frames, rows); }
  // Keeps its memory when it shrinks; the content is arbitrary afterwards.
  void resize(int frames, int rows) {
    frames_ = frames;
    rows_ = rows;
    data_.resize(static_cast<std::size_t>(blocks()) * block_size());
  }

  int frames() const { return frames_; }
  int rows() const { return rows_; }
  int blocks() const { return (frames_ + lanes - 1) / lanes; }
  double& operator()(int frame, int row) { return data_[offset(frame, row)]; }
  double operator()(int frame, int row) const { return data_[offset(frame, row)]; }

  // Block b: (rows, 8) row-major.
  std::span<double> block(int b) { return {data_.data() + block_offset(b), block_size()}; }
  std::span<const double> block(int b) const {
    return {data_.data() + block_offset(b), block_size()};
  }

 private:
  std::size_t block_size() const { return static_cast<std::size_t>(rows_) * lanes; }
  std::size_t block_offset(int b) const { return static_cast<std::size_t>(b) * block_size(); }
  std::size_t offset(int frame, int row) const {
    return block_offset(frame / lanes) + static_cast<std::size_t>(row * lanes + frame % lanes);
  }

  int frames_ = 0;
  int rows_ = 0;
  std::vector<double, PoolAllocator<double>> data_;
};

}  // namespace sonant
