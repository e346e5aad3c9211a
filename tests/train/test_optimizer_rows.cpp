// Rows of a program's own, parameter groups, and settings other than the standard ones, by hand.
#include <sonant/core/settings.h>
#include <sonant/core/usage.h>
#include <sonant/nn/batch_norm.h>
#include <sonant/nn/linear.h>
#include <sonant/train/optimizer.h>

#include <array>
#include <cmath>
#include <vector>

#include "support/catch.h"

using namespace sonant;

namespace {

struct RmsPropSettings {
  double alpha = 0.99;
};
SettingTable settings_of(const RmsPropSettings&) {
  static constexpr std::array table{
      setting<&RmsPropSettings::alpha>("alpha", "decay of the squares").between(0, 1)};
  return table;
}

// Tieleman & Hinton 2012: v = alpha v + (1 - alpha) g^2,  w -= lr g / (sqrt(v) + epsilon).
template <Real T>
class RmsProp final : public Optimizer<T> {
 public:
  RmsProp(std::vector<Parameter<T>*> parameters, const OptimizerSettings& settings)
      : Optimizer<T>(std::move(parameters), settings, {"square_avg"}) {}

 private:
  void update(std::size_t i, Range elements) override {
    auto& [w, g, anchor] = *this->parameters_[i];
    Tensor<T>& v = this->slot(0, i);
    const OptimizerSettings& s = this->settings();
    const T alpha = static_cast<T>(s.own.as<RmsPropSettings>().alpha);
    const T rate = static_cast<T>(this->lr(i)), eps = static_cast<T>(s.epsilon);
    for (std::int64_t k = elements.begin; k < elements.end; ++k) {
      v[k] = alpha * v[k] + (1 - alpha) * g[k] * g[k];
      w[k] -= rate * g[k] / (std::sqrt(v[k]) + eps);
    }
  }
};

void register_rmsprop() {
  static const bool once = [] {
    register_optimizer({"rmsprop", "steps in units of the gradient's root mean square",
                        RmsPropSettings{},
                        []<Real T>(std::vector<Parameter<T>*> parameters,
                                   const OptimizerSettings& s) -> std::unique_ptr<Optimizer<T>> {
                          return std::make_unique<RmsProp<T>>(std::move(parameters), s);
                        }});
    return true;
  }();
  (void)once;
}

struct Net : Module<double> {
  Linear<double> first{2, 3, Random(1)};
  BatchNorm<double> bn{3};
  Linear<double> head{3, 2, Random(2)};
  void visit(Visitor<double>& v) override { v("first", first), v("bn", bn), v("head", head); }
  // Any gradients, others in each step.
  void set_gradients(int step) {
    double x = 0.1 * (step + 1);
    for (Parameter<double>* p : parameters()) {
      p->grad = Tensor<double>(p->value.shape());
      for (double& g : p->grad.span()) g = std::sin(x += 1.7);
    }
  }
};

// The same equations, docs/training.md (1) to (5), one number after the other.
struct ByHand {
  std::vector<double> w, m, v, lr, decay;
  explicit ByHand(Net& net, double rate, double weight_decay, bool grouped) {
    for (const auto& [name, p] : net.named_parameters()) {
      const bool bias_or_norm = name.ends_with("bias") || name.starts_with("bn.");
      const bool head = name.starts_with("head.");
      for (double x : p->value.span()) {
        w.push_back(x);
        lr.push_back(grouped && head ? 10 * rate : rate);
        decay.push_back(grouped && bias_or_norm ? 0 : weight_decay);
      }
    }
    m.resize(w.size()), v.resize(w.size());
  }
  static std::vector<double> gradients(Net& net) {
    std::vector<double> all;
    for (Parameter<double>* p : net.parameters())
      all.insert(all.end(), p->grad.span().begin(), p->grad.span().end());
    return all;
  }
  void adam(const std::vector<double>& g, int t, double b1, double b2, double eps, bool coupled) {
    for (std::size_t k = 0; k < w.size(); ++k) {
      if (!coupled) w[k] -= lr[k] * decay[k] * w[k];
      const double gk = coupled ? g[k] + decay[k] * w[k] : g[k];
      m[k] = b1 * m[k] + (1 - b1) * gk;
      v[k] = b2 * v[k] + (1 - b2) * gk * gk;
      const double mean = m[k] / (1 - std::pow(b1, t)), square = v[k] / (1 - std::pow(b2, t));
      w[k] -= lr[k] * mean / (std::sqrt(square) + eps);
    }
  }
  void sgd(const std::vector<double>& g, double mu) {
    for (std::size_t k = 0; k < w.size(); ++k) {
      m[k] = mu * m[k] + g[k] + decay[k] * w[k];
      w[k] -= lr[k] * m[k];
    }
  }
  void check_equal(Net& net) const {
    std::size_t k = 0;
    for (const auto& [name, p] : net.named_parameters())
      for (double x : p->value.span()) {
        INFO(name);
        CHECK(x == Approx(w[k++]).epsilon(1e-12));
      }
  }
};

const std::vector<ParameterGroup> kGroups = {{.pattern = "*bias", .weight_decay_factor = 0},
                                             {.pattern = "bn.*", .weight_decay_factor = 0},
                                             {.pattern = "head.*", .lr_factor = 10}};

}  // namespace

