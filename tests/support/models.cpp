#include "support/models.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <sonant/core/kernels/lstm.h>

#include "support/catch.h"

namespace sonant::test {

GoldenBatch::GoldenBatch(const Npz& npz) : x(npz.real("x")) {
  for (std::int64_t n : npz.integers("lengths")) lengths.push_back(static_cast<int>(n));
  for (std::int64_t n : npz.integers("labels")) labels.push_back(static_cast<int>(n));
}

template <Real T>
Packed<T> GoldenBatch::packed(Tape<T>& tape, const std::vector<int>& which) const {
  std::vector<Tensor<T>> sequences;
  std::vector<const Tensor<T>*> pointers;
  std::vector<int> chosen_lengths;
  for (int b : which) {
    const int length = chosen_lengths.emplace_back(lengths.at(static_cast<std::size_t>(b)));
    Tensor<T>& sequence = sequences.emplace_back(Shape{length, x.dim(2)});
    const double* from = x.data() + b * x.dim(1) * x.dim(2);
    std::transform(from, from + sequence.size(), sequence.data(),
                   [](double value) { return static_cast<T>(value); });
  }
  for (const Tensor<T>& sequence : sequences) pointers.push_back(&sequence);
  const Layout layout = make_layout(chosen_lengths);
  return {tape.constant(pack<T>(pointers, *layout)), layout};
}

template <Real T>
Packed<T> GoldenBatch::packed(Tape<T>& tape) const {
  std::vector<int> all(lengths.size());
  std::iota(all.begin(), all.end(), 0);
  return packed(tape, all);
}

template <Real T>
void load_arrays(Module<T>& module, const Npz& npz, const std::string& prefix) {
  const auto fill = [&](const std::string& name, Tensor<T>& target) {
    const Tensor<double> values = npz.real(prefix + name);
    INFO(prefix + name);
    REQUIRE(values.shape() == target.shape());
    target = values.to<T>();
  };
  for (const auto& [name, parameter] : module.named_parameters()) fill(name, parameter->value);
  for (const auto& [name, buffer] : module.named_buffers()) fill(name, *buffer);
}

template <Real T>
double relative_error(const Tensor<T>& got, const Tensor<double>& want) {
  if (got.shape() != want.shape()) return INFINITY;
  double worst = 0, largest = 0;
  for (std::int64_t i = 0; i < want.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - want[i]);
    if (!(difference <= worst)) worst = difference;  // also true for NaN
    largest = std::max(largest, std::abs(want[i]));
  }
  return worst == 0 ? 0 : worst / largest;
}

template <Real T>
Tensor<T> padded_weights(const Tensor<T>& weights, const PackedLayout& layout) {
  return unpack(weights, layout).reshaped({layout.batch(), layout.steps()});
}

NamedModel::operator ModelSpec() const {
  ModelSpec spec = model_spec(name, input, classes).set("dropout", dropout);
  spec.padding = padding;
  spec.kernel = kernel;
  return spec;
}

template <Real T>
std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const auto* row : kernels::lstm_kernels<T>().usable_rows())
    if (row->storage == kernels::own_storage<T> &&
        std::find(names.begin(), names.end(), row->name) == names.end())
      names.emplace_back(row->name);
  return names;
}

template Packed<float> GoldenBatch::packed(Tape<float>&, const std::vector<int>&) const;
template Packed<double> GoldenBatch::packed(Tape<double>&, const std::vector<int>&) const;
template Packed<float> GoldenBatch::packed(Tape<float>&) const;
template Packed<double> GoldenBatch::packed(Tape<double>&) const;
template void load_arrays(Module<float>&, const Npz&, const std::string&);
template void load_arrays(Module<double>&, const Npz&, const std::string&);
template double relative_error(const Tensor<float>&, const Tensor<double>&);
template double relative_error(const Tensor<double>&, const Tensor<double>&);
template Tensor<float> padded_weights(const Tensor<float>&, const PackedLayout&);
template Tensor<double> padded_weights(const Tensor<double>&, const PackedLayout&);
template std::vector<std::string> kernel_names<float>();
template std::vector<std::string> kernel_names<double>();

}  // namespace sonant::test
