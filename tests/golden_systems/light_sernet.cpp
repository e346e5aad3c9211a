#include "golden_systems/light_sernet.h"

#include <algorithm>
#include <cmath>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/ops/ops.h>
#include <sonant/nn/models/light_sernet.h>
#include <sonant/train/optimizer.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

// The README's table.
constexpr Tolerance forward = {1e-12, 1e-5}, gradient = {1e-10, 2e-4}, running = {1e-12, 1e-6},
                    one_step = {1e-9, 1e-4}, five_steps = {1e-8, 5e-3}, step_losses = {1e-10, 2e-4},
                    after_steps = {1e-8, 2e-3};
// Biases before a batch norm: zero in double, noise in float.
constexpr Tolerance idle = {1e-10, 0};
constexpr double gender_weight = 0.5, l2 = 1e-6;

bool is_idle(const std::string& name) {
  return name.starts_with("path") && name.ends_with("conv.bias");
}

// What a file begins with: parameters under their names there, the batch.
struct Problem {
  Npz parameters, batch;
  std::string prefix;   // of the parameters
  std::string emotion;  // the emotions' head among them: "emotion8"
  std::string suffix;   // of the batch's arrays: "7s"
  bool focal = false, gender = false;

  Tensor<double> parameter(std::string name) const {
    if (name.starts_with("heads.")) name = name.substr(6);
    if (name.starts_with("emotion.")) name = emotion + name.substr(7);
    return parameters.real(prefix + name);
  }
  Tensor<double> x() const { return batch.real("x" + suffix); }
  std::vector<int> labels(const std::string& head) const {
    const auto all = batch.integers(head + suffix);
    return {all.begin(), all.end()};
  }
};

std::string emotion_head(const Problem& p, std::int64_t classes) {
  const std::string counted = "emotion" + std::to_string(classes);
  return p.parameters.has(p.prefix + counted + ".weight") ? counted : "emotion";
}

Problem read_problem(const fs::path& folder, const fs::path& file, const Npz& npz) {
  const bool whole = npz.has("x");  // or the rest is in files of its own
  Problem p;
  p.parameters = whole ? npz : Npz::read(folder / "lightsernet_init.npz");
  p.batch = whole ? npz : Npz::read(folder / "lightsernet_batch.npz");
  p.prefix = whole ? "init/" : "";
  const std::string stem = file.stem().string(), last = stem.substr(stem.rfind('_') + 1);
  if (p.batch.has("x" + last)) p.suffix = last;
  p.focal = stem.find("focal") != stem.npos;
  const bool gradients = stem.ends_with("grads_f32");
  p.gender = npz.has(gradients ? "gender.bias" : "train/logits_gender");
  const std::int64_t classes =
      gradients ? npz.shape("emotion.bias").dim(0) : npz.shape("train/logits_emotion").dim(1);
  p.emotion = emotion_head(p, classes);
  return p;
}

template <Real T>
LightSernet<T> net_of(const Problem& p, int input, const kernels::ConvKernel<T>& row) {
  ModelSpec spec = model_spec("light-sernet", input);
  const auto size = [&](const std::string& name) {
    return static_cast<int>(p.parameter(name).dim(0));
  };
  spec.heads = {{"emotion", size("emotion.bias")}};
  if (p.gender) spec.heads.push_back({"gender", size("gender.bias")});
  spec.set("path", size("path1.bn.bias")).set("dropout", 0.0);
  for (int k = 1; k <= 5; ++k) {
    const std::string block = "block" + std::to_string(k);
    spec.set(block, size(block + ".bn.bias"));
  }
  const auto model = make_model<T>(spec, 1);
  LightSernet<T> net = dynamic_cast<const LightSernet<T>&>(*model);
  for (auto* blocks : {&net.paths, &net.blocks})
    for (ConvBlock<T>& block : *blocks) block.conv.set_kernel(row);
  for (const auto& [name, parameter] : net.named_parameters())
    parameter->value = p.parameter(name).template to<T>();
  for (const auto& [name, buffer] : net.named_buffers())
    *buffer = p.parameter(name).template to<T>();
  return net;
}

