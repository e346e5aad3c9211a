#include <sonant/core/npz.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/nn/linear.h>
#include <sonant/train/optimizer.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.h"
#include "support/files.h"

using namespace sonant;

namespace {

constexpr int kParameters = 2, kSteps = 8;

const Npz& golden() {
  static const Npz file = Npz::read(test::golden("optim.npz"));
  return file;
}

template <Real T>
std::string tag() {
  return std::is_same_v<T, float> ? "f32/" : "f64/";
}

template <Real T>
Tensor<T> read(const std::string& name) {
  return golden().real(tag<T>() + name).template to<T>();
}

template <Real T>
struct Net {
  std::vector<Parameter<T>> owned;
  std::vector<Parameter<T>*> parameters;
  Net() {
    for (int k = 0; k < kParameters; ++k) owned.emplace_back(read<T>("start" + std::to_string(k)));
    for (auto& p : owned) parameters.push_back(&p);
  }
  void set_gradients(int step) {
    for (int k = 0; k < kParameters; ++k) {
      owned[static_cast<std::size_t>(k)].grad =
          read<T>("grad" + std::to_string(k) + "_" + std::to_string(step));
    }
  }
};

// Largest difference in units of the last place of the larger number.
template <Real T>
double worst_ulps(const Tensor<T>& a, const Tensor<T>& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
    const double unit = std::numeric_limits<T>::epsilon() * std::max(std::abs(x), std::abs(y));
    if (x != y) worst = std::max(worst, std::abs(x - y) / unit);
  }
  return worst;
}

struct Case {
  const char* name;
  OptimizerSettings settings;
};

std::vector<Case> cases() {
  return {
      {"adam", {.name = "adam", .lr = 1e-2, .weight_decay = 1.6e-3}},
      {"adamw",
       {.name = "adamw",
        .lr = 1e-2,
        .weight_decay = 0.1,
        .beta1 = 0.8,
        .beta2 = 0.99,
        .epsilon = 1e-6}},
      {"sgd", {.name = "sgd", .lr = 0.1, .weight_decay = 0.01}},
      {"momentum", {.name = "sgd", .lr = 0.1, .weight_decay = 0.01, .momentum = 0.9}},
      {"nesterov", {.name = "sgd", .lr = 0.1, .momentum = 0.9, .nesterov = true}},
  };
}

}  // namespace

TEMPLATE_TEST_CASE("Optimizers step as PyTorch's do", "[train]", float, double) {
  using T = TestType;
  for (const Case& c : cases()) {
    Net<T> net;
    auto optimizer = make_optimizer<T>(net.parameters, c.settings);
    for (int s = 0; s < kSteps; ++s) {
      net.set_gradients(s);
      optimizer->step();
      for (int k = 0; k < kParameters; ++k) {
        const std::string name =
            std::string(c.name) + "/param" + std::to_string(k) + "_" + std::to_string(s);
        INFO(tag<T>() << name);
        CHECK(worst_ulps(net.parameters[static_cast<std::size_t>(k)]->value, read<T>(name)) <= 8);
      }
      if (s == 3) optimizer->set_lr(optimizer->lr() / 2);
    }
    CHECK(optimizer->steps() == kSteps);
  }
}

TEMPLATE_TEST_CASE("Gradients are clipped as by PyTorch", "[train]", float, double) {
  using T = TestType;
  Net<T> net;
  net.set_gradients(0);
  const double norm = clip_grad_norm(net.parameters, 0.125);
  CHECK(norm == Approx(golden().real(tag<T>() + "clip_norm").item()).epsilon(1e-6));
  REQUIRE(norm > 0.125);
  for (int k = 0; k < kParameters; ++k) {
    const auto& grad = net.parameters[static_cast<std::size_t>(k)]->grad;
    CHECK(worst_ulps(grad, read<T>("clip" + std::to_string(k))) <= 4);
  }
  CHECK(clip_grad_norm(net.parameters, 1e3) == Approx(0.125).epsilon(1e-5));
  CHECK(clip_grad_norm(net.parameters, 1e3) == Approx(0.125).epsilon(1e-5));  // left alone
  CHECK_THROWS_AS(clip_grad_norm(net.parameters, 0.0), Error);
}

