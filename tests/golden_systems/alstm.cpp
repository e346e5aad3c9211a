#include "golden_systems/alstm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/npz.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/nn/models/weighted_pooling.h>
#include <sonant/train/optimizer.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

// The README's tolerances.
constexpr Tolerance forward = {1e-12, 1e-5}, gradient = {1e-10, 1e-4}, step_of_adam = {1e-9, 1e-4};

struct Task {
  const char* name;
  double weight;
};
constexpr std::array tasks = {Task{"emotion", 1.0}, Task{"speaker", 0.3}, Task{"gender", 0.6}};

// What a file begins with: parameters under their names there, the batch, what is switched.
struct Problem {
  Npz parameters, batch;
  std::string prefix;  // of the parameters
  std::string variant;
  std::vector<int> lengths;  // the caller's order
  Layout layout;

  Tensor<double> parameter(const std::string& name) const { return parameters.real(prefix + name); }
  bool has_parameter(const std::string& name) const { return parameters.has(prefix + name); }
};

Problem read_problem(const fs::path& folder, const fs::path& file, const Npz& npz) {
  const bool whole = npz.has("x");  // or the rest is in files of its own
  Problem p;
  p.parameters = whole ? npz : Npz::read(folder / "alstm_init.npz");
  p.batch = whole ? npz : Npz::read(folder / "alstm_batch.npz");
  p.prefix = whole ? "init/" : "";
  const std::string stem = file.stem().string();
  for (const char* variant : {"separate_w", "cell_only", "mean", "none", "zero_past"})
    if (stem.ends_with(std::string("_") + variant)) p.variant = variant;
  if (const auto at = stem.find("offsets_"); at != std::string::npos) p.variant = stem.substr(at);
  for (std::int64_t n : p.batch.integers("lengths")) p.lengths.push_back(static_cast<int>(n));
  p.layout = make_layout(p.lengths);
  return p;
}

ModelSpec spec_of(const Problem& p) {
  ModelSpec spec;
  spec.family = p.variant == "mean" ? "mean-lstm" : p.variant == "none" ? "lstm-wp" : "a-lstm";
  spec.input = static_cast<int>(p.parameter("fc.weight").dim(1));
  spec.heads.clear();
  for (const Task& task : tasks)
    spec.heads.push_back(
        {task.name, static_cast<int>(p.parameter(std::string(task.name) + ".bias").size())});
  spec.set("fc", static_cast<int>(p.parameter("fc.weight").dim(0)));
  spec.set("hidden", static_cast<int>(p.parameter("fwd.w_hh").dim(1)));
  spec.set("dropout", 0.0);
  if (p.variant == "separate_w") spec.set("shared_w", false);
  if (p.variant == "cell_only") spec.set("combine_h", false);
  if (p.variant == "zero_past") spec.set("zero_past", true);
  if (p.variant.starts_with("offsets_")) {
    std::string offsets = p.variant.substr(8);
    std::ranges::replace(offsets, '_', ',');
    spec.set("offsets", offsets);
  }
  return spec;
}

// A parameter's name in the files, of its name in the model.
std::string golden_name(const std::string& name) {
  if (name == "attention_vector") return "pool";
  if (name.starts_with("heads.")) return name.substr(6);
  if (!name.starts_with("lstm.")) return name;
  const bool back = name.ends_with("_reverse");
  const std::string kind = name.substr(5, name.find("_l0") - 5);
  const std::string there = kind == "weight_ih"      ? "w_ih"
                            : kind == "weight_hh"    ? "w_hh"
                            : kind == "weight_state" ? "w_state"
                            : kind == "bias"         ? "bias"
                                                     : "w_state_h";
  return (back ? "bwd." : "fwd.") + there;
}

// Packed rows (N,W) to (B,T,W) with T of the batch, zeros behind the ends.
template <Real T>
Tensor<T> padded(const Tensor<T>& rows, const Problem& p) {
  const std::int64_t steps = p.batch.shape("x").dim(1), width = rows.dim(1);
  Tensor<T> out({p.layout->batch(), steps, width});
  for (int b = 0; b < p.layout->batch(); ++b) {
    const int place = p.layout->places()[static_cast<std::size_t>(b)];
    for (int t = 0; t < p.lengths[static_cast<std::size_t>(b)]; ++t)
      std::copy_n(rows.data() + p.layout->row(place, t) * width, width,
                  out.data() + (b * steps + t) * width);
  }
  return out;
}