// Clips (B,T,D) of one length as packed rows, and back.
template <Real T>
Tensor<T> turned(const Tensor<T>& clips) {
  Tensor<T> out({clips.dim(1), clips.dim(0), clips.dim(2)});
  for (std::int64_t a = 0; a < clips.dim(0); ++a)
    for (std::int64_t b = 0; b < clips.dim(1); ++b)
      for (std::int64_t c = 0; c < clips.dim(2); ++c) out(b, a, c) = clips(a, b, c);
  return out;
}
template <Real T>
Packed<T> packed(const Tensor<double>& clips, Tape<T>& tape, bool variable) {
  const std::vector<int> lengths(static_cast<std::size_t>(clips.dim(0)),
                                 static_cast<int>(clips.dim(1)));
  Tensor<T> rows = turned(clips.to<T>()).reshaped({-1, clips.dim(2)});
  return {variable ? tape.variable(std::move(rows)) : tape.constant(std::move(rows)),
          make_layout(lengths)};
}

// Maps (B,H,W,C) as the files have them, (B,C,H,W).
template <Real T>
Tensor<T> channels_first(const Tensor<T>& maps) {
  Tensor<T> out({maps.dim(0), maps.dim(3), maps.dim(1), maps.dim(2)});
  for (std::int64_t b = 0; b < maps.dim(0); ++b)
    for (std::int64_t y = 0; y < maps.dim(1); ++y)
      for (std::int64_t x = 0; x < maps.dim(2); ++x)
        for (std::int64_t c = 0; c < maps.dim(3); ++c) out(b, c, y, x) = maps(b, y, x, c);
  return out;
}

// The loss without its L2 part; what there is to see of it goes to `seen`.
template <Real T>
Var<T> loss_of(LightSernet<T>& net, const Problem& p, const Packed<T>& x, Comparison* seen) {
  const ModelOutput<T> out = net(x);
  const auto labels = p.labels("emotion");
  Var<T> loss = p.focal ? focal_loss<T>(out.head("emotion"), labels)
                        : cross_entropy(out.head("emotion"), labels);
  if (seen) {
    seen->add("train/logits_emotion", out.head("emotion").value(), forward);
    seen->add("train/gap", out.embedding().value(), forward);
    seen->add("train/loss_emotion", loss.value(), forward);
  }
  if (!p.gender) return loss;
  const Var<T> gender = cross_entropy(out.head("gender"), p.labels("gender"));
  if (seen) {
    seen->add("train/logits_gender", out.head("gender").value(), forward);
    seen->add("train/loss_gender", gender.value(), forward);
  }
  return loss + gender * static_cast<T>(gender_weight);
}

// docs/training.md: what L2Penalty adds, in either precision.
template <Real T>
double add_l2(LightSernet<T>& net, bool gradients) {
  double sum = 0;
  for (const auto& [name, parameter] : net.named_parameters()) {
    if (!name.starts_with("block") || !name.ends_with("conv.weight")) continue;
    for (std::int64_t i = 0; i < parameter->value.size(); ++i) {
      const T w = parameter->value[i];
      sum += static_cast<double>(w) * static_cast<double>(w);
      if (gradients) parameter->grad[i] += static_cast<T>(2 * l2) * w;
    }
  }
  return l2 * sum;
}

template <Real T>
void compare_inference(LightSernet<T> net, const Problem& p, Comparison& seen,
                       const std::string& prefix, Tolerance tolerance) {
  net.eval();
  Tape<T> tape(TapeMode::inference);
  const auto out = net(packed<T>(p.x(), tape, false));
  for (const Head& head : net.spec().heads)
    seen.add(prefix + "logits_" + head.name, out.head(head.name).value(), tolerance);
  seen.add(prefix + "gap", out.embedding().value(), tolerance);
}

// The layers' maps, from the ops that a block stands for.
template <Real T>
void compare_maps(LightSernet<T> net, const Problem& p, Comparison& seen) {
  Tape<T> tape(TapeMode::inference);
  const auto in = packed<T>(p.x(), tape, false);
  const auto run = [&](const std::string& name, ConvBlock<T>& block, Var<T> x) {
    const Var<T> conv = block.conv(x);
    const std::int64_t B = conv.dim(0), Y = conv.dim(1), X = conv.dim(2), O = conv.dim(3);
    const Var<T> rows = block.bn(reshape(conv, {-1, O}));
    const Var<T> y = reshape(relu(rows), {B, Y, X, O});
    const auto pooling = block.config().pooling;
    const Var<T> pooled = pooling[0] == 0 ? y : avg_pool2d(y, {.window = pooling});
    seen.add("train/" + name + ".conv", channels_first(conv.value()), forward);
    seen.add("train/" + name + ".bn", channels_first(reshape(rows, {B, Y, X, O}).value()), forward);
    seen.add("train/" + name + ".out", channels_first(pooled.value()), forward);
    return pooled;
  };
  const Var<T> clips =
      reshape(unpack(in), {in.layout->batch(), in.layout->steps(), in.data.dim(1), 1});
  std::vector<Var<T>> sides;
  for (std::size_t k = 0; k < net.paths.size(); ++k)
    sides.push_back(run("path" + std::to_string(k + 1), net.paths[k], clips));
  Var<T> map = concat(sides, 3);
  for (std::size_t k = 0; k < net.blocks.size(); ++k)
    map = run("block" + std::to_string(k + 1), net.blocks[k], map);
}

