#include <sonant/core/kernels/lstm.h>

namespace sonant::kernels {

// The table: a row each, from the one to read to the fastest. `struct X` declares the tag.
template <class T>
static constexpr std::vector<LstmKernel<T>> (*variants[])() = {
    lstm_variant<struct ReferenceLstm, T>,
    lstm_variant<struct BlasLstm, T>,
    lstm_variant<struct FusedLstm, T>,
};

template <class T>
Registry<LstmKernel<T>>& lstm_kernels() {
  static Registry<LstmKernel<T>> registry("lstm", variants<T>);
  return registry;
}

std::vector<std::string> lstm_kernel_names() { return lstm_kernels<float>().names(); }

template Registry<LstmKernel<float>>& lstm_kernels();
template Registry<LstmKernel<double>>& lstm_kernels();

}  // namespace sonant::kernels
