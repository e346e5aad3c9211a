// Light-SERNet as published: one clip of 3 s forward, a training step of 32 clips with all that
// belongs to it, and each of its convolutions by every row of the registry.
#include <string>
#include <vector>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/ops/conv2d.h>
#include <sonant/core/random.h>
#include <sonant/nn/models/light_sernet.h>

#include "harness.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

Tensor<float> noise(Shape shape, std::uint64_t seed) {
  auto t = Tensor<float>::uninitialized(shape);
  Random(seed).fill_normal(t.span(), 0.0f, 1.0f);
  return t;
}

FamilyTraining network(int clips, int frames, const kernels::ConvKernel<float>& row) {
  FamilyTraining made("light-sernet", std::vector<int>(static_cast<std::size_t>(clips), frames));
  auto& net = dynamic_cast<LightSernet<float>&>(made.model());
  for (auto* blocks : {&net.paths, &net.blocks})
    for (ConvBlock<float>& block : *blocks) block.conv.set_kernel(row);
  return made;
}

void add_network(bool smoke) {
  const auto& best = kernels::conv_kernels<float>().find();
  FamilyTraining ours = network(3, 9, best);
  FamilyTraining reference = network(3, 9, kernels::conv_kernels<float>().reference());
  verify_close(ours.logits(), reference.logits(), "light-sernet, logits", 1e-4);
  ours.step();
  reference.step();
  // Adam makes steps of the rate's size of gradients that are nothing but rounding.
  verify_close(ours.logits(), reference.logits(), "light-sernet, logits after a step", 1e-2);
  const int clips = smoke ? 2 : families_batch, frames = smoke ? 9 : clip_frames;
  add_benchmark("light_sernet/forward/clips:1", [=, &best](benchmark::State& state) {
    FamilyTraining net = network(1, frames, best);
    time_each(
        state, [&] { net.logits(); }, net.flops(false), active_features());
  })->Unit(benchmark::kMillisecond);
  add_benchmark("light_sernet/train_step/clips:32", [=, &best](benchmark::State& state) {
    FamilyTraining net = network(clips, frames, best);
    for (int k = 0; k < 2; ++k) net.step();
    time_each(
        state, [&] { net.step(); }, net.flops(true), active_features());
  })->Unit(benchmark::kMillisecond);
}

void add_layer(const ConvLayer& layer, const kernels::ConvKernel<float>& row, int images) {
  add_benchmark(std::string("conv/") + layer.name + "/" + kernels::label(row), [=,
                                                                                &row](auto& state) {
    const Tensor<float> x = noise({images, layer.height, layer.width, layer.channels}, 2);
    const Tensor<float> w = noise({layer.outputs, layer.channels, layer.rows, layer.columns}, 3);
    time_each(
        state,
        [&] {
          Tape<float> tape(TapeMode::inference);
          conv2d<float>(tape.constant(x), tape.constant(w), {}, {.kernel = &row});
        },
        layer.flops() * images, row.needs);
  })->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments& arguments) {
    add_network(arguments.smoke);
    for (const ConvLayer& layer : conv_layers)
      for (const auto* row : kernels::conv_kernels<float>().usable_rows())
        if (!arguments.smoke || &layer == std::end(conv_layers) - 1) add_layer(layer, *row, 1);
  });
}
