// Light-SERNet as published: one clip of 3 s forward, a training step of 32 clips with all that
// belongs to it, and each of its convolutions by every row of the registry.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <sonant/core/kernels/conv.h>
#include <sonant/core/ops/conv2d.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/random.h>
#include <sonant/nn/models/light_sernet.h>

#include "harness.h"
#include "verify.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

constexpr int coefficients = 40, clip_frames = 184;

struct Layer {
  const char* name;
  int height, width, channels, outputs, rows, columns;
  double flops() const { return 2.0 * height * width * outputs * channels * rows * columns; }
};
constexpr std::array layers = {
    Layer{"path1", 184, 40, 1, 32, 11, 1},  Layer{"path2", 184, 40, 1, 32, 1, 9},
    Layer{"path3", 184, 40, 1, 32, 3, 3},   Layer{"block1", 92, 20, 96, 64, 3, 3},
    Layer{"block2", 46, 10, 64, 96, 3, 3},  Layer{"block3", 23, 5, 96, 128, 3, 3},
    Layer{"block4", 12, 5, 128, 160, 3, 3}, Layer{"block5", 6, 5, 160, 320, 1, 1}};

Tensor<float> noise(Shape shape, std::uint64_t seed) {
  auto t = Tensor<float>::uninitialized(shape);
  Random(seed).fill_normal(t.span(), 0.0f, 1.0f);
  return t;
}

class Network {
 public:
  Network(int clips, int frames, const kernels::ConvKernel<float>& row)
      : layout_(make_layout(std::vector<int>(static_cast<std::size_t>(clips), frames))),
        x_(noise({layout_->rows(), coefficients}, 1)) {
    ModelSpec spec = model_spec("light-sernet", coefficients, 8);
    model_ = make_model<float>(spec.set("dropout", 0.0), 1);
    auto& net = dynamic_cast<LightSernet<float>&>(*model_);
    for (auto* blocks : {&net.paths, &net.blocks})
      for (ConvBlock<float>& block : *blocks) block.conv.set_kernel(row);
    adam_ = make_optimizer<float>(model_->parameters(), {.name = "adam-keras", .epsilon = 1e-7});
    for (int b = 0; b < clips; ++b) labels_.push_back(b % 8);
  }

  void step() {
    Tape<float> tape;
    adam_->zero_grad();
    cross_entropy((*model_)({tape.constant(x_), layout_}).head(), labels_).backward();
    adam_->step();
  }
  Tensor<float> logits() {
    model_->eval();
    Tape<float> tape(TapeMode::inference);
    const Tensor<float> logits = (*model_)({tape.constant(x_), layout_}).head().value();
    model_->train();
    return logits;
  }
  // Forward; and for a step both gradients, but none of the clips.
  double flops(bool training) const {
    double sum = 0;
    for (const Layer& layer : layers)
      sum += layer.flops() * (!training ? 1 : layer.channels == 1 ? 2 : 3);
    return sum * layout_->batch();
  }

 private:
  Layout layout_;
  Tensor<float> x_;
  std::vector<int> labels_;
  std::unique_ptr<Model<float>> model_;
  std::unique_ptr<Optimizer<float>> adam_;
};

void add_network(bool smoke) {
  const auto& best = kernels::conv_kernels<float>().find();
  Network ours(3, 9, best), reference(3, 9, kernels::conv_kernels<float>().reference());
  verify_close(ours.logits(), reference.logits(), "light-sernet, logits", 1e-4);
  ours.step();
  reference.step();
  // Adam makes steps of the rate's size of gradients that are nothing but rounding.
  verify_close(ours.logits(), reference.logits(), "light-sernet, logits after a step", 1e-2);
  const int clips = smoke ? 2 : 32, frames = smoke ? 9 : clip_frames;
  add_benchmark("light_sernet/forward/clips:1", [=, &best](benchmark::State& state) {
    Network net(1, frames, best);
    time_each(
        state, [&] { net.logits(); }, net.flops(false), active_features());
  })->Unit(benchmark::kMillisecond);
  add_benchmark("light_sernet/train_step/clips:32", [=, &best](benchmark::State& state) {
    Network net(clips, frames, best);
    for (int k = 0; k < 2; ++k) net.step();
    time_each(
        state, [&] { net.step(); }, net.flops(true), active_features());
  })->Unit(benchmark::kMillisecond);
}

void add_layer(const Layer& layer, const kernels::ConvKernel<float>& row, int images) {
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
    for (const Layer& layer : layers)
      for (const auto* row : kernels::conv_kernels<float>().usable_rows())
        if (!arguments.smoke || &layer == &layers.back()) add_layer(layer, *row, 1);
  });
}
