#include <pthread.h>
#include <sonant/core/autograd.h>
#include <sonant/core/ops/ops.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include "support/golden.h"
#include "support/temp_folder.h"

using namespace sonant;
using namespace sonant::test;

namespace {

Tensor<double> scalar(double x) { return Tensor<double>::scalar(x); }

// y = 2 x that counts how often its derivative runs.
Var<double> counted(Var<double> x, int& runs) {
  return x.tape().record("counted", {x}, scalar(2 * x.value()[0]), [&runs](const Vjp<double>& v) {
    ++runs;
    v.din()[0] += 2 * v.dout()[0];
  });
}

// Runs f on a thread with little stack: recursion as deep as a long graph would crash.
template <class F>
void with_small_stack(F f) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 << 10);
  pthread_t thread;
  const auto call = [](void* argument) -> void* {
    (*static_cast<F*>(argument))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, call, &f) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace

TEST_CASE("autograd: a value used twice gets both gradients", "[core]") {
  Tape<double> tape;
  const auto a = tape.variable(scalar(3));
  const auto y = a + a;
  y.backward();
  CHECK(y.value().item() == 6);
  CHECK(a.grad().item() == 2);
}

TEST_CASE("autograd: a diamond, two ways from x to y", "[core]") {
  Tape<double> tape;
  const auto x = tape.variable(scalar(0.7));
  const auto a = exp(x), b = square(x);
  const auto y = a * b;  // x^2 e^x
  y.backward();
  CHECK(x.grad().item() == Approx(std::exp(0.7) * (0.49 + 1.4)).epsilon(1e-14));
}

TEST_CASE("autograd: each derivative runs once, those that are not needed never", "[core]") {
  Tape<double> tape;
  int through = 0, aside = 0, constant = 0;
  const auto x = tape.variable(scalar(1));
  auto y = counted(x, through);
  counted(x, aside);  // nothing uses it
  counted(tape.constant(scalar(1)), constant);
  y = y + y * y;
  y.backward();
  CHECK(through == 1);
  CHECK(aside == 0);
  CHECK(constant == 0);
  CHECK(x.grad().item() == 2 * (1 + 2 * 2));
}

TEST_CASE("autograd: constants get no gradient, variables do, unreached ones zeros", "[core]") {
  Tape<double> tape;
  const auto c = tape.constant(scalar(2)), x = tape.variable(scalar(3)),
             unused = tape.variable(normal({2}));
  CHECK_FALSE(c.needs_grad());
  CHECK(x.needs_grad());
  CHECK_FALSE((c * c).needs_grad());
  const auto y = c * x;
  CHECK(y.needs_grad());
  CHECK(tape.would_record({c, x}));
  CHECK_FALSE(tape.would_record({c}));
  CHECK_THROWS_WITH(x.grad(), "[grad] call backward() first");
  y.backward();
  CHECK(x.grad().item() == 2);
  CHECK(unused.grad() == Tensor<double>({2}));
  CHECK_THROWS_WITH(c.grad(), "[grad] the value is a constant: make it with variable()");
}

TEST_CASE("autograd: a parameter's gradient adds up until it is zeroed", "[core]") {
  Parameter<double> p(scalar(3));
  CHECK(p.grad.empty());
  for (double expected : {6.0, 12.0, 18.0}) {
    Tape<double> tape;
    square(tape.leaf(p)).backward();
    CHECK(p.grad.item() == expected);
  }
  p.zero_grad();
  Tape<double> tape;
  (tape.leaf(p) * tape.leaf(p)).backward();  // two leaves of one parameter
  CHECK(p.grad.item() == 6);
}

TEST_CASE("autograd: a leaf is the parameter's own memory", "[core]") {
  Parameter<double> p(normal({3}));
  Tape<double> tape;
  CHECK(tape.leaf(p).value().data() == p.value.data());
}

