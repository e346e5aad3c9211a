#include <sonant/nn/models/light_sernet.h>

#include <sstream>

#include <sonant/nn/models/streaming.h>
#include <sonant/nn/models/summary.h>
#include <sonant/nn/state_dict.h>

#include "golden_systems/light_sernet.h"
#include "support/catch.h"
#include "support/close.h"
#include "support/files.h"
#include "support/text.h"

using namespace sonant;
using test::has;

namespace {

// Trainable numbers of a family with 40 features; widths: path, then the five blocks.
std::int64_t count(const char* family, int classes, std::array<int, 6> widths) {
  ModelSpec spec = model_spec(family, 40, classes);
  spec.set("path", widths[0]);
  for (int k = 1; k <= 5; ++k)
    spec.set("block" + std::to_string(k), widths[static_cast<std::size_t>(k)]);
  return make_model<float>(spec, 1)->parameter_count();
}

constexpr std::array published = {32, 64, 96, 128, 160, 320};

ModelSpec small(const char* family = "light-sernet") {
  ModelSpec spec = model_spec(family, 7, 3);
  spec.set("path", 2).set("block1", 3).set("block2", 4).set("block3", 3).set("block4", 2);
  return spec.set("block5", 5).set("dropout", 0.0);
}

template <Real T>
Packed<T> clips(Tape<T>& tape, std::vector<int> lengths) {
  const Layout layout = make_layout(lengths);
  return {tape.constant(test::normal<T>({layout->rows(), 7}, 3)), layout};
}

}  // namespace

TEST_CASE("Light-SERNet has the published numbers of parameters", "[nn]") {
  CHECK(count("light-sernet", 4, published) == 460'740);
  CHECK(count("light-sernet", 7, published) == 461'703);
  CHECK(count("light-sernet", 8, published) == 462'024);
  CHECK(count("p-cnn", 8, published) == 462'024);
  CHECK(count("p-cnn-gender", 4, published) == 461'382);
  CHECK(count("p-cnn-gender", 8, published) == 462'666);
  // Narrow ones.
  CHECK(count("light-sernet", 8, {16, 32, 48, 64, 80, 160}) == 116'840);
  CHECK(count("light-sernet", 8, {14, 28, 42, 56, 72, 144}) == 91'368);
  CHECK(count("light-sernet", 8, {12, 24, 36, 48, 60, 120}) == 66'224);
  CHECK(count("p-cnn-gender", 8, {14, 28, 42, 56, 72, 144}) == 91'658);
}

TEST_CASE("Light-SERNet and P-CNN agree with the reference numbers", "[nn]") {
  const auto lines = check_light_sernet(test::golden("systems"), "pcnn_gender_small.npz");
  CHECK(lines.size() > 1000);
  for (const SystemLine& line : lines) {
    INFO(line.file << ", " << line.precision << ", " << line.array);
    CHECK(line.worst <= line.limit);
  }
}

TEST_CASE("Light-SERNet: clips of one length, whatever it is", "[nn]") {
  const auto model = make_model<double>(small(), 1);
  Tape<double> tape;
  CHECK((*model)(clips(tape, {1, 1})).head().shape() == Shape{2, 3});
  CHECK((*model)(clips(tape, {23, 23, 23})).embedding().shape() == Shape{3, 5});
  CHECK(has(test::refusal([&] {
              (*model)(clips(tape, {23, 22}));
            }),
            "[light-sernet] expects clips of one length, got 22 to 23 frames: the front end "
            "light-sernet-mfcc cuts and pads them (--clip-seconds)"));
}

TEST_CASE("Light-SERNet: what reads a description", "[nn]") {
  const auto model = make_model<float>(small("p-cnn-gender"), 1);
  std::ostringstream text;
  print_summary(text, summarise(*model));
  for (const char* line : {"path1", "window 11x1, pooling 2x2", "window 1x1, pooling all",
                           "(B,Y,X,6)", "(B,5)", "heads.gender", "embedding"}) {
    INFO(line << " in\n" << text.str());
    CHECK(has(text.str(), line));
  }
  CHECK(find_family("p-cnn-gender").heads() == "emotion, gender 0.5");
  CHECK(find_family("light-sernet").heads() == "emotion");
  // What is none of the authors' says so wherever its name stands, and need not be called so.
  CHECK(model->spec().title() == "p-cnn-gender-reconstruction");
  for (const char* name : {"p-cnn", "p-cnn-gender"}) {
    const std::string whole = std::string(name) + "-reconstruction";
    CHECK(model_spec(name).family == name);
    CHECK(model_spec(whole).family == name);
    CHECK(model_spec(name).title() == whole);
    CHECK(is_model_name(whole));
    CHECK(!is_model_name(whole + "-reconstruction"));
  }
  CHECK(!is_model_name("light-sernet-reconstruction"));
  CHECK(has(test::refusal([&] { StreamingClassifier<float> stream(*model, "", "emotion"); }),
            "conv_block"));
}

TEST_CASE("Light-SERNet: a copy is independent, names are PyTorch's", "[nn]") {
  const auto model = make_model<float>(small(), 1);
  const auto copy = model->clone();
  copy->parameters()[0]->value.fill(0);
  CHECK(model->parameters()[0]->value[0] != 0);
  const auto named = model->named_parameters();
  CHECK(named.front().name == "path1.conv.weight");
  CHECK(named[1].name == "path1.conv.bias");
  CHECK(named[2].name == "path1.bn.weight");
  CHECK(named.back().name == "heads.emotion.bias");
  for (const auto& [name, parameter] : named)
    if (name == "block2.conv.weight") CHECK(parameter->value.shape() == Shape{4, 3, 3, 3});
}
