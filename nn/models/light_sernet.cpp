#include <sonant/nn/models/light_sernet.h>

#include <algorithm>

#include <sonant/core/ops/shaping.h>

namespace sonant {
namespace {

const LightSernetSettings& settings(const ModelSpec& spec) {
  return spec.settings.as<LightSernetSettings>();
}

std::string numbered(const char* name, std::size_t k) { return name + std::to_string(k + 1); }

// The maps that a batch of clips is: (B,T,D,1).
template <Real T>
Var<T> maps(const Packed<T>& x, const std::string& family) {
  const auto lengths = x.layout->lengths();  // longest first
  check(lengths.front() == lengths.back(), family.c_str(), "expects clips of one length, got ",
        lengths.back(), " to ", lengths.front(),
        " frames: the front end light-sernet-mfcc cuts and pads them (--clip-seconds)");
  return reshape(unpack(x), {x.layout->batch(), x.layout->steps(), x.data.dim(1), 1});
}

}  // namespace

SettingTable settings_of(const LightSernetSettings&) {
  using S = LightSernetSettings;
  static constexpr std::array table{
      setting<&S::path>("path", "Channels of each of the three paths").between(1, 4096),
      setting<&S::block1>("block1", "Channels of the first block").between(1, 4096),
      setting<&S::block2>("block2", "Channels of the second block").between(1, 4096),
      setting<&S::block3>("block3", "Channels of the third block").between(1, 4096),
      setting<&S::block4>("block4", "Channels of the fourth block").between(1, 4096),
      setting<&S::block5>("block5", "Channels of the fifth block").between(1, 4096),
      setting<&S::dropout>("dropout", "Dropout before the last layer").at_least(0).below(1)};
  return table;
}

template <Real T>
LightSernet<T>::LightSernet(const ModelSpec& spec, const Random& random)
    : Model<T>(spec), dropout(settings(spec).dropout) {
  const LightSernetSettings& s = settings(spec);
  std::uint64_t stream = 0;
  const auto block = [&](int input, int output, std::array<int, 2> window,
                         std::array<int, 2> pooling, bool bias) {
    return ConvBlock<T>({.conv = {.input = input, .output = output, .window = window, .bias = bias},
                         .pooling = pooling},
                        random.split(stream++));
  };
  for (const std::array window : {std::array{11, 1}, {1, 9}, {3, 3}})
    paths.push_back(block(1, s.path, window, {2, 2}, true));
  int input = 3 * s.path;
  const auto add = [&](int output, std::array<int, 2> window, std::array<int, 2> pooling) {
    blocks.push_back(block(input, output, window, pooling, false));
    input = output;
  };
  add(s.block1, {3, 3}, {2, 2});
  add(s.block2, {3, 3}, {2, 2});
  add(s.block3, {3, 3}, {2, 1});
  add(s.block4, {3, 3}, {2, 1});
  add(s.block5, {1, 1}, {0, 0});
  for (const Head& head : spec.heads)
    heads.emplace_back(s.block5, head.outputs, random.split(stream++));
}

template <Real T>
ModelOutput<T> LightSernet<T>::forward(const Packed<T>& x) {
  const Var<T> in = maps(x, this->spec().family);
  PoolVector<Var<T>> sides;
  for (ConvBlock<T>& path : paths) sides.push_back(path(in));
  Var<T> map = concat(std::span<const Var<T>>(sides), 3);
  for (ConvBlock<T>& block : blocks) map = block(map);
  const Var<T> embedding = reshape(map, {map.dim(0), map.dim(3)});  // one place is left
  const Var<T> shared = dropout(embedding);
  PoolVector<Var<T>> answers;
  for (Linear<T>& head : heads) answers.push_back(head(shared));
  return {std::move(answers), embedding};
}

template <Real T>
void LightSernet<T>::describe(Graph& g) const {
  const auto in = g.input(this->spec().input);
  const auto block = [&](const std::string& name, const ConvBlock<T>& of, Graph::Value x) {
    const Conv2dConfig& conv = of.config().conv;
    return g.conv_block(name, x, conv.output, conv.window, of.config().pooling, conv.bias,
                        of.bn.eps);
  };
  std::vector<Graph::Value> sides;
  for (std::size_t k = 0; k < paths.size(); ++k)
    sides.push_back(block(numbered("path", k), paths[k], in));
  auto map = g.op("concat", "", sides, 3 * settings(this->spec()).path, Graph::Rows::maps);
  for (std::size_t k = 0; k < blocks.size(); ++k) map = block(numbered("block", k), blocks[k], map);
  g.tap("embedding", map);
  const auto shared = g.dropout(map, dropout.p);
  for (std::size_t k = 0; k < heads.size(); ++k) {
    const Head& head = this->spec().heads[k];
    g.head(head.name, g.linear("heads." + head.name, shared, head.outputs));
  }
}

template <Real T>
void LightSernet<T>::visit(Visitor<T>& v) {
  for (std::size_t k = 0; k < paths.size(); ++k) v(numbered("path", k), paths[k]);
  for (std::size_t k = 0; k < blocks.size(); ++k) v(numbered("block", k), blocks[k]);
  v("dropout", dropout);
  for (std::size_t k = 0; k < heads.size(); ++k) v("heads." + this->spec().heads[k].name, heads[k]);
}

template class LightSernet<float>;
template class LightSernet<double>;

// In the name of what no code and no text settles.
constexpr const char* kReconstruction = "-reconstruction";

Family light_sernet_family() {
  return model_family<LightSernet>("light-sernet",
                                   "convolutions over a clip's MFCCs (Aftab et al., ICASSP 2022)",
                                   LightSernetSettings{});
}
Family p_cnn_family() {
  Family family = model_family<LightSernet>(
      "p-cnn", "reconstruction: light-sernet (Song & Xie, Computer Engineering 2023)",
      LightSernetSettings{});
  family.mark = kReconstruction;
  return family;
}
Family p_cnn_gender_family() {
  Family family = model_family<LightSernet>(
      "p-cnn-gender",
      "reconstruction: light-sernet that learns gender besides (Song & Xie, Computer Engineering "
      "2023)",
      LightSernetSettings{});
  family.auxiliary = {{"gender", 2, 0.5}};
  family.mark = kReconstruction;
  return family;
}

}  // namespace sonant