TEST_CASE("autograd: an operation with several results", "[core]") {
  const auto split = [](Var<double> x) {  // x (2) -> its first and its second element
    std::vector<Tensor<double>> parts = {scalar(x.value()[0]), scalar(x.value()[1])};
    return x.tape().record("split", std::vector<Var<double>>{x}, std::move(parts),
                           [](const Vjp<double>& v) {
                             for (int k : {0, 1})
                               if (v.has_dout(k)) v.din()[k] += v.dout(k)[0];
                           });
  };
  for (int used : {0, 1, 2}) {
    Tape<double> tape;
    const auto x = tape.variable(Tensor<double>({2}, {5, 7}));
    const auto parts = split(x);
    (used == 2 ? parts[0] * parts[1] : parts[static_cast<std::size_t>(used)]).backward();
    CHECK(x.grad() ==
          Tensor<double>({2}, {used == 2 ? 7.0 : used == 0, used == 2 ? 5.0 : used == 1}));
  }
}

TEST_CASE("autograd: a second backward is an error that says what to do", "[core]") {
  Tape<double> tape;
  const auto x = tape.variable(scalar(3));
  const auto y = square(x);
  y.backward();
  CHECK_THROWS_WITH(y.backward(),
                    "[backward] was already called on this recording: run forward again");
  CHECK(x.grad().item() == 6);  // and changed nothing
  CHECK_THROWS_WITH(
      square(x),
      "[square] this tape was used up by backward(): clear() it before the next forward");
  CHECK_THROWS_WITH(tape.variable(scalar(1)), ContainsSubstring("[variable]"));
}

TEST_CASE("autograd: a cleared tape records again, old values are refused", "[core]") {
  Tape<double> tape;
  const auto old = tape.variable(scalar(3));
  square(old).backward();
  tape.clear();
  CHECK(tape.size() == 0);
  CHECK_THROWS_WITH(old.value(), "[Tape] the value is from before this tape was cleared");
  CHECK_THROWS_WITH(old.grad(), ContainsSubstring("before this tape was cleared"));
  const auto x = tape.variable(scalar(4));
  CHECK_THROWS_WITH(x + old, ContainsSubstring("before this tape was cleared"));
  const auto y = square(x);
  y.backward();
  CHECK(x.grad().item() == 8);
}

TEST_CASE("autograd: values of two tapes do not mix", "[core]") {
  Tape<double> one, other;
  const auto x = one.variable(scalar(3)), y = other.variable(scalar(4));
  CHECK_THROWS_WITH(x * y, "[Tape] the value belongs to another tape");
  CHECK_THROWS_WITH(one.backward(y), ContainsSubstring("another tape"));
  CHECK_THROWS_WITH(Var<double>().value(), "[Var] is empty: it was never computed");
}

TEST_CASE("autograd: what cannot be differentiated is named", "[core]") {
  Tape<double> tape;
  CHECK_THROWS_WITH(tape.constant(scalar(1)).backward(),
                    "[backward] the value depends on no parameter or variable");
  CHECK_THROWS_WITH(tape.variable(normal({2, 3})).backward(),
                    "[backward] expects one element to differentiate, got (2,3)");
  const auto x = tape.variable(scalar(3));
  x.backward();  // of one element, with respect to itself
  CHECK(x.grad().item() == 1);
}

TEST_CASE("autograd: an inference tape computes and records no derivative", "[core]") {
  Tape<double> tape(TapeMode::inference);
  Parameter<double> p(scalar(3));
  const auto x = tape.leaf(p);
  const auto y = square(x) + tape.variable(scalar(1));
  CHECK(y.value().item() == 10);
  CHECK_FALSE(y.needs_grad());
  CHECK_THROWS_WITH(y.backward(), "[backward] this tape is for inference: nothing was recorded");
  CHECK(p.grad.empty());
}