// A parameter's name in the files.
std::string golden_name(const std::string& name) {
  return name.starts_with("heads.") ? name.substr(6) : name;
}

// Of one training step: values, gradients, running statistics. prefix: of the gradients' names.
template <Real T>
void compare_step(LightSernet<T> net, const Problem& p, const std::string& prefix,
                  Comparison& seen) {
  const LightSernet<T> start = net;
  Tape<T> tape;
  net.zero_grad();
  const auto x = packed<T>(p.x(), tape, true);
  const Var<T> loss = loss_of(net, p, x, prefix.empty() ? nullptr : &seen);
  const double value = static_cast<double>(loss.item());
  loss.backward();
  const double penalty = add_l2(net, true);
  seen.add("train/loss_l2", Tensor<double>::scalar(penalty), forward);
  seen.add("train/loss_total", Tensor<double>::scalar(value + penalty), forward);
  const Shape clips = p.x().shape();
  if (!prefix.empty())
    seen.add(prefix + "input",
             turned(x.data.grad().reshaped({clips.dim(1), clips.dim(0), clips.dim(2)})), gradient);
  for (const auto& [name, parameter] : net.named_parameters())
    if (is_idle(name))
      seen.add_absolute(prefix + golden_name(name), parameter->grad, idle);
    else
      seen.add(prefix + golden_name(name), parameter->grad, gradient);
  const auto before = const_cast<LightSernet<T>&>(start).named_buffers();
  const auto after = net.named_buffers();
  for (std::size_t k = 0; k < after.size(); ++k) {
    const auto& [name, buffer] = after[k];
    seen.add("bn_after_step1/" + name, *buffer, running);
    if (!name.ends_with("running_var")) continue;
    // Keras 3: the same without n / (n - 1), n the places of that layer's maps.
    const std::string layer = name.substr(0, name.find('.'));
    const Shape map =
        seen.has("train/" + layer + ".conv") ? seen.shape("train/" + layer + ".conv") : Shape{2};
    const double n = static_cast<double>(map.size()) / static_cast<double>(buffer->size());
    Tensor<T> biased = *buffer;
    for (std::int64_t i = 0; i < biased.size(); ++i) {
      const double kept = 0.99 * static_cast<double>((*before[k].value)[i]);
      biased[i] = static_cast<T>(kept + (static_cast<double>((*buffer)[i]) - kept) * (n - 1) / n);
    }
    seen.add("bn_after_step1_biased/" + name, biased, running);
  }
}

// Five steps of Adam in one of its forms.
template <Real T>
void compare_steps(LightSernet<T> net, const Problem& p, const char* optimizer,
                   const std::string& prefix, Comparison& seen) {
  if (!seen.has(prefix + "losses")) return;
  const auto adam =
      make_optimizer<T>(net.parameters(), {.name = optimizer, .lr = 1e-4, .epsilon = 1e-7});
  Tensor<double> losses({5});
  for (int step = 1; step <= 5; ++step) {
    Tape<T> tape;
    net.zero_grad();
    const Var<T> loss = loss_of<T>(net, p, packed<T>(p.x(), tape, false), nullptr);
    losses[step - 1] = static_cast<double>(loss.item());
    loss.backward();
    losses[step - 1] += add_l2(net, true);
    adam->step();
    const std::string of = prefix + "step" + std::to_string(step) + "/";
    for (const auto& [name, parameter] : net.named_parameters())
      if (is_idle(name))
        seen.add_absolute(of + golden_name(name), parameter->value, idle);
      else
        seen.add(of + golden_name(name), parameter->value, step == 1 ? one_step : five_steps);
  }
  seen.add(prefix + "losses", losses, step_losses);
  // The running means follow the biases that wander in float.
  for (const auto& [name, buffer] : net.named_buffers())
    seen.add(prefix + "step5/" + name, *buffer, after_steps);
  compare_inference(net, p, seen, prefix + "step5/eval_", after_steps);
}

