// A program outside the tree: sound to features to class scores and one step of training, so that
// every installed library is called.
#include <cmath>
#include <cstdio>
#include <vector>

#include <sonant/audio/features.h>
#include <sonant/core/ops/ops.h>
#include <sonant/nn/models/family.h>
#include <sonant/train/optimizer.h>

int main() {
  sonant::Sound sound;
  sound.sample_rate = 16000;
  for (int i = 0; i < 16000; ++i) sound.samples.push_back(0.3 * std::sin(0.1 * i));
  const auto frames = sonant::extract_features(sound).to<float>();

  const auto model = sonant::make_model<float>("reslstm-sa-h32", 1);
  const auto adam = sonant::make_optimizer<float>(model->parameters(), {});
  const sonant::Tensor<float>* batch[] = {&frames, &frames};
  const int lengths[] = {static_cast<int>(frames.dim(0)), static_cast<int>(frames.dim(0))};
  const auto layout = sonant::make_layout(lengths);
  sonant::Tape<float> tape;
  const auto x = tape.constant(sonant::pack<float>(batch, *layout));
  const auto loss = sonant::cross_entropy((*model)({x, layout}).head(), std::vector{0, 1});
  loss.backward();
  adam->step();

  std::printf("%lld frames, %lld parameters, loss %.3f\n", static_cast<long long>(frames.dim(0)),
              static_cast<long long>(model->parameter_count()), loss.value().item());
  return model->parameter_count() == 27988 && std::isfinite(loss.value().item()) ? 0 : 1;
}
