#include <sonant/core/kernels/conv.h>

namespace sonant::kernels {

// The table: a row each, from the one to read to the fastest. `struct X` declares the tag.
template <class T>
static constexpr std::vector<ConvKernel<T>> (*variants[])() = {
    conv_variant<struct ReferenceConv, T>,
    conv_variant<struct BlasConv, T>,
    conv_variant<struct TileConv, T>,
};

template <class T>
static std::vector<ConvKernel<T>> all_rows() {
  std::vector<ConvKernel<T>> rows;
  for (const auto& variant : variants<T>)
    for (const ConvKernel<T>& row : variant()) rows.push_back(row);
  return rows;
}

template <class T>
Registry<ConvKernel<T>>& conv_kernels() {
  static Registry<ConvKernel<T>> registry("conv", all_rows<T>());
  return registry;
}

template Registry<ConvKernel<float>>& conv_kernels();
template Registry<ConvKernel<double>>& conv_kernels();

}  // namespace sonant::kernels