// e2e.npz: MFCCs of sounds, one by one, through the network of lightsernet_init.npz.
template <Real T>
void compare_sounds(const fs::path& folder, const Npz& npz, const kernels::ConvKernel<T>& row,
                    Comparison& seen) {
  const auto names = npz.strings("names");
  Problem p;
  p.parameters = Npz::read(folder / "lightsernet_init.npz");
  p.gender = true;
  const auto run = [&](const std::string& name, const std::string& features) {
    const Tensor<double> mfcc = Npz::read(folder / ("frontend_" + name + ".npz")).real(features);
    LightSernet<T> net = net_of<T>(p, static_cast<int>(mfcc.dim(1)), row);
    net.eval();
    Tape<T> tape(TapeMode::inference);
    const auto out = net(packed<T>(mfcc.reshaped({1, mfcc.dim(0), mfcc.dim(1)}), tape, false));
    return std::array{out.head("emotion").value(), out.head("gender").value()};
  };
  static constexpr std::array heads = {"emotion", "gender"};
  const auto array = [](const std::string& of, std::size_t head) {
    return "lightsernet/" + of + "/logits_" + heads[head];
  };
  for (const std::string features : {"mfcc", "mfcc_q16"}) {
    if (!npz.has(array(features, 0))) continue;
    p.emotion = emotion_head(p, npz.shape(array(features, 0)).dim(1));
    std::array<std::vector<T>, 2> all;
    for (const std::string& name : names) {
      const auto logits = run(name, features);
      for (std::size_t k = 0; k < 2; ++k)
        all[k].insert(all[k].end(), logits[k].span().begin(), logits[k].span().end());
    }
    for (std::size_t k = 0; k < 2; ++k) {
      const auto size = static_cast<std::int64_t>(all[k].size());
      seen.add(array(features, k), Tensor<T>({size}, std::span<const T>(all[k])), forward);
    }
  }
  for (const std::string& name : names) {
    if (!npz.has(array("mfcc_7s/" + name, 0))) continue;
    p.emotion = emotion_head(p, npz.shape(array("mfcc_7s/" + name, 0)).dim(0));
    const auto logits = run(name, "mfcc_7s");
    for (std::size_t k = 0; k < 2; ++k) seen.add(array("mfcc_7s/" + name, k), logits[k], forward);
  }
  seen.add_forgotten({"lightsernet/"});
}

template <Real T>
std::vector<SystemLine> check_in(const fs::path& folder, const fs::path& file) {
  const bool single = sizeof(T) == sizeof(float);
  const Npz npz = Npz::read(folder / file);
  std::vector<SystemLine> lines;
  for (const auto* row : kernels::conv_kernels<T>().usable_rows()) {
    Comparison seen(npz, file.string(), (single ? "float " : "double ") + kernels::label(*row),
                    single);
    if (file == "e2e.npz") {
      compare_sounds<T>(folder, npz, *row, seen);
    } else {
      const Problem p = read_problem(folder, file, npz);
      const LightSernet<T> net = net_of<T>(p, static_cast<int>(p.x().dim(2)), *row);
      const bool gradients_alone = file.stem().string().ends_with("grads_f32");
      compare_step(net, p, gradients_alone ? "" : "grad/", seen);
      if (gradients_alone) {  // rounded to float
        for (SystemLine& line : seen.lines) line.limit = std::max(line.limit, 1e-7);
      } else {
        compare_inference(net, p, seen, "eval/", forward);
        compare_maps(net, p, seen);
        compare_steps(net, p, "adam", "adam_torch/", seen);
        compare_steps(net, p, "adam-keras", "adam_keras/", seen);
        seen.add_forgotten({"eval/", "train/", "grad/", "bn_after", "adam_", "f32/"});
      }
    }
    lines.insert(lines.end(), seen.lines.begin(), seen.lines.end());
  }
  return lines;
}

}  // namespace

std::vector<SystemLine> check_light_sernet(const fs::path& folder, const fs::path& file) {
  const std::string stem = file.stem().string();
  if (stem.ends_with("_init") || stem.ends_with("_batch")) return {};
  std::vector<SystemLine> lines = check_in<double>(folder, file.filename());
  for (SystemLine& line : check_in<float>(folder, file.filename()))
    lines.push_back(std::move(line));
  return lines;
}

}  // namespace sonant
