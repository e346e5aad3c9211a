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
  static Registry<ALstmKernel<T>> registry = [] {
    std::vector<ALstmKernel<T>> rows;
    for (const auto& variant : variants<T>)
      for (const ALstmKernel<T>& row : variant()) rows.push_back(row);
    return Registry<ALstmKernel<T>>("a-lstm", rows);
  }();
  return registry;
}

template Registry<ALstmKernel<float>>& a_lstm_kernels();
template Registry<ALstmKernel<double>>& a_lstm_kernels();

}  // namespace sonant::kernels