template <Real T>
Tensor<T> packed_input(const Problem& p) {
  const Tensor<double> x = p.batch.real("x");
  Tensor<T> rows({p.layout->rows(), x.dim(2)});
  for (int b = 0; b < p.layout->batch(); ++b) {
    const int place = p.layout->places()[static_cast<std::size_t>(b)];
    for (int t = 0; t < p.lengths[static_cast<std::size_t>(b)]; ++t)
      for (std::int64_t d = 0; d < x.dim(2); ++d)
        rows(p.layout->row(place, t), d) = static_cast<T>(x(b, t, d));
  }
  return rows;
}

template <Real T>
using Net = WeightedPooling<T>;

template <Real T>
Net<T> net_of(const Problem& p, const kernels::ALstmKernel<T>& row) {
  const auto model = make_model<T>(spec_of(p), 1);
  Net<T> net = dynamic_cast<const Net<T>&>(*model);
  net.lstm.set_kernel(row);
  for (const auto& [name, parameter] : net.named_parameters()) {
    Tensor<T> value = p.parameter(golden_name(name)).template to<T>();
    value.reshape(parameter->value.shape());
    parameter->value = std::move(value);
  }
  return net;
}

template <Real T>
std::vector<int> labels_of(const Problem& p, const Task& task) {
  const auto all = p.batch.integers(task.name);
  return {all.begin(), all.end()};
}

// The loss of a batch; what there is to see of it goes to `seen`, under the file's names.
template <Real T>
Var<T> loss_of(Net<T>& net, const Problem& p, Var<T> x, Comparison* seen) {
  const ModelOutput<T> out = net(Packed<T>{x, p.layout});
  Var<T> total;
  for (const Task& task : tasks) {
    const std::string name = task.name;
    const Var<T> loss = cross_entropy(out.head(name), labels_of<T>(p, task));
    if (seen) seen->add("logits_" + name, out.head(name).value(), forward);
    if (seen) seen->add("loss_" + name, loss.value(), forward);
    const Var<T> part = loss * static_cast<T>(task.weight);
    total = total.empty() ? part : total + part;
  }
  if (seen == nullptr) return total;
  seen->add("loss_total", total.value(), forward);
  seen->add("mid/alpha", padded(out.attention().value(), p), forward);
  seen->add("mid/context", out.embedding().value(), forward);
  return total;
}

// What lies inside the recurrent layer.
template <Real T>
void compare_inside(Net<T>& net, const Problem& p, Comparison& seen) {
  Tape<T> tape(TapeMode::inference);
  const Var<T> z = relu(net.fc(tape.constant(packed_input<T>(p))));
  seen.add("mid/fc", padded(z.value(), p), forward);
  const auto out = net.lstm.run({z, p.layout}, true);
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string of = k == 0 ? "mid/fwd_" : "mid/bwd_";
    const ALstmOutput<T>& side = out.directions[k];
    seen.add(of + "h", padded(side.h.data.value(), p), forward);
    seen.add(of + "c", padded(side.c, p), forward);
    if (net.lstm.config().combination == StateCombination::none) {
      // Nothing is combined, and the file has zeros for as many offsets as it likes.
      for (const char* weights : {"a", "b"})
        if (seen.has(of + weights))
          seen.add(of + weights, Tensor<T>(seen.shape(of + weights)), forward);
      continue;
    }
    seen.add(of + "a", padded(side.a, p), forward);
    seen.add(of + "b", padded(side.b, p), forward);
  }
}

// Parameters that the file has and the model does not, since nothing depends on them.
template <Real T>
std::vector<std::string> idle_parameters(const Problem& p, const Net<T>& net) {
  std::vector<std::string> idle;
  for (const std::string name : {"fwd.w_state", "bwd.w_state"})
    if (p.has_parameter(name) && net.lstm.cells[0].weight_state.value.empty()) idle.push_back(name);
  return idle;
}

// `prefix`: of the gradients' names in the file.
template <Real T>
void compare_gradients(Net<T>& net, const Problem& p, const std::string& prefix, Comparison& seen) {
  Tape<T> tape;
  net.zero_grad();
  const Var<T> x = tape.variable(packed_input<T>(p));
  loss_of(net, p, x, prefix.empty() ? nullptr : &seen).backward();
  if (!prefix.empty()) seen.add(prefix + "input", padded(x.grad(), p), gradient);
  for (const auto& [name, parameter] : net.named_parameters())
    seen.add(prefix + golden_name(name), parameter->grad, gradient);
  for (const std::string& name : idle_parameters(p, net))
    seen.add(prefix + name, Tensor<T>(p.parameter(name).shape()), gradient);
}

