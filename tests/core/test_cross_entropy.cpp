#include <sonant/core/ops/cross_entropy.h>
#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/softmax.h>

#include <limits>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::vector<int> labels = {2, 0, 2, 1};
const PoolVector<double> weights = {0.5, 2.0, 1.25};

}  // namespace

TEST_CASE("cross_entropy: values and gradients are PyTorch's", "[core][ops]") {
  for (const std::string reduction : {"mean", "sum"}) {
    for (bool weighted : {false, true}) {
      for (const auto& [text, smoothing] :
           std::vector<std::pair<std::string, double>>{{"0", 0}, {"0.1", 0.1}, {"1", 1}}) {
        const CrossEntropyOptions options{
            .class_weights = weighted ? weights : PoolVector<double>(),
            .label_smoothing = smoothing,
            .reduction = reduction == "mean" ? Reduction::mean : Reduction::sum};
        check_golden("cross_entropy_" + reduction + (weighted ? "_1_" : "_0_") + text,
                     [&](auto&, const auto& z) { return cross_entropy(z[0], labels, options); });
      }
    }
  }
  const std::vector<int> two = {0, 1};
  check_golden("cross_entropy_large",
               [&](auto&, const auto& z) { return cross_entropy(z[0], two); });
}

TEST_CASE("cross_entropy: derivatives equal finite differences", "[core][ops]") {
  for (double smoothing : {0.0, 0.2})
    for (const auto& w : {PoolVector<double>(), weights})
      for (auto reduction : {Reduction::mean, Reduction::sum})
        check_gradients(
            [=](auto&, const Vars& z) {
              return cross_entropy(z[0], labels, {w, smoothing, reduction});
            },
            {normal({4, 3}, 2)});
}

TEST_CASE("cross_entropy: the fused op equals its parts", "[core][ops]") {
  const auto z = normal({4, 3}, 2);
  Tensor<double> q({4, 3});
  for (std::int64_t b = 0; b < 4; ++b) q(b, labels[static_cast<std::size_t>(b)]) = 1;
  Tape<double> fused, composed;
  const auto zf = fused.variable(z), zc = composed.variable(z);
  const auto lf = cross_entropy(zf, labels);
  const auto lc = sum(log_softmax(zc) * composed.constant(q)) / -4;
  lf.backward();
  lc.backward();
  CHECK(close(lf.value(), lc.value(), 1e-14));
  CHECK(close(zf.grad(), zc.grad(), 1e-12, 1e-16));
}

TEST_CASE("cross_entropy: certain and impossible classes", "[core][ops]") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  const std::vector<int> first = {0};
  Tape<double> tape;
  const auto z = tape.variable(Tensor<double>({1, 3}, {2, -inf, -inf}));
  const auto loss = cross_entropy(z, first);  // -log 1; the others have probability 0
  CHECK(loss.value().item() == 0);
  loss.backward();
  CHECK(z.grad() == Tensor<double>({1, 3}));
  Tape<double> other;
  const std::vector<int> second = {1};
  CHECK(cross_entropy(other.constant(z.value()), second).value().item() == inf);
}

TEST_CASE("cross_entropy: wrong arguments are named", "[core][ops]") {
  Tape<float> tape;
  const auto z = tape.constant(Tensor<float>({4, 3}));
  const std::vector<int> three = {0, 1, 2}, outside = {0, 1, 3, 0}, negative = {0, 1, -1, 0};
  CHECK_THROWS_WITH(cross_entropy(tape.constant(Tensor<float>({3})), three),
                    "[cross_entropy] expects logits (B,C) that are not empty, got (3)");
  CHECK_THROWS_WITH(cross_entropy(tape.constant(Tensor<float>({0, 3})), {}),
                    ContainsSubstring("not empty, got (0,3)"));
  CHECK_THROWS_WITH(cross_entropy(z, three),
                    "[cross_entropy] expects 4 labels for logits (4,3), got 3");
  CHECK_THROWS_WITH(cross_entropy(z, outside), "[cross_entropy] expects labels from 0 to 2, got 3");
  CHECK_THROWS_WITH(cross_entropy(z, negative), ContainsSubstring("got -1"));
  CHECK_THROWS_WITH(cross_entropy(z, labels, {.class_weights = {1, 2}}),
                    "[cross_entropy] expects 3 class weights for logits (4,3), got 2");
  CHECK_THROWS_WITH(cross_entropy(z, labels, {.class_weights = {1, -2, 1}}),
                    ContainsSubstring("finite and >= 0, got -2"));
  CHECK_THROWS_WITH(cross_entropy(z, labels, {.label_smoothing = 1.5}),
                    ContainsSubstring("label_smoothing in [0,1], got 1.5"));
  CHECK_THROWS_WITH(cross_entropy(z, labels, {.class_weights = {0, 0, 0}}),
                    ContainsSubstring("weights of all labels in the batch are zero"));
}
