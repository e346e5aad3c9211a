#include <sonant/core/kernels/a_lstm.h>

namespace sonant::kernels {

// The table: a row each, from the one to read to the fastest. `struct X` declares the tag.
template <class T>
static constexpr std::vector<ALstmKernel<T>> (*variants[])() = {
    a_lstm_variant<struct ReferenceALstm, T>,
    a_lstm_variant<struct BlasALstm, T>,
    a_lstm_variant<struct FusedALstm, T>,
};

template <class T>
Registry<ALstmKernel<T>>& a_lstm_kernels() {
  static Registry<ALstmKernel<T>> registry("a-lstm", variants<T>);
  return registry;
}

template Registry<ALstmKernel<float>>& a_lstm_kernels();
template Registry<ALstmKernel<double>>& a_lstm_kernels();

}  // namespace sonant::kernels