TEST_CASE("autograd: what a derivative saved is released by backward and by clear", "[core]") {
  const auto saved = std::make_shared<int>(1);
  const auto record = [&](Tape<double>& tape) {
    const auto x = tape.variable(scalar(1));
    return tape.record("saver", {x}, scalar(1), [saved](const Vjp<double>&) {});
  };
  Tape<double> tape;
  record(tape).backward();
  CHECK(saved.use_count() == 1);
  tape.clear();
  record(tape);
  CHECK(saved.use_count() == 2);
  tape.clear();
  CHECK(saved.use_count() == 1);
  Tape<double> inference(TapeMode::inference);
  record(inference);
  CHECK(saved.use_count() == 1);  // not even kept
}

TEST_CASE("autograd: a chain of 100,000 nodes needs no stack", "[core]") {
  double gradient = 0;
  with_small_stack([&] {
    Tape<double> tape;
    const auto x = tape.variable(scalar(1));
    auto y = x;
    for (int i = 0; i < 100000; ++i) y = i % 2 == 0 ? y + 1e-6 : y * x;
    CHECK(tape.size() == 100001);
    y.backward();
    gradient = x.grad().item();
    tape.clear();
    y = tape.variable(scalar(1));
    for (int i = 0; i < 100000; ++i) y = -y;  // released by the destructor, without backward
  });
  // y = x^50001 + 1e-6 sum_k x^k, k = 1..50000: dy/dx at 1 by hand.
  CHECK(gradient == Approx(50001 + 1e-6 * 50000.0 * 50001 / 2).epsilon(1e-10));
}

TEST_CASE("autograd: the numbers of a random op are a new recording's, not the tape's", "[core]") {
  Tape<float> tape(TapeMode::record, 5, 6);
  CHECK(tape.seed() == 5);
  CHECK(tape.step() == 6);
  CHECK(tape.next_random_op() == 0);
  CHECK(tape.next_random_op() == 1);
  tape.clear();
  CHECK(tape.next_random_op() == 0);
}

TEST_CASE("autograd: marks tell what a layer computed", "[core]") {
  Tape<double> tape;
  const int layer = 0, other = 0;
  const auto x = tape.constant(scalar(1)), y = tape.constant(scalar(2));
  tape.mark(&layer, x);
  tape.mark(&layer, y);
  CHECK(tape.marked(&layer).value().item() == 2);  // the last
  CHECK_THROWS_WITH(tape.marked(&other).value(), ContainsSubstring("empty"));
}

TEST_CASE("autograd: the graph as Graphviz DOT", "[core]") {
  Parameter<double> w(normal({4, 3}));
  Tape<double> tape;
  const auto x = tape.variable(normal({2, 3}), "x \"quoted\" \\ input");
  const auto y = sum(tanh(linear(x, tape.leaf(w, "weight"))));
  std::ostringstream dot;
  tape.write_dot(dot);
  const std::string text = dot.str();
  for (const std::string part : {"digraph", "linear\\n(2,4)", "parameter\\nweight\\n(4,3)", "tanh",
                                 "sum\\n()", "n0 -> n2", "n1 -> n2", "n2 -> n3", "n3 -> n4"})
    CHECK_THAT(text, ContainsSubstring(part));
  std::ostringstream named;
  tape.write_dot(named, {{&w, "fc.weight"}});
  CHECK_THAT(named.str(), ContainsSubstring("parameter\\nfc.weight\\n(4,3)"));
  y.backward();
  std::ostringstream after;
  tape.write_dot(after);
  CHECK(after.str() == text);

  if (std::system("command -v dot >/dev/null") != 0) {
    WARN("Graphviz's dot is not installed: the graph was not parsed");
    return;
  }
  const TempFolder folder;
  const auto path = folder / "graph.dot";
  std::ofstream(path) << text;
  CHECK(
      std::system(("dot -Tsvg -o " + test::quoted(folder / "graph.svg") + " " + test::quoted(path))
                      .c_str()) == 0);
}
