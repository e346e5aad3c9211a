#include <sonant/core/usage.h>
#include <sonant/nn/batch_norm.h>
#include <sonant/nn/linear.h>
#include <sonant/train/weight_average.h>

#include <cmath>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

struct Net : Module<double> {
  Linear<double> linear{2, 3, Random(1)};
  BatchNorm<double> bn{3};
  void visit(Visitor<double>& v) override { v("linear", linear), v("bn", bn); }
  void move(int step) {
    double x = step;
    for (Parameter<double>* p : parameters())
      for (double& w : p->value.span()) w = std::sin(x += 0.7);
    bn.running_mean.fill(step), bn.running_var.fill(step + 1), bn.num_batches_tracked = step;
  }
  std::vector<double> weights() {
    std::vector<double> all;
    for (Parameter<double>* p : parameters())
      all.insert(all.end(), p->value.span().begin(), p->value.span().end());
    return all;
  }
};

}  // namespace

TEST_CASE("The average of weights is that of the formula, to the bit", "[train]") {
  Net net;
  WeightAverage<double> average(net, 0.9);
  std::vector<double> expected;
  for (int step = 1; step <= 6; ++step) {
    net.move(step);
    average.update(net);
    const std::vector<double> w = net.weights();
    if (step == 1)
      expected = w;
    else
      for (std::size_t k = 0; k < w.size(); ++k) expected[k] = 0.9 * expected[k] + (1 - 0.9) * w[k];
  }
  CHECK(average.updates() == 6);
  Net copy = net;
  average.copy_to(copy);
  CHECK(copy.weights() == expected);
  // Buffers are those of the model that was copied, and the model is as it was.
  CHECK(copy.bn.running_mean == net.bn.running_mean);
  CHECK(copy.bn.running_var == net.bn.running_var);
  CHECK(copy.bn.num_batches_tracked == 6);
  CHECK(net.weights() != expected);
}

TEST_CASE("A decay of 0 follows the weights, and one near 1 hardly moves", "[train]") {
  Net net, copy;
  WeightAverage<double> none(net, 0), slow(net, 1 - 1e-12);
  net.move(1);
  const auto first = net.weights();
  none.update(net), slow.update(net);
  net.move(2);
  none.update(net), slow.update(net);
  none.copy_to(copy);
  CHECK(copy.weights() == net.weights());
  slow.copy_to(copy);
  for (std::size_t k = 0; k < first.size(); ++k) CHECK(copy.weights()[k] == Approx(first[k]));
}

TEST_CASE("A restored average goes on to the same bits", "[train]") {
  Net net;
  WeightAverage<double> whole(net, 0.8), first(net, 0.8), second(net, 0.8);
  for (int step = 0; step < 8; ++step) {
    net.move(step);
    whole.update(net);
    if (step == 3) second.restore(first.state(), first.updates());  // after three steps
    (step < 3 ? first : second).update(net);
  }
  CHECK(second.updates() == whole.updates());
  CHECK(second.state() == whole.state());
}

TEST_CASE("An average refuses other models, states and decays", "[train]") {
  Net net;
  CHECK_THROWS_AS(WeightAverage<double>(net, 1), UsageError);
  CHECK_THROWS_AS(WeightAverage<double>(net, -0.1), UsageError);
  CHECK_THROWS_AS(WeightAverage<double>(net, std::nan("")), UsageError);
  WeightAverage<double> average(net, 0.5);
  CHECK_THROWS_WITH(average.copy_to(net), ContainsSubstring("averaged nothing yet"));
  Linear<double> other(2, 3, Random(1));
  BatchNorm<double> wider(4);
  CHECK_THROWS_WITH(average.update(other), ContainsSubstring("expects the 4 parameters"));
  WeightAverage<double> of_linear(other, 0.5);
  CHECK_THROWS_WITH(of_linear.update(wider),
                    ContainsSubstring("expects weight (3,2), got weight (4)"));
  CHECK_THROWS_AS(average.restore({}, 1), Error);
  CHECK_THROWS_AS(average.restore(average.state(), -1), Error);
  auto state = average.state();
  state[1] = Tensor<double>(Shape{7});
  CHECK_THROWS_WITH(average.restore(state, 1),
                    ContainsSubstring("linear.bias expects (3), got (7)"));
  CHECK(average.updates() == 0);
}
