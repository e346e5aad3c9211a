#include <sonant/nn/state_dict.h>

#include <algorithm>
#include <cmath>
#include <set>

#include <sonant/core/text.h>

namespace sonant {
namespace {

std::string first_five(const std::vector<std::string>& names) {
  const std::string first = joined(names | std::views::take(5));
  return names.size() > 5 ? first + " and " + std::to_string(names.size() - 5) + " more" : first;
}

// The module's numbers as one kind of thing: a tensor or a counter.
template <Real T>
struct State {
  std::string name;
  Tensor<T>* tensor = nullptr;
  std::int64_t* counter = nullptr;
};

template <Real T>
std::vector<State<T>> state_of(Module<T>& module) {
  std::vector<State<T>> out;
  for (const auto& [name, member] : module.members()) {
    if (auto* parameter = std::get_if<Parameter<T>*>(&member))
      out.push_back({name, &(*parameter)->value, nullptr});
    if (auto* buffer = std::get_if<Tensor<T>*>(&member)) out.push_back({name, *buffer, nullptr});
    if (auto* counter = std::get_if<std::int64_t*>(&member))
      out.push_back({name, nullptr, *counter});
  }
  return out;
}

template <Real T>
Tensor<T> checked_tensor(const Safetensors& file, const std::string& name, const Shape& expected,
                         Numbers numbers) {
  check(file.shape(name) == expected, "load_state_dict", file.where(), ": tensor '", name,
        "': expected shape ", expected, ", got ", file.shape(name));
  Tensor<T> tensor = file.tensor<T>(name);
  for (T x : tensor.span())
    check(numbers == Numbers::any || std::isfinite(x), "load_state_dict", file.where(),
          ": tensor '", name, "' holds ", std::abs(x));
  return tensor;
}

}  // namespace

template <Real T>
void save_state_dict(const Module<T>& module, Safetensors& file, const std::string& prefix) {
  for (const State<T>& s : state_of(const_cast<Module<T>&>(module))) {  // which is only read
    if (s.tensor) file.add(prefix + s.name, *s.tensor);
    if (s.counter) file.add(prefix + s.name, Shape{}, {s.counter, 1});
  }
}

template <Real T>
LoadReport load_state_dict(Module<T>& module, const Safetensors& file, Strictness strictness,
                           const std::string& prefix, Numbers numbers) {
  const std::vector<State<T>> state = state_of(module);
  LoadReport report;
  std::set<std::string> expected;
  for (const State<T>& s : state) {
    expected.insert(prefix + s.name);
    if (!file.has(prefix + s.name) && s.tensor) report.missing.push_back(prefix + s.name);
  }
  for (const std::string& name : file.names())
    if (name.starts_with(prefix) && !expected.contains(name)) report.unexpected.push_back(name);
  if (strictness == Strictness::strict) {
    check(report.missing.empty(), "load_state_dict", file.where(), ": lacks ",
          first_five(report.missing));
    check(report.unexpected.empty(), "load_state_dict", file.where(), ": has unexpected ",
          first_five(report.unexpected));
  }

  // All is read and checked before anything is changed.
  std::vector<std::pair<Tensor<T>*, Tensor<T>>> tensors;
  std::vector<std::pair<std::int64_t*, std::int64_t>> counters;
  for (const State<T>& s : state) {
    const std::string name = prefix + s.name;
    if (!file.has(name)) continue;
    if (s.tensor)
      tensors.emplace_back(s.tensor, checked_tensor<T>(file, name, s.tensor->shape(), numbers));
    if (s.counter) {
      check(file.shape(name).size() == 1, "load_state_dict", file.where(), ": tensor '", name,
            "': expected one number, got shape ", file.shape(name));
      counters.emplace_back(s.counter, file.integers(name)[0]);
    }
  }
  for (auto& [target, tensor] : tensors) *target = std::move(tensor);
  for (auto& [target, count] : counters) *target = count;
  return report;
}

template void save_state_dict(const Module<float>&, Safetensors&, const std::string&);
template void save_state_dict(const Module<double>&, Safetensors&, const std::string&);
template LoadReport load_state_dict(Module<float>&, const Safetensors&, Strictness,
                                    const std::string&, Numbers);
template LoadReport load_state_dict(Module<double>&, const Safetensors&, Strictness,
                                    const std::string&, Numbers);

}  // namespace sonant