TEST_CASE("A restored optimizer continues to the same bits", "[train]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    Net<float> straight, stopped;
    auto whole = make_optimizer<float>(straight.parameters, c.settings);
    auto first = make_optimizer<float>(stopped.parameters, c.settings);
    const auto run = [](Net<float>& net, Optimizer<float>& optimizer, int from, int to) {
      for (int s = from; s < to; ++s) {
        net.set_gradients(s);
        optimizer.step();
      }
    };
    run(straight, *whole, 0, 8);
    run(stopped, *first, 0, 5);
    auto second = make_optimizer<float>(stopped.parameters, c.settings);
    second->restore(first->state(), first->steps());
    run(stopped, *second, 5, 8);
    for (std::size_t k = 0; k < kParameters; ++k) {
      CHECK(stopped.owned[k].value == straight.owned[k].value);
    }
  }
}

TEST_CASE("A parameter without a gradient stays, zero_grad clears the others", "[train]") {
  Parameter<float> used(Tensor<float>(Shape{2}, {1, 2})), unused(Tensor<float>(Shape{1}, 3.f));
  auto adam = make_optimizer<float>({&used, &unused}, {.lr = 0.5, .weight_decay = 1});
  used.grad = Tensor<float>(Shape{2}, {1, -1});
  adam->step();
  CHECK(used.value[0] == Approx(0.5));
  CHECK(unused.value[0] == 3.f);
  adam->zero_grad();
  CHECK(used.grad == Tensor<float>(Shape{2}));
}

namespace {

struct TwoLayers : Module<float> {
  Linear<float> first{2, 3, Random(1)}, second{3, 1, Random(2)};
  void visit(Visitor<float>& v) override { v("first", first), v("second", second); }
  void learn() {
    Tape<float> tape;
    const auto x = tape.constant(Tensor<float>({1, 2}, {1, 2}));
    sum(second(first(x))).backward();
  }
};

std::unique_ptr<Optimizer<float>> adam_of(TwoLayers& net) {
  return make_optimizer<float>(net.parameters(), {.name = "adam", .lr = 0.1});
}

}  // namespace

TEST_CASE("An optimizer says that its model was moved away or destroyed", "[train]") {
  const auto gone = ContainsSubstring("moved or destroyed");
  SECTION("moved") {
    TwoLayers a;
    const auto adam = adam_of(a);
    TwoLayers b = std::move(a);
    b.learn();
    CHECK_THROWS_WITH(adam->step(), gone);
    CHECK_THROWS_WITH(adam->zero_grad(), gone);
    CHECK(adam->steps() == 0);
  }
  SECTION("in a vector that grows") {
    std::vector<TwoLayers> nets(1);
    const auto adam = adam_of(nets[0]);
    nets[0].learn();
    adam->step();
    nets.reserve(nets.capacity() + 1);
    nets[0].learn();
    CHECK_THROWS_WITH(adam->step(), gone);
  }
  SECTION("destroyed") {
    auto a = std::make_unique<TwoLayers>();
    const auto adam = adam_of(*a);
    a.reset();
    CHECK_THROWS_WITH(adam->step(), gone);
  }
  SECTION("moved out, and something else moved in") {
    TwoLayers a, b;
    const auto adam = adam_of(a);
    b = std::move(a);
    a = TwoLayers();
    a.learn();
    CHECK_THROWS_WITH(adam->step(), gone);
  }
  SECTION("swapped") {
    TwoLayers a, b;
    const auto adam = adam_of(a);
    std::swap(a, b);
    a.learn();
    CHECK_THROWS_WITH(adam->step(), gone);
  }
  SECTION("the optimizer of the new place works") {
    TwoLayers a;
    adam_of(a);
    TwoLayers b = std::move(a);
    const auto adam = adam_of(b);
    b.learn();
    CHECK_NOTHROW(adam->step());
  }
}

