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
Registry<ConvKernel<T>>& conv_kernels() {
  static Registry<ConvKernel<T>> registry("conv", variants<T>);
  return registry;
}

template Registry<ConvKernel<float>>& conv_kernels();
template Registry<ConvKernel<double>>& conv_kernels();

}  // namespace sonant::kernels
