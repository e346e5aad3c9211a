#include <sonant/train/l2_penalty.h>

#include <sonant/core/ops/ops.h>
#include <sonant/nn/linear.h>

#include <sonant/core/usage.h>

#include "support/close.h"
#include "support/text.h"
#include "train/small_run.h"

using namespace sonant;
using namespace sonant::test;

namespace {

class Net : public Module<float> {
 public:
  void visit(Visitor<float>& v) override {
    v("first", first);
    v("second", second);
  }
  Linear<float> first{3, 4, Random(1)}, second{4, 2, Random(2)};
};

}  // namespace

TEST_CASE("L2Penalty: value and gradient are those of the term on a tape", "[train]") {
  Net net;
  const double factor = 0.3;
  const auto start = [&] {
    for (auto* p : net.parameters()) p->grad = normal<float>(p->value.shape(), 5);
  };
  start();
  const double value = L2Penalty(factor, "*d.weight", net).add_to_gradients();
  std::vector<Tensor<float>> got;
  for (auto* p : net.parameters()) got.push_back(p->grad);

  start();
  Tape<float> tape;
  const auto w = tape.leaf(net.second.weight);
  const auto term = sum(w * w) * static_cast<float>(factor);
  term.backward();
  CHECK(value == Approx(static_cast<double>(term.item())).epsilon(1e-6));
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO(net.named_parameters()[k].name);
    CHECK(close(got[k], net.parameters()[k]->grad.to<double>(), 1e-6, 1e-6));
  }
}

TEST_CASE("L2Penalty: without a factor nothing, with a pattern that fits nothing an error",
          "[train]") {
  Net net;
  net.zero_grad();
  CHECK(L2Penalty(0, "nothing", net).add_to_gradients() == 0);
  CHECK(has(refusal([&] { L2Penalty(1e-6, "block*", net); }),
            "expects l2_on to fit the name of a parameter, got \"block*\""));
}

TEST_CASE("L2Penalty: a run's training loss has the term, its choosing loss has not", "[train]") {
  // A rate of 0 leaves the weights as they are, so that nothing else differs.
  const auto run = [](double l2) {
    TrainConfig config = small_config();
    config.epochs = 1;
    config.lr = 0;
    config.weight_decay = 0;
    config.l2 = l2;
    if (l2 > 0) config.l2_on = "*weight_hh*";
    Trainer trainer = make_trainer(small_run().data, small_run().split, config);
    trainer.run();
    double squares = 0;
    for (const auto& [name, parameter] : trainer.state().model->named_parameters())
      if (has(name, "weight_hh"))
        for (const float w : parameter->value.span()) squares += static_cast<double>(w) * w;
    return std::pair(trainer.state().history.at(0), squares);
  };
  const auto [plain, squares] = run(0);
  const auto [with, same] = run(0.25);
  REQUIRE(squares > 1);
  CHECK(squares == same);
  CHECK(with.train_loss - plain.train_loss == Approx(0.25 * squares).epsilon(1e-5));
  CHECK(with.choose_loss == plain.choose_loss);
  CHECK(with.weights_hash == plain.weights_hash);
}

TEST_CASE("L2Penalty: a parameter that nothing has depended on gets its gradient", "[train]") {
  Net net;  // no backward pass yet, as of a head that is judged and not learnt
  L2Penalty(0.5, "*", net).add_to_gradients();
  for (auto* p : net.parameters()) CHECK(close(p->grad, p->value.to<double>(), 1e-6));
}

TEST_CASE("L2Penalty: it is learnt from; a pattern that fits nothing ends a run", "[train]") {
  TrainConfig config = small_config();
  config.l2 = 0.1;
  CHECK(hashes(config) != hashes(small_config()));
  config.l2_on = "nothing";
  CHECK(has(refusal<UsageError>([&] { hashes(config); }), "fit the name of a parameter"));
  CHECK(has(refusal<UsageError>([&] { check_recipe(config, FeatureSettings()); }),
            "fit the name of a parameter"));
  config.l2 = 0;
  CHECK(has(refusal<UsageError>([&] { config.validate(); }), "l2_on expects l2 > 0"));
}
