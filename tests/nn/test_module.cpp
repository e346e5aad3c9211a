#include <sonant/nn/module.h>

#include "support/catch.h"

using namespace sonant;

namespace {

struct Leaf : Module<double> {
  Parameter<double> weight = Tensor<double>({2, 3}, 1.0);
  Tensor<double> mean{Shape{3}};
  std::int64_t seen = 0;
  void visit(Visitor<double>& v) override {
    v("weight", weight);
    v("mean", mean);
    v("seen", seen);
  }
  std::string kind() const override { return "Leaf"; }
};

struct Tree : Module<double> {
  Parameter<double> scale = Tensor<double>({1}, 2.0);
  Leaf left, right, inlined;
  void visit(Visitor<double>& v) override {
    v("scale", scale);
    v("left", left);
    v("right", right);
    v("", inlined);
  }
  std::string kind() const override { return "Tree"; }
};

std::vector<std::string> names(auto members) {
  std::vector<std::string> out;
  for (const auto& m : members) out.push_back(m.name);
  return out;
}

}  // namespace

TEST_CASE("a module lists its members under dotted names") {
  Tree tree;
  CHECK(names(tree.named_parameters()) ==
        std::vector<std::string>{"scale", "left.weight", "right.weight", "weight"});
  CHECK(names(tree.named_buffers()) == std::vector<std::string>{"left.mean", "right.mean", "mean"});
  CHECK(names(tree.members()) ==
        std::vector<std::string>{"scale", "left", "left.weight", "left.mean", "left.seen", "right",
                                 "right.weight", "right.mean", "right.seen", "", "weight", "mean",
                                 "seen"});
  CHECK(tree.parameter_count() == 1 + 3 * 6);
  CHECK(tree.parameters().at(1) == &tree.left.weight);
}

TEST_CASE("a copy of a module is deep and keeps its own names") {
  Tree tree;
  Tree copy = tree;
  copy.named_parameters().at(1).value->value[0] = 5;
  CHECK(copy.left.weight.value[0] == 5);
  CHECK(tree.left.weight.value[0] == 1);
  const Tree moved = std::move(copy);
  CHECK(moved.left.weight.value[0] == 5);
}

TEST_CASE("training mode and zero_grad reach every part") {
  Tree tree;
  CHECK(tree.right.training());
  tree.eval();
  CHECK_FALSE(tree.training());
  CHECK_FALSE(tree.right.training());
  CHECK_FALSE(tree.inlined.training());
  tree.train();
  CHECK(tree.left.training());

  for (Parameter<double>* p : tree.parameters()) p->grad = Tensor<double>(p->value.shape(), 3.0);
  tree.zero_grad();
  for (Parameter<double>* p : tree.parameters())
    for (double g : p->grad.span()) CHECK(g == 0);
}

TEST_CASE("a tape remembers what a layer computed") {
  Tape<double> tape(TapeMode::inference);
  Leaf layer, other;
  tape.mark(&layer, tape.constant(Tensor<double>({1}, 4.0)));
  tape.mark(&layer, tape.constant(Tensor<double>({1}, 5.0)));
  CHECK(tape.marked(&layer).value()[0] == 5);
  CHECK_THROWS_AS(tape.marked(&other).value(), Error);
  tape.clear();
  CHECK_THROWS_AS(tape.marked(&layer).value(), Error);
}
