#include <sonant/nn/lstm_trace.h>

#include <cmath>

namespace sonant {
namespace {

double sigmoid(double a) { return 1 / (1 + std::exp(-a)); }

// a = W_ih x + b_ih + W_hh h + b_hh for one step: [4H]
template <Real T>
std::vector<double> gate_sums(const typename Lstm<T>::Cell& cell, const T* x, const double* h) {
  const Tensor<T>&W_ih = cell.weight_ih.value, &W_hh = cell.weight_hh.value;
  const std::int64_t D = W_ih.dim(1), H = W_hh.dim(1);
  std::vector<double> a(static_cast<std::size_t>(4 * H));
  for (std::int64_t row = 0; row < 4 * H; ++row) {
    double sum = double{cell.bias_ih.value[row]} + double{cell.bias_hh.value[row]};
    for (std::int64_t d = 0; d < D; ++d) sum += double{W_ih[row * D + d]} * double{x[d]};
    for (std::int64_t k = 0; k < H; ++k) sum += double{W_hh[row * H + k]} * h[k];
    a[static_cast<std::size_t>(row)] = sum;
  }
  return a;
}

}  // namespace

template <Real T>
LstmTrace trace_lstm(const typename Lstm<T>::Cell& cell, const Tensor<T>& x) {
  const std::int64_t D = cell.weight_ih.value.dim(1), H = cell.weight_hh.value.dim(1);
  check(x.rank() == 2 && x.dim(0) >= 1 && x.dim(1) == D, "trace_lstm", "expects x (T,", D,
        ") with T >= 1, got ", x.shape());
  const Shape shape{x.dim(0), H};
  LstmTrace s;
  for (Tensor<double>* t : {&s.i, &s.f, &s.g, &s.o, &s.c, &s.h}) *t = Tensor<double>(shape);
  std::vector<double> h(static_cast<std::size_t>(H)), c(static_cast<std::size_t>(H));
  for (std::int64_t t = 0; t < x.dim(0); ++t) {
    const std::vector<double> a = gate_sums<T>(cell, x.data() + t * D, h.data());
    for (std::int64_t k = 0; k < H; ++k) {
      const auto unit = static_cast<std::size_t>(k), H_ = static_cast<std::size_t>(H);
      const std::int64_t at = t * H + k;
      s.i[at] = sigmoid(a[unit]);                                 // (1)
      s.f[at] = sigmoid(a[H_ + unit]);                            // (2)
      s.g[at] = std::tanh(a[2 * H_ + unit]);                      // (3)
      s.o[at] = sigmoid(a[3 * H_ + unit]);                        // (4)
      s.c[at] = c[unit] = s.f[at] * c[unit] + s.i[at] * s.g[at];  // (5)
      s.h[at] = h[unit] = s.o[at] * std::tanh(c[unit]);           // (6)
    }
  }
  return s;
}

template LstmTrace trace_lstm<float>(const Lstm<float>::Cell&, const Tensor<float>&);
template LstmTrace trace_lstm<double>(const Lstm<double>::Cell&, const Tensor<double>&);

}  // namespace sonant
