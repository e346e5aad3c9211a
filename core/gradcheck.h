// Checks hand-written derivatives against finite differences, in double: docs/autograd.md.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include <sonant/core/autograd.h>

namespace sonant {

struct GradcheckOptions {
  double step = 1e-3;       // of the fourth-order difference: error step^4 + epsilon / step
  double tolerance = 1e-6;  // largest relative error that passes
  int max_elements = 256;   // of each tensor; larger ones are checked at random places
  std::uint64_t seed = 1;   // of the cotangent and of those places
};

struct GradcheckReport {
  double worst_error = 0;  // |analytic - numeric| / max(|analytic|, |numeric|, 1e-3 largest, 1e-6)
  double analytic = 0, numeric = 0;  // at the worst place
  std::string where = "nowhere";     // e.g. "input 1, element 17"
  std::int64_t checked = 0;          // partial derivatives compared
  bool passed = false;               // worst_error <= tolerance, and at least one was checked
  friend std::ostream& operator<<(std::ostream& out, const GradcheckReport& report);
};

// f maps variables on the tape to one value of any shape. The scalar that is differentiated is
// <r, f(x)> with fixed random r, never a plain sum: equal partial derivatives cannot hide a
// mistake. f must be deterministic, and smooth within +-2 steps of the inputs.
using GradcheckFunction =
    std::function<Var<double>(Tape<double>&, const std::vector<Var<double>>&)>;
GradcheckReport gradcheck(const GradcheckFunction& f, const std::vector<Tensor<double>>& inputs,
                          const GradcheckOptions& options = {});

// The same for what f reaches through parameters, such as a module's.
GradcheckReport gradcheck(const std::function<Var<double>(Tape<double>&)>& f,
                          const std::vector<Parameter<double>*>& parameters,
                          const GradcheckOptions& options = {});

}  // namespace sonant