TEST_CASE("An optimizer says that a copy of its model is trained", "[train]") {
  const auto copied = ContainsSubstring("copy of the model");
  TwoLayers a;
  SECTION("copied before the first step") {
    const auto adam = adam_of(a);
    TwoLayers b = a;
    adam->zero_grad();
    b.learn();
    CHECK_THROWS_WITH(adam->step(), copied);
  }
  SECTION("copied in the middle of a training, and copied again") {
    const auto adam = adam_of(a);
    a.learn();
    adam->step();
    TwoLayers b = a, c = b;
    adam->zero_grad();
    c.learn();
    CHECK_THROWS_WITH(adam->step(), copied);
  }
  SECTION("copied before there was an optimizer") {
    TwoLayers b = a;
    const auto adam = adam_of(a);
    b.learn();
    CHECK_THROWS_WITH(adam->step(), ContainsSubstring("no parameter has a gradient"));
  }
  SECTION("a copy that looks on disturbs nobody, nor do gradients that are brought by hand") {
    const auto adam = adam_of(a);
    a.learn();
    TwoLayers b = a;
    b.learn();
    CHECK_NOTHROW(adam->step());
    adam->zero_grad();
    b.learn();
    for (std::size_t k = 0; k < a.parameters().size(); ++k)
      a.parameters()[k]->grad = b.parameters()[k]->grad;
    CHECK_NOTHROW(adam->step());
    adam->zero_grad();
    CHECK_NOTHROW(adam->step());  // all zeros, and no copy in use
    const auto of_copy = adam_of(b);
    b.learn();
    CHECK_NOTHROW(of_copy->step());
  }
  SECTION("assigning a model leaves the target where it is") {
    TwoLayers b;
    const auto adam = adam_of(a);
    a = b;
    a.learn();
    CHECK_NOTHROW(adam->step());
    a = TwoLayers();
    a.learn();
    CHECK_NOTHROW(adam->step());
  }
}

TEST_CASE("Optimizers refuse impossible settings and foreign states", "[train]") {
  Parameter<float> p(Tensor<float>(Shape{2}, {1, 2}));
  const auto make = [&](OptimizerSettings s) { return make_optimizer<float>({&p}, s); };
  const auto refused = [&](const OptimizerSettings& s, const char* why) {
    CHECK_THROWS_WITH(make(s), ContainsSubstring(why));
  };
  refused({.name = "adagrad"}, "expects optimizer from adam, adamw, sgd, adam-keras");
  refused({.lr = -1}, "expects lr >= 0, got -1");
  refused({.lr = std::nan("")}, "expects lr >= 0, got nan");
  refused({.lr = HUGE_VAL}, "expects lr >= 0, got inf");
  refused({.weight_decay = -1}, "expects weight_decay >= 0, got -1");
  refused({.beta1 = 1}, "expects beta1 in [0, 1), got 1");
  refused({.beta2 = 1}, "expects beta2 in [0, 1), got 1");
  refused({.epsilon = 0}, "expects epsilon > 0, got 0");
  refused({.momentum = 1}, "expects momentum in [0, 1), got 1");
  refused({.name = "sgd", .nesterov = true}, "nesterov expects a momentum > 0");

  auto adam = make({});
  auto state = adam->state();
  CHECK_THROWS_AS(adam->restore({}, 1), Error);
  CHECK_THROWS_AS(adam->restore(state, -1), Error);
  state[0].tensors[0] = Tensor<float>(Shape{3});
  CHECK_THROWS_AS(adam->restore(state, 1), Error);
  state = adam->state();
  state[1].name = "momentum_buffer";
  CHECK_THROWS_AS(adam->restore(state, 1), Error);
}
