#include <sonant/core/ops/elementwise.h>
#include <sonant/core/ops/matmul.h>
#include <sonant/core/ops/reduce.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/core/ops/soft_attention.h>
#include <sonant/core/ops/softmax.h>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

namespace {

const std::vector<int> lengths = {2, 5, 1, 5, 3};

// Padded steps of each sequence in a batch as long as its longest.
std::vector<int> padded_steps(const PackedLayout& layout) {
  std::vector<int> zeros;
  for (int length : lengths) zeros.push_back(layout.steps() - length);
  return zeros;
}

// (B,T,1): 1 at the steps that exist, in the caller's order.
template <Real T>
Tensor<T> step_mask(const PackedLayout& layout) {
  return unpack(Tensor<T>({layout.rows(), 1}, T(1)), layout);
}

// The same from basic ops on the padded batch.
template <Real T>
AttentionOutput<T> composed(const Packed<T>& h, Var<T> u, bool paper) {
  const auto padded = unpack(h);  // (B,T,H)
  const auto scores = matmul(padded, u);
  const auto alpha = paper ? softmax(scores, 1) : softmax(scores, step_mask<T>(*h.layout), 1);
  const auto context = matmul(alpha, padded, {.transpose_a = true});  // (B,1,H)
  return {reshape(context, {h.layout->batch(), -1}), pack(alpha, h.layout).data};
}

}  // namespace

TEST_CASE("soft_attention: values and gradients are PyTorch's", "[core][ops]") {
  const Layout layout = make_layout(lengths);
  const auto zeros = padded_steps(*layout);
  for (const std::string name : {"attention", "attention_paper"}) {
    const auto steps = name == "attention" ? std::span<const int>() : std::span<const int>(zeros);
    check_golden(name + "_context", [&](auto&, const auto& x) {
      return soft_attention(pack(x[0], layout), x[1], steps).context;
    });
    check_golden(name + "_weights", [&](auto&, const auto& x) {
      const auto weights = soft_attention(pack(x[0], layout), x[1], steps).weights;
      return unpack(decltype(pack(x[0], layout)){weights, layout});
    });
  }
}

TEST_CASE("soft_attention: derivatives equal finite differences", "[core][ops]") {
  const Layout layout = make_layout(lengths);
  const auto zeros = padded_steps(*layout);
  for (const auto& steps : {std::vector<int>(), zeros}) {
    const auto f = [=](const Vars& x) {
      return soft_attention(Packed<double>{x[0], layout}, x[1], steps);
    };
    const std::vector<Tensor<double>> inputs = {normal({16, 4}, 2), normal({4, 1}, 3)};
    check_gradients([=](auto&, const Vars& x) { return f(x).context; }, inputs);
    check_gradients([=](auto&, const Vars& x) { return f(x).weights; }, inputs);
    check_gradients(
        [=](auto&, const Vars& x) {
          const auto a = f(x);  // both results used at once
          return concat({reshape(square(a.context), {-1}), reshape(a.weights, {-1})}, 0);
        },
        inputs);
  }
}

TEST_CASE("soft_attention: the fused op equals its parts", "[core][ops]") {
  const Layout layout = make_layout(lengths);
  const auto zeros = padded_steps(*layout);
  const auto h = normal({layout->rows(), 6}, 2), u = normal({6, 1}, 3);
  for (bool paper : {false, true}) {
    Tape<double> fused, parts;
    const auto hf = fused.variable(h), uf = fused.variable(u), hc = parts.variable(h),
               uc = parts.variable(u);
    const auto f = soft_attention(Packed<double>{hf, layout}, uf,
                                  paper ? std::span<const int>(zeros) : std::span<const int>());
    const auto c = composed(Packed<double>{hc, layout}, uc, paper);
    CHECK(close(f.context.value(), c.context.value(), 1e-12, 1e-14));
    CHECK(close(f.weights.value(), c.weights.value(), 1e-12));
    const auto r = normal({layout->batch(), 6}, 4), s = normal({layout->rows(), 1}, 5);
    (sum(f.context * fused.constant(r)) + sum(f.weights * fused.constant(s))).backward();
    (sum(c.context * parts.constant(r)) + sum(c.weights * parts.constant(s))).backward();
    CHECK(close(hf.grad(), hc.grad(), 1e-12, 1e-14));
    CHECK(close(uf.grad(), uc.grad(), 1e-12, 1e-14));
  }
}