TEST_CASE("Other betas, another epsilon and groups are those of the formulas", "[train]") {
  for (const std::string name : {"adam", "adamw", "sgd", "adam-keras"})
    for (bool grouped : {false, true}) {
      INFO(name << (grouped ? " with groups" : ""));
      OptimizerSettings s{.name = name,
                          .lr = 1e-2,
                          .weight_decay = 0.05,
                          .beta1 = 0.7,
                          .beta2 = 0.95,
                          .epsilon = 1e-2,
                          .momentum = 0.6};
      if (grouped) s.groups = kGroups;
      Net net;
      ByHand hand(net, s.lr, s.weight_decay, grouped);
      const auto optimizer = make_optimizer(net, s);
      for (int t = 1; t <= 5; ++t) {
        net.set_gradients(t);
        const auto g = ByHand::gradients(net);
        if (name == "sgd")
          hand.sgd(g, s.momentum);
        else
          // Keras divides by sqrt(v) + epsilon with v uncorrected, and by the correction after it.
          hand.adam(
              g, t, s.beta1, s.beta2,
              name == "adam-keras" ? s.epsilon / std::sqrt(1 - std::pow(s.beta2, t)) : s.epsilon,
              name != "adamw");
        optimizer->step();
      }
      hand.check_equal(net);
    }
}

TEST_CASE("Groups of factor 1 change no bit", "[train]") {
  Net plain, grouped;
  const auto a = make_optimizer(plain, {.weight_decay = 0.1});
  const auto b = make_optimizer(grouped, {.weight_decay = 0.1, .groups = {{.pattern = "*"}}});
  for (int t = 0; t < 3; ++t) {
    plain.set_gradients(t), grouped.set_gradients(t);
    a->step(), b->step();
  }
  for (std::size_t k = 0; k < plain.parameters().size(); ++k)
    CHECK(plain.parameters()[k]->value == grouped.parameters()[k]->value);
}

TEST_CASE("A pattern fits a whole name", "[train]") {
  using Pairs = std::vector<std::pair<const char*, const char*>>;
  const Pairs good = {{"*", ""},
                      {"*", "a.b"},
                      {"a.b", "a.b"},
                      {"*bias*", "x.bias_ih_l0"},
                      {"a?c", "abc"},
                      {"*.weight", "lstm.weight.weight"},
                      {"a*b*c", "aXbbYc"},
                      {"**", "x"},
                      {"", ""}};
  for (const auto& [pattern, text] : good) CHECK(fits(pattern, text));
  const Pairs bad = {{"a", "ab"}, {"b", "ab"}, {"*bias", "bias_ih"}, {"a?c", "ac"},
                     {"?", ""},   {"", "a"},   {"a*b*c", "acb"},     {"*.weight", "weight"}};
  for (const auto& [pattern, text] : bad) CHECK_FALSE(fits(pattern, text));
}

