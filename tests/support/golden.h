// Ops against PyTorch's numbers in tests/golden/ops.npz.
#pragma once

#include <sonant/core/npz.h>

#include <string>
#include <vector>

#include "support/close.h"
#include "support/files.h"

namespace sonant::test {

inline const Npz& ops_golden() {
  static const Npz file = Npz::read(golden("ops.npz"));
  return file;
}

// One array of the file, in the precision of a tape.
template <Real T>
Tensor<T> golden(const Tape<T>&, const std::string& name) {
  return ops_golden().real(name).template to<T>();
}

// d <r, y> / d everything, recorded as a node of its own, so that no other op is needed.
template <Real T>
void backward_with(Var<T> y, const Tensor<T>& r) {
  T total = 0;
  for (std::int64_t i = 0; i < r.size(); ++i) total += r[i] == T(0) ? T(0) : r[i] * y.value()[i];
  y.tape()
      .record("contract", {y}, Tensor<T>::scalar(total),
              [r](const Vjp<T>& v) {
                for (std::int64_t i = 0; i < r.size(); ++i) v.din()[i] += v.dout()[0] * r[i];
              })
      .backward();
}

// f(tape, inputs) -> Var of the case `name`: value and all gradients, in T.
template <Real T, class F>
void check_golden_in(const std::string& name, F f, double relative, double absolute) {
  INFO("case " << name << (sizeof(T) == 4 ? " in float" : " in double"));
  Tape<T> tape;
  const auto array = [&](const std::string& what) { return golden(tape, name + "/" + what); };
  std::vector<Var<T>> inputs;
  while (ops_golden().has(name + "/in" + std::to_string(inputs.size())))
    inputs.push_back(tape.variable(array("in" + std::to_string(inputs.size()))));
  Var<T> y = f(tape, inputs);
  CHECK(close(y.value(), ops_golden().real(name + "/out"), relative, absolute));
  backward_with(y, array("r"));
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    INFO("gradient of input " << k);
    CHECK(close(inputs[k].grad(), ops_golden().real(name + "/d" + std::to_string(k)), relative,
                absolute));
  }
}

// In double and in float. f is a generic lambda: [](auto& tape, const auto& x) { ... }.
template <class F>
void check_golden(const std::string& name, F f) {
  check_golden_in<double>(name, f, 1e-12, 1e-13);
  check_golden_in<float>(name, f, 1e-5, 2e-6);
}

// gradcheck with the tolerance every op has to meet, relative error 1e-6; and that each derivative
// adds to the gradient that is there.
inline void check_gradients(const GradcheckFunction& f, const std::vector<Tensor<double>>& inputs) {
  std::vector<Parameter<double>> parameters(inputs.begin(), inputs.end());
  std::vector<Parameter<double>*> pointers;
  for (auto& p : parameters) pointers.push_back(&p);
  const auto from_parameters = [&](Tape<double>& tape) {
    std::vector<Var<double>> leaves;
    for (auto& p : parameters) leaves.push_back(tape.leaf(p));
    return f(tape, leaves);
  };
  const GradcheckReport report = gradcheck(from_parameters, pointers);
  INFO(report);
  CHECK(report.passed);

  std::vector<Tensor<double>> alone, before;
  for (auto& p : parameters) {
    before.push_back(normal(p.value.shape(), 91 + before.size()));
    p.zero_grad();
  }
  Tape<double> tape;
  const auto y = from_parameters(tape);
  const auto r = normal(y.shape(), 90);
  backward_with(y, r);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    alone.push_back(parameters[k].grad);
    parameters[k].grad = before[k];
  }
  tape.clear();
  backward_with(from_parameters(tape), r);
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    for (std::int64_t i = 0; i < before[k].size(); ++i) before[k][i] += alone[k][i];
    INFO("added to the gradient of input " << k);
    CHECK(close(parameters[k].grad, before[k], 1e-10, 1e-12));
  }
}

using Vars = std::vector<Var<double>>;

}  // namespace sonant::test
