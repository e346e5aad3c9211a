#include <sonant/core/gradcheck.h>

#include <algorithm>
#include <cmath>

#include <sonant/core/random.h>

namespace sonant {
namespace {

// <r, y>: recorded as a node of its own, so that the check depends on no other op.
Var<double> contract(Var<double> y, const Random& random) {
  auto r = Tensor<double>::uninitialized(y.shape());
  random.fill_normal(r.span(), 0.0, 1.0);
  double sum = 0;
  for (std::int64_t i = 0; i < r.size(); ++i) sum += r[i] * y.value()[i];
  return y.tape().record("contract", {y}, Tensor<double>::scalar(sum), [r](const Vjp<double>& v) {
    Tensor<double>& dy = v.din();
    const double scale = v.dout()[0];
    for (std::int64_t i = 0; i < r.size(); ++i) dy[i] += scale * r[i];
  });
}

// Places of a tensor to check: all of a small one, a random choice of a large one.
std::vector<std::int64_t> places(std::int64_t size, const GradcheckOptions& options,
                                 const Random& random) {
  std::vector<std::int64_t> chosen;
  if (size <= options.max_elements) {
    for (std::int64_t i = 0; i < size; ++i) chosen.push_back(i);
  } else {
    for (int k = 0; k < options.max_elements; ++k)
      chosen.push_back(static_cast<std::int64_t>(random.uniform(static_cast<std::uint64_t>(k)) *
                                                 static_cast<double>(size)));
  }
  return chosen;
}

// Fourth-order central difference of f at *x.
double derivative(const std::function<double()>& f, double& x, double step) {
  const double x0 = x;
  const auto at = [&](double offset) {
    x = x0 + offset;
    return f();
  };
  const double near = at(step) - at(-step), far = at(2 * step) - at(-2 * step);
  x = x0;
  return (8 * near - far) / (12 * step);
}

}  // namespace

GradcheckReport gradcheck(const std::function<Var<double>(Tape<double>&)>& f,
                          const std::vector<Parameter<double>*>& parameters,
                          const GradcheckOptions& options) {
  // A stream of its own: inputs drawn from the same seed must not be equal to the cotangent, for
  // which a derivative may vanish (that of a normalisation does).
  const Random random = Random(options.seed).split(0);
  const auto scalar = [&] {
    Tape<double> tape(TapeMode::inference);
    return contract(f(tape), random).value().item();
  };
  for (Parameter<double>* p : parameters) p->grad = Tensor<double>(p->value.shape());
  {
    Tape<double> tape;
    contract(f(tape), random).backward();
  }
  GradcheckReport report;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    Parameter<double>& p = *parameters[k];
    const auto chosen = places(p.value.size(), options, random.split(k));
    std::vector<double> numeric;
    double largest = 0;
    for (std::int64_t i : chosen) {
      numeric.push_back(derivative(scalar, p.value[i], options.step));
      largest = std::max(largest, std::abs(numeric.back()));
    }
    for (std::size_t n = 0; n < chosen.size(); ++n) {
      const double a = p.grad[chosen[n]], d = numeric[n];
      const double scale = std::max({std::abs(a), std::abs(d), 1e-3 * largest, 1e-6});
      const double error = std::abs(a - d) / scale;
      ++report.checked;
      if (!(error <= report.worst_error)) {  // also true for NaN
        report.worst_error = error;
        report.analytic = a;
        report.numeric = d;
        report.where = "input " + std::to_string(k) + ", element " + std::to_string(chosen[n]);
      }
    }
  }
  report.passed = report.checked > 0 && report.worst_error <= options.tolerance;
  return report;
}

GradcheckReport gradcheck(const GradcheckFunction& f, const std::vector<Tensor<double>>& inputs,
                          const GradcheckOptions& options) {
  std::vector<Parameter<double>> parameters(inputs.begin(), inputs.end());
  std::vector<Parameter<double>*> pointers;
  for (auto& p : parameters) pointers.push_back(&p);
  return gradcheck(
      [&](Tape<double>& tape) {
        std::vector<Var<double>> variables;
        for (auto& p : parameters) variables.push_back(tape.leaf(p));
        return f(tape, variables);
      },
      pointers, options);
}

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report) {
  return out << (report.passed ? "passed" : "FAILED") << ": " << report.checked
             << " derivatives, worst relative error " << report.worst_error << " at "
             << report.where << " (analytic " << report.analytic << ", numeric " << report.numeric
             << ")";
}

}  // namespace sonant