TEST_CASE("Groups that cannot be are refused", "[train]") {
  Net net;
  const auto make = [&](ParameterGroup group) { return make_optimizer(net, {.groups = {group}}); };
  CHECK_THROWS_WITH(make({.pattern = "tail.*"}),
                    ContainsSubstring("\"tail.*\" fits none of the 6 parameters, such as first."));
  CHECK_THROWS_WITH(make({.pattern = ""}), ContainsSubstring("expects a pattern"));
  CHECK_THROWS_WITH(make({.pattern = "*", .lr_factor = -1}), ContainsSubstring("factors >= 0"));
  CHECK_THROWS_WITH(make({.pattern = "*", .weight_decay_factor = HUGE_VAL}),
                    ContainsSubstring("factors >= 0"));
  CHECK_THROWS_WITH(make_optimizer<double>(net.parameters(), {.groups = {{.pattern = "*"}}}),
                    ContainsSubstring("make the optimizer of a module"));
  CHECK_THROWS_WITH(make_optimizer<double>(net.parameters(), {})->set_factors({}),
                    ContainsSubstring("expects 6 factors"));
}

TEST_CASE("A program's own optimizer is a row like ours", "[train]") {
  register_rmsprop();
  Net net;
  ByHand hand(net, 0.01, 0, true);
  const auto optimizer = make_optimizer(
      net, {.name = "rmsprop", .lr = 0.01, .groups = kGroups, .own = RmsPropSettings{0.9}});
  for (int t = 0; t < 4; ++t) {
    net.set_gradients(t);
    const auto g = ByHand::gradients(net);
    for (std::size_t k = 0; k < g.size(); ++k) {
      hand.v[k] = 0.9 * hand.v[k] + 0.1 * g[k] * g[k];
      hand.w[k] -= hand.lr[k] * g[k] / (std::sqrt(hand.v[k]) + 1e-8);
    }
    optimizer->step();
  }
  hand.check_equal(net);
  CHECK(optimizer->state().at(0).name == "square_avg");

  Parameter<float> p(Tensor<float>(Shape{1}, 1.f));  // alpha is 0.99 where none is given
  p.grad = Tensor<float>(Shape{1}, 2.f);
  make_optimizer<float>({&p}, {.name = "rmsprop", .lr = 0.05})->step();
  CHECK(p.value[0] == Approx(1 - 0.05 * 2 / std::sqrt(0.01 * 4)).epsilon(1e-5));

  CHECK(known_optimizers() ==
        std::vector<std::string>{"adam", "adamw", "sgd", "adam-keras", "rmsprop"});
  CHECK(find_optimizer("rmsprop").settings.as<RmsPropSettings>().alpha == 0.99);
}

TEST_CASE("Rows and their own settings are checked", "[train]") {
  register_rmsprop();
  const auto refused = [](OptimizerSettings s, const char* why) {
    CHECK_THROWS_WITH(s.validate(), ContainsSubstring(why));
    CHECK_THROWS_AS(s.validate(), UsageError);
  };
  refused({.name = "lion"},
          "expects optimizer from adam, adamw, sgd, adam-keras, rmsprop, got \"lion\"");
  refused({.name = "rmsprop", .own = RmsPropSettings{2}},
          "[rmsprop] expects alpha in [0, 1], got 2");
  refused({.name = "rmsprop", .own = RmsPropSettings{NAN}}, "alpha in [0, 1], got nan");
  refused({.name = "rmsprop", .own = OptimizerSettings{}},
          "[rmsprop] expects its own settings, got another row's");
  refused({.own = RmsPropSettings{}}, "[adam] expects no settings of its own, got another row's");
  CHECK_THROWS_WITH(register_optimizer(find_optimizer("sgd")),
                    ContainsSubstring("already an optimizer named \"sgd\""));
  OptimizerRow nameless = find_optimizer("sgd");
  nameless.name.clear();
  CHECK_THROWS_WITH(register_optimizer(nameless), ContainsSubstring("expects a name"));
}