template <Real T>
void compare_steps(Net<T> net, const Problem& p, Comparison& seen) {
  const auto adam = make_optimizer<T>(net.parameters(), {.name = "adam", .lr = 1e-3});
  Tensor<T> losses({5});
  for (int step = 1; step <= 5; ++step) {
    Tape<T> tape;
    net.zero_grad();
    const Var<T> loss = loss_of<T>(net, p, tape.constant(packed_input<T>(p)), nullptr);
    losses[step - 1] = loss.item();
    loss.backward();
    adam->step();
    const std::string of = "step" + std::to_string(step) + "/";
    for (const auto& [name, parameter] : net.named_parameters())
      seen.add(of + golden_name(name), parameter->value, step_of_adam);
    for (const std::string& name : idle_parameters(p, net))
      seen.add(of + name, p.parameter(name), step_of_adam);
  }
  seen.add("losses", losses, step_of_adam);
  Tape<T> tape(TapeMode::inference);
  const auto out = net(Packed<T>{tape.constant(packed_input<T>(p)), p.layout});
  for (const Task& task : tasks)
    seen.add(std::string("step5/logits_") + task.name, out.head(task.name).value(), step_of_adam);
}

// e2e.npz: normalised features of sounds, one by one.
template <Real T>
void compare_sounds(const fs::path& folder, const Npz& npz, const kernels::ALstmKernel<T>& row,
                    Comparison& seen) {
  Problem p;
  p.parameters = Npz::read(folder / "alstm_init.npz");
  Net<T> net = net_of<T>(p, row);
  net.eval();
  const auto names = npz.strings("names");
  const auto B = static_cast<std::int64_t>(names.size());
  for (const Task& task : tasks) {
    const std::string array = std::string("alstm/logits_") + task.name;
    if (!npz.has(array)) continue;
    Tensor<T> logits({B, npz.shape(array).dim(1)}), largest({B}), place({B});
    for (std::int64_t b = 0; b < B; ++b) {
      const fs::path sound = folder / ("features36_" + names[static_cast<std::size_t>(b)] + ".npz");
      const Tensor<T> x = Npz::read(sound).real("zscore").template to<T>();
      Tape<T> tape(TapeMode::inference);
      const auto out =
          net({tape.constant(x), make_layout(std::vector{static_cast<int>(x.dim(0))})});
      std::ranges::copy(out.head(task.name).value().span(), logits.data() + b * logits.dim(1));
      const auto alpha = out.attention().value().span();
      const auto top = std::ranges::max_element(alpha);
      largest[b] = *top;
      place[b] = static_cast<T>(top - alpha.begin());
    }
    seen.add(array, logits, forward);
    if (task.weight != 1.0) continue;
    seen.add("alstm/alpha_max", largest, forward);
    Tensor<double> expected({B});
    const auto argmax = npz.integers("alstm/alpha_argmax");
    std::ranges::copy(argmax, expected.data());
    seen.add_line("alstm/alpha_argmax", Comparison::whole(place.template to<double>(), expected),
                  0);
  }
}

template <Real T>
std::vector<SystemLine> check_in(const fs::path& folder, const fs::path& file) {
  const bool single = sizeof(T) == sizeof(float);
  const Npz npz = Npz::read(folder / file);
  std::vector<SystemLine> lines;
  for (const auto* row : kernels::a_lstm_kernels<T>().usable_rows()) {
    Comparison seen(npz, file.string(), (single ? "float " : "double ") + kernels::label(*row),
                    single);
    if (file == "e2e.npz") {
      compare_sounds<T>(folder, npz, *row, seen);
    } else {
      const Problem p = read_problem(folder, file, npz);
      Net<T> net = net_of<T>(p, *row);
      const bool gradients_alone = file.stem().string().ends_with("grads_f32");
      compare_gradients(net, p, gradients_alone ? "" : "grad/", seen);
      if (gradients_alone) {  // rounded to float
        for (SystemLine& line : seen.lines) line.limit = std::max(line.limit, 1e-7);
      } else {
        compare_inside(net, p, seen);
        compare_steps<T>(net, p, seen);
        seen.add_forgotten({"logits", "loss", "mid/", "grad/", "step", "f32/"});
      }
    }
    lines.insert(lines.end(), seen.lines.begin(), seen.lines.end());
  }
  return lines;
}

}  // namespace

std::vector<SystemLine> check_alstm(const fs::path& folder, const fs::path& file) {
  const std::string stem = file.stem().string();
  if (stem.ends_with("_init") || stem.ends_with("_batch")) return {};
  std::vector<SystemLine> lines = check_in<double>(folder, file.filename());
  for (SystemLine& line : check_in<float>(folder, file.filename()))
    lines.push_back(std::move(line));
  return lines;
}

}  // namespace sonant
