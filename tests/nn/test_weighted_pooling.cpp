#include <sstream>

#include <sonant/core/gradcheck.h>
#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/usage.h>
#include <sonant/nn/models/streaming.h>
#include <sonant/nn/models/summary.h>
#include <sonant/nn/models/weighted_pooling.h>

#include "golden_systems/alstm.h"
#include "support/catch.h"
#include "support/close.h"
#include "support/files.h"

using namespace sonant;

namespace {

ModelSpec spec_of(const std::string& family, int input, std::vector<Head> heads) {
  ModelSpec spec = model_spec(family, input, 1);
  spec.heads = std::move(heads);
  return spec;
}

const std::vector<Head> three_heads = {{"emotion", 4}, {"speaker", 10}, {"gender", 2}};

std::int64_t count(const ModelSpec& spec) { return make_model<float>(spec, 1)->parameter_count(); }

ModelSpec small(const std::string& family) {
  ModelSpec spec = spec_of(family, 3, {{"emotion", 3}, {"gender", 2}});
  return spec.set("fc", 4).set("hidden", 3).set("dropout", 0.0);
}

void check_file(const std::filesystem::path& folder, const std::string& file) {
  const auto lines = check_alstm(folder, file);
  CHECK(lines.size() > 20);
  for (const SystemLine& line : lines) {
    INFO(line.file << ", " << line.precision << ", " << line.array);
    CHECK(line.worst <= line.limit);
  }
}

}  // namespace

TEST_CASE("A-LSTM families have the published numbers of parameters", "[nn]") {
  CHECK(count(spec_of("lstm-wp", 36, three_heads)) == 408'080);
  CHECK(count(spec_of("mean-lstm", 36, three_heads)) == 408'080);
  CHECK(count(spec_of("a-lstm", 36, three_heads)) == 408'336);
  CHECK(count(spec_of("a-lstm", 36, three_heads).set("shared_w", false)) == 408'592);
  // A form below 100,000.
  ModelSpec reduced = spec_of("a-lstm", 46, {{"emotion", 8}, {"speaker", 24}, {"gender", 2}});
  CHECK(count(reduced.set("fc", 64).set("hidden", 32)) == 30'178);
}

TEST_CASE("A-LSTM families agree with the reference numbers", "[nn]") {
  const auto folder = test::golden("systems");
  for (const char* variant :
       {"default", "separate_w", "cell_only", "mean", "none", "zero_past", "offsets_1_2"})
    check_file(folder, std::string("alstm_small_") + variant + ".npz");
}

#if !defined(__SANITIZE_ADDRESS__)  // long, and the same code as above
TEST_CASE("A-LSTM families agree with the reference numbers at full size", "[nn]") {
  for (const char* file : {"alstm_full.npz", "alstm_full_grads_f32.npz", "e2e.npz"}) {
    const auto path = test::shared_golden(std::string("systems/") + file);
    if (path.empty()) return;
    check_file(path.parent_path(), file);
  }
}
#endif

TEST_CASE("A-LSTM families: gradients are the finite differences", "[nn]") {
  const auto layout = make_layout(std::vector<int>{4, 7, 2});
  for (const std::string family : {"a-lstm", "mean-lstm", "lstm-wp"}) {
    const auto model = make_model<double>(small(family), 1);
    Tensor<double> x = test::normal({layout->rows(), 3}, 5);
    const auto report = gradcheck(
        [&](Tape<double>& tape) {
          const auto out = (*model)({tape.constant(x), layout});
          return cross_entropy(out.head("emotion"), std::vector<int>{0, 2, 1}) +
                 cross_entropy(out.head("gender"), std::vector<int>{1, 0, 0});
        },
        model->parameters());
    INFO(family << ": " << report);
    CHECK(report.passed);
  }
}

TEST_CASE("A-LSTM families: names, wiring, copies", "[nn]") {
  const auto model = make_model<double>(small("a-lstm").set("shared_w", false), 1);
  std::string names;
  for (const auto& [name, parameter] : model->named_parameters()) names += name + " ";
  CHECK(names ==
        "fc.weight fc.bias lstm.weight_ih_l0 lstm.weight_hh_l0 lstm.bias_l0 lstm.weight_state_l0 "
        "lstm.weight_state_h_l0 lstm.weight_ih_l0_reverse lstm.weight_hh_l0_reverse "
        "lstm.bias_l0_reverse lstm.weight_state_l0_reverse lstm.weight_state_h_l0_reverse "
        "attention_vector heads.emotion.weight heads.emotion.bias heads.gender.weight "
        "heads.gender.bias ");
  CHECK(model->spec().title() == "a-lstm-h3");

  std::ostringstream text;
  print_summary(text, summarise(*make_model<double>(small("a-lstm"), 1)));
  CHECK_THAT(text.str(), ContainsSubstring("a_lstm") && ContainsSubstring("offsets [1,3,5]") &&
                             ContainsSubstring("heads.gender"));

  const auto copy = model->clone();
  const auto before = model->parameters()[2]->value;
  copy->parameters()[2]->value.fill(0);
  CHECK(model->parameters()[2]->value == before);
}

TEST_CASE("A-LSTM families: what begins as what", "[nn]") {
  const auto layer = ALstm<double>({.input = 5, .hidden = 4, .bidirectional = true}, Random(1));
  REQUIRE(layer.cells.size() == 2);
  for (const auto& cell : layer.cells) {
    for (int q = 0; q < 16; ++q) CHECK(cell.bias.value[q] == (q / 4 == 1 ? 1 : 0));
    for (double value : cell.weight_state.value.span()) CHECK(value != 0);
  }
  CHECK(layer.cells[0].weight_state.value != layer.cells[1].weight_state.value);
  CHECK(layer.settings() == "5 -> 4 x 2, offsets 1,3,5");
}

TEST_CASE("A-LSTM families: what cannot be is refused in one line", "[nn]") {
  for (const std::string family : {"a-lstm", "mean-lstm", "lstm-wp"}) {
    ModelSpec spec = small(family);
    spec.heads.resize(1);
    const auto model = make_model<float>(spec, 1);
    CHECK_THROWS_WITH(StreamingClassifier<float>(*model), ContainsSubstring("not causal"));
  }
  for (const std::string offsets : {"", "0", "3,1", "1,1", "1,x", "1,", "1 3", "-1", "200000"}) {
    INFO(offsets);
    CHECK_THROWS_AS(make_model<float>(small("a-lstm").set("offsets", offsets), 1), UsageError);
  }
  CHECK_THROWS_WITH(make_model<float>(small("a-lstm").set("offsets", "5,3"), 1),
                    ContainsSubstring("rise from 1, such as 1,3,5, got 5,3"));
  CHECK_THROWS_WITH(ALstm<float>({.input = 3, .hidden = 0}, Random(1)),
                    ContainsSubstring("at least 1 input and unit, got 3 and 0"));
  CHECK_THROWS_WITH(ALstm<float>({.input = 3, .hidden = 2, .offsets = {2, 2}}, Random(1)),
                    ContainsSubstring("that rise, got 2,2"));
  CHECK_THROWS_AS(make_model<float>(small("a-lstm").set("dropout", 1.0), 1), UsageError);
}
