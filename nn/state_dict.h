// A module's state under the names of PyTorch's state_dict, in and out of safetensors files.
#pragma once

#include <string>
#include <vector>

#include <sonant/nn/module.h>
#include <sonant/nn/safetensors.h>

namespace sonant {

// Adds the module's parameters, buffers and counters under their names in PyTorch's state_dict,
// each with `prefix` before it.
template <Real T>
void save_state_dict(const Module<T>& module, Safetensors& file, const std::string& prefix = "");

enum class Strictness {
  strict,   // the names must be exactly the module's
  lenient,  // names that are missing or unexpected are reported and passed over
};
enum class Numbers {
  finite,  // any other is an Error
  any,     // of a training that was not to stop at them
};
struct LoadReport {
  std::vector<std::string> missing;     // the module has them, the file has not
  std::vector<std::string> unexpected;  // the other way round
};

// Fills the module from the tensors whose names begin with `prefix`. Error, with the module left as
// it was, for a wrong shape (name, expected and got), for numbers that are not as asked, and in
// strict mode for missing or unexpected names. num_batches_tracked may always be missing: older
// files have none, and nothing is computed from it.
template <Real T>
LoadReport load_state_dict(Module<T>& module, const Safetensors& file,
                           Strictness strictness = Strictness::strict,
                           const std::string& prefix = "", Numbers numbers = Numbers::finite);

}  // namespace sonant
