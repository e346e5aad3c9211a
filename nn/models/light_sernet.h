// Light-SERNet: a small convolutional network over MFCCs of a clip. Aftab et al., ICASSP 2022,
// arXiv:2110.03435; docs/models.md. P-CNN is the same network as far as anybody outside knows it.
//
//   x (T,D,1) -> paths of windows 11x1, 1x9, 3x3 side by side -> five blocks -> mean over the map
//     -> dropout -> Linear(C), one for each head
// Each path and block is convolution, batch norm, ReLU and average pooling (nn/conv_block.h).
#pragma once

#include <vector>

#include <sonant/nn/conv_block.h>
#include <sonant/nn/dropout.h>
#include <sonant/nn/linear.h>
#include <sonant/nn/models/family.h>

namespace sonant {

struct LightSernetSettings {
  int path = 32;  // channels of each of the three paths
  int block1 = 64, block2 = 96, block3 = 128, block4 = 160, block5 = 320;
  double dropout = 0.3;  // in training, before the last layer
};
SettingTable settings_of(const LightSernetSettings&);

// Clips must have one length: the front end light-sernet-mfcc sees to that. An Error says so.
template <Real T>
class LightSernet : public Model<T> {
 public:
  LightSernet(const ModelSpec& spec, const Random& random);

  void visit(Visitor<T>& v) override;
  std::unique_ptr<Model<T>> clone() const override { return std::make_unique<LightSernet>(*this); }

  std::vector<ConvBlock<T>> paths;   // path1 to path3
  std::vector<ConvBlock<T>> blocks;  // block1 to block5; without bias
  Dropout<T> dropout;
  std::vector<Linear<T>> heads;  // heads.emotion, ...

 protected:
  ModelOutput<T> forward(const Packed<T>& x) override;
  void describe(Graph& graph) const override;
};

Family light_sernet_family();
// P-CNN and P-CNN+Gender (Song & Xie, Computer Engineering 2023): of them only an abstract could be
// had, so these are reconstructions, and called so.
Family p_cnn_family();
Family p_cnn_gender_family();

}  // namespace sonant