TEST_CASE("soft_attention: weights of a sequence add up to 1, less what padding takes",
          "[core][ops]") {
  const Layout layout = make_layout(lengths);
  Tape<double> tape;
  const Packed<double> h{tape.constant(normal({16, 4}, 2)), layout};
  const auto u = tape.constant(normal({4, 1}, 3));
  const auto zeros = padded_steps(*layout);
  const auto masked = soft_attention(h, u).weights, paper = soft_attention(h, u, zeros).weights;
  for (int b = 0; b < layout->batch(); ++b) {
    double total = 0, of_paper = 0;
    for (int t = 0; t < layout->lengths()[static_cast<std::size_t>(b)]; ++t) {
      total += masked.value()[layout->row(b, t)];
      of_paper += paper.value()[layout->row(b, t)];
    }
    CHECK(total == Approx(1).epsilon(1e-14));
    const int caller = layout->order()[static_cast<std::size_t>(b)];
    CHECK((zeros[static_cast<std::size_t>(caller)] == 0 ? of_paper == Approx(1).epsilon(1e-14)
                                                        : of_paper < 1));
  }
}

TEST_CASE("soft_attention: a sequence does not depend on the others of its batch", "[core][ops]") {
  const auto alone = normal({3, 4}, 2);
  for (const auto& others : {std::vector<int>{3}, {3, 9}, {3, 1, 3, 7}}) {
    std::vector<Tensor<double>> sequences = {alone};
    for (std::size_t b = 1; b < others.size(); ++b)
      sequences.push_back(normal({others[b], 4}, 10 + b));
    std::vector<const Tensor<double>*> pointers;
    for (const auto& s : sequences) pointers.push_back(&s);
    const Layout layout = make_layout(others);
    Tape<double> tape;
    const Packed<double> h{tape.constant(pack<double>(pointers, *layout)), layout};
    const auto context = soft_attention(h, tape.constant(normal({4, 1}, 3))).context;
    Tape<double> single;
    const std::vector<int> three = {3};
    const auto expected = soft_attention(Packed<double>{single.constant(alone), make_layout(three)},
                                         single.constant(normal({4, 1}, 3)))
                              .context;
    CHECK(close(slice(context, 0, 0, 1).value(), expected.value(), 1e-14));
  }
}

TEST_CASE("soft_attention: large scores do not overflow", "[core][ops]") {
  const std::vector<int> two = {2, 1}, zeros = {0, 3};
  const Layout layout = make_layout(two);
  Tape<float> tape;
  const auto u = tape.constant(Tensor<float>({1, 1}, 1.0f));
  // Rows: b0 t0, b1 t0, b0 t1.
  const Packed<float> h{tape.constant(Tensor<float>({3, 1}, {5000, -5000, 4999})), layout};
  const auto y = soft_attention(h, u, zeros);
  CHECK(y.weights.value()[0] == Approx(1 / (1 + std::exp(-1.0))));
  CHECK(y.weights.value()[1] == 0);  // all of it went to the padded steps
  CHECK(y.context.value()[1] == 0);
}

TEST_CASE("soft_attention: wrong arguments are named", "[core][ops]") {
  Tape<float> tape;
  const Layout layout = make_layout(lengths);
  const auto shaped = [&](Shape s) { return tape.constant(Tensor<float>(s)); };
  const Packed<float> h{shaped({16, 4}), layout};
  const std::vector<int> four = {0, 0, 0, 0}, negative = {0, 0, 0, 0, -1};
  CHECK_THROWS_WITH(soft_attention(Packed<float>{shaped({15, 4}), layout}, shaped({4, 1})),
                    "[soft_attention] expects h (16,H) for the layout, got (15,4)");
  CHECK_THROWS_WITH(soft_attention(h, shaped({4})),
                    "[soft_attention] expects u (4,1) for h (16,4), got (4)");
  CHECK_THROWS_WITH(soft_attention(h, shaped({4, 1}), four),
                    "[soft_attention] expects zero_steps for 5 sequences, got 4");
  CHECK_THROWS_WITH(soft_attention(h, shaped({4, 1}), negative), ContainsSubstring("got -1"));
  CHECK_THROWS_WITH(soft_attention(Packed<float>{shaped({16, 4}), nullptr}, shaped({4, 1})),
                    ContainsSubstring("layout"));
}
