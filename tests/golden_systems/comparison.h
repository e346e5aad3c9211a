// Arrays of ours beside those of a reference file in the form of golden/systems/README.md.
#pragma once

#include <sonant/core/npz.h>
#include <sonant/core/tensor.h>

#include <string>
#include <vector>

namespace sonant {

// One array of one file against ours: the largest difference over the largest value.
struct SystemLine {
  std::string file, precision, array;  // "alstm_full.npz", "float simd avx2", "grad/fc.weight"
  double worst, limit;
};

// How exactly an array is held, in double and in float. float 0: not in float.
struct Tolerance {
  double in_double, in_float;
};

class Comparison {
 public:
  // `single`: ours were computed in float.
  Comparison(const Npz& npz, std::string file, std::string precision, bool single)
      : npz_(npz), file_(std::move(file)), precision_(std::move(precision)), single_(single) {}

  // Whether the file has it, in full or by samples.
  bool has(const std::string& name) const { return npz_.has(name) || npz_.has(name + ".sample"); }
  Shape shape(const std::string& name) const;

  // A line if the file has the array, and in float another one if it has it under f32/, too.
  template <Real T>
  void add(const std::string& name, const Tensor<T>& ours, Tolerance tolerance) {
    add_double(name, ours.template to<double>(), tolerance, false);
  }
  // Of numbers that would be zero in exact arithmetic: the difference itself counts.
  template <Real T>
  void add_absolute(const std::string& name, const Tensor<T>& ours, Tolerance tolerance) {
    add_double(name, ours.template to<double>(), tolerance, true);
  }
  void add_line(const std::string& name, double worst, double limit) {
    lines.push_back({file_, precision_, name, worst, limit});
  }
  // A line that fails for each array of the file with one of these beginnings that was compared
  // with nothing.
  void add_forgotten(const std::vector<std::string>& beginnings);

  // The largest difference over the largest value wanted; infinity for another size, NaN stays.
  static double whole(const Tensor<double>& got, const Tensor<double>& want, bool absolute = false);

  std::vector<SystemLine> lines;

 private:
  void add_double(const std::string& name, const Tensor<double>& ours, Tolerance tolerance,
                  bool absolute);
  double sampled(const Tensor<double>& got, const std::string& name) const;

  const Npz& npz_;
  std::string file_, precision_;
  bool single_;
  std::vector<std::string> skipped_;
};

}  // namespace sonant
