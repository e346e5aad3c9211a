// One array in NumPy's .npy format (numpy.lib.format, versions 1.0 to 3.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <sonant/core/tensor.h>

namespace sonant {

struct NpyArray {
  Shape shape;
  std::string dtype;           // NumPy's descr: "<f4", "<i8", "|b1", "<U20", ...
  bool fortran_order = false;  // first axis fastest
  std::vector<std::byte> data;
};

// `where` names the file and array in errors. Nothing in the bytes is trusted: damage, more than
// Shape::max_rank axes and a shape that does not match the number of bytes are Errors.
NpyArray decode_npy(std::span<const std::byte> bytes, const std::string& where);
// What stands in front of the elements, in C order: a multiple of 64 bytes, format version 1.0.
std::vector<std::byte> npy_header(const std::string& dtype, const Shape& shape,
                                  bool fortran_order = false);
// The whole .npy file, format version 1.0.
std::vector<std::byte> encode_npy(const NpyArray& array);

// The elements in C order. real(): bool, integer and floating dtypes of either width (and half);
// integers(): bool and integer dtypes; strings(): <U as UTF-8. Error for other dtypes.
Tensor<double> npy_real(const NpyArray& array, const std::string& where);
std::vector<std::int64_t> npy_integers(const NpyArray& array, const std::string& where);
std::vector<std::string> npy_strings(const NpyArray& array, const std::string& where);

}  // namespace sonant
