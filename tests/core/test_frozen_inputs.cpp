// Every op with several inputs, with each subset of them wanted and each subset of its results
// used: a head on a frozen network must learn what it would learn on one that trains, too.
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm_unrolled.h>
#include <sonant/core/ops/ops.h>

#include <functional>
#include <string>
#include <vector>

#include "support/close.h"

using namespace sonant;
using namespace sonant::test;

namespace {

using Inputs = std::vector<Tensor<double>>;
using Values = std::vector<Var<double>>;
using Compute = std::function<Values(Tape<double>&, const Values&)>;

struct Case {
  std::string name;
  Inputs inputs;
  Compute compute;
};

// Bit k of `set`.
bool in_set(unsigned set, std::size_t k) { return (set >> k & 1) != 0; }

// sum_k <r_k, out_k> over the results in `used`, as a node of its own, with fixed random r.
Var<double> contract(const Values& out, unsigned used) {
  Values chosen;
  std::vector<Tensor<double>> r;
  double total = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    if (!in_set(used, k)) continue;
    chosen.push_back(out[k]);
    r.push_back(normal(out[k].shape(), 70 + k));
    for (std::int64_t i = 0; i < r.back().size(); ++i) total += r.back()[i] * out[k].value()[i];
  }
  return out.front().tape().record("contract", std::span<const Var<double>>(chosen),
                                   Tensor<double>::scalar(total), [r](const Vjp<double>& v) {
                                     for (std::size_t k = 0; k < r.size(); ++k) {
                                       const auto at = static_cast<int>(k);
                                       if (!v.wants(at)) continue;
                                       for (std::int64_t i = 0; i < r[k].size(); ++i)
                                         v.din(at)[i] += v.dout()[0] * r[k][i];
                                     }
                                   });
}

std::size_t result_count(const Case& c) {
  Tape<double> tape(TapeMode::inference);
  Values in;
  for (const auto& input : c.inputs) in.push_back(tape.constant(input));
  return c.compute(tape, in).size();
}

// Gradients of the inputs in `wanted`, in their order; the others are constants.
Inputs gradients(const Case& c, unsigned wanted, unsigned used) {
  Tape<double> tape;
  Values in;
  for (std::size_t k = 0; k < c.inputs.size(); ++k)
    in.push_back(in_set(wanted, k) ? tape.variable(c.inputs[k]) : tape.constant(c.inputs[k]));
  contract(c.compute(tape, in), used).backward();
  Inputs all;
  for (std::size_t k = 0; k < in.size(); ++k) {
    CHECK(in[k].needs_grad() == in_set(wanted, k));
    if (in_set(wanted, k)) all.push_back(in[k].grad());
  }
  return all;
}

bool is_zero(const Tensor<double>& x) {
  for (double v : x.span())
    if (v != 0) return false;
  return true;
}

// Some inputs do not act on some results: the bias of an LSTM's output gate not on its last c.
void check_case(const Case& c) {
  const auto inputs = static_cast<unsigned>(c.inputs.size());
  const auto results = static_cast<unsigned>(result_count(c));
  const unsigned everything = (1u << inputs) - 1, all_results = (1u << results) - 1;
  for (unsigned used = 1; used <= all_results; ++used) {
    const Inputs expected = gradients(c, everything, used);
    REQUIRE(expected.size() == inputs);
    for (unsigned wanted = 1; wanted < everything; ++wanted) {
      CAPTURE(c.name, wanted, used);
      const Inputs got = gradients(c, wanted, used);
      std::size_t n = 0;
      for (std::size_t k = 0; k < inputs; ++k) {
        if (!in_set(wanted, k)) continue;
        INFO("input " << k);
        CHECK(got[n++] == expected[k]);
      }
      CHECK(n == got.size());
    }
  }
  // A derivative is linear in what comes from above.
  Inputs sum = gradients(c, everything, 1);
  for (unsigned k = 1; k < results; ++k) {
    const Inputs more = gradients(c, everything, 1u << k);
    for (std::size_t i = 0; i < sum.size(); ++i)
      for (std::int64_t e = 0; e < sum[i].size(); ++e) sum[i][e] += more[i][e];
  }
  const Inputs all = gradients(c, everything, all_results);
  for (std::size_t i = 0; i < sum.size(); ++i) {
    CAPTURE(c.name, i);
    CHECK(close(all[i], sum[i], 1e-11, 1e-13));
    CHECK_FALSE(is_zero(all[i]));
  }
  Tape<double> tape;
  Values frozen;
  for (const auto& input : c.inputs) frozen.push_back(tape.constant(input));
  CHECK_THROWS_AS(contract(c.compute(tape, frozen), all_results).backward(), Error);
}

template <class F>
Case case_of(std::string name, Inputs inputs, F f) {
  return {std::move(name), std::move(inputs),
          [f](Tape<double>&, const Values& x) { return Values{f(x)}; }};
}

std::vector<Case> arithmetic_cases() {
  std::vector<Case> all;
  using Op = Var<double> (*)(Var<double>, Var<double>);
  const std::pair<const char*, Op> ops[] = {
      {"add", &add<double>}, {"sub", &sub<double>}, {"mul", &mul<double>}, {"div", &div<double>}};
  for (const auto& [name, op] : ops)
    for (const auto& [a, b] : {std::pair<Shape, Shape>{{3, 4}, {3, 4}},
                               {{3, 4}, {4}},
                               {{3, 1}, {1, 4}},
                               {{}, {2, 3}},
                               {{70, 130}, {70, 130}}})  // in several shards
      all.push_back(case_of(name, {uniform(a, 1, 2, 1), uniform(b, 1, 2, 2)},
                            [op = op](const Values& x) { return op(x[0], x[1]); }));
  return all;
}

std::vector<Case> product_cases() {
  std::vector<Case> all;
  for (bool ta : {false, true})
    for (bool tb : {false, true}) {
      const MatmulOptions options{ta, tb};
      const Shape a = ta ? Shape{4, 3} : Shape{3, 4}, b = tb ? Shape{5, 4} : Shape{4, 5};
      const auto f = [=](const Values& x) { return matmul(x[0], x[1], options); };
      all.push_back(case_of("matmul", {normal(a, 1), normal(b, 2)}, f));
      const auto batch = [](Shape s, std::int64_t n) { return s.inserted(0, n); };
      all.push_back(
          case_of("matmul, batches", {normal(batch(a, 2), 1), normal(batch(b, 2), 2)}, f));
      all.push_back(case_of("matmul, one b", {normal(batch(a, 2), 1), normal(b, 2)}, f));
      all.push_back(case_of("matmul, one a", {normal(a, 1), normal(batch(b, 2), 2)}, f));
    }
  all.push_back(case_of("linear", {normal({6, 3}, 1), normal({4, 3}, 2)},
                        [](const Values& x) { return linear(x[0], x[1]); }));
  all.push_back(case_of("linear, bias", {normal({6, 3}, 1), normal({4, 3}, 2), normal({4}, 3)},
                        [](const Values& x) { return linear(x[0], x[1], x[2]); }));
  return all;
}

std::vector<Case> normalisation_cases() {
  std::vector<Case> all;
  const Inputs inputs = {normal({9, 5}, 1), uniform({5}, 1, 2, 2), normal({5}, 3)};
  for (const BatchNormOptions options : {BatchNormOptions{}, {.training = false}, {.zero_rows = 4}})
    all.push_back(case_of("batch_norm", inputs, [options](const Values& x) {
      Tensor<double> mean({5}, 0.1), var({5}, 1.5);
      return batch_norm(x[0], x[1], x[2], mean, var, options);
    }));
  all.push_back(
      case_of("layer_norm", inputs, [](const Values& x) { return layer_norm(x[0], x[1], x[2]); }));
  return all;
}

std::vector<Case> shaping_cases() {
  return {case_of("concat, rows", {normal({2, 3}, 1), normal({1, 3}, 2), normal({4, 3}, 3)},
                  [](const Values& x) { return concat(x, 0); }),
          case_of("concat, columns", {normal({2, 3}, 1), normal({2, 1}, 2), normal({2, 4}, 3)},
                  [](const Values& x) { return concat(x, 1); })};
}

std::vector<Case> attention_cases() {
  std::vector<Case> all;
  for (const std::vector<int>& lengths : {std::vector<int>{2, 5, 1}, {90, 300, 200}})
    for (bool padded : {false, true}) {
      const Layout layout = make_layout(lengths);
      const std::vector<int> zeros =
          padded ? std::vector<int>{0, 2, 3} : std::vector<int>{};  // in the layout's order
      all.push_back({padded ? "soft_attention, padded" : "soft_attention",
                     {normal({layout->rows(), 20}, 1), normal({20, 1}, 2)},
                     [=](Tape<double>&, const Values& x) {
                       const auto out = soft_attention(Packed<double>{x[0], layout}, x[1], zeros);
                       return Values{out.context, out.weights};
                     }});
    }
  return all;
}

// x, four parameters, two initial states.
Inputs lstm_inputs(const PackedLayout& layout, std::int64_t D, std::int64_t H) {
  const std::int64_t B = layout.batch();
  return {normal({layout.rows(), D}, 1),
          normal({4 * H, D}, 2),
          normal({4 * H, H}, 3),
          normal({4 * H}, 4),
          normal({4 * H}, 5),
          normal({B, H}, 6),
          normal({B, H}, 7)};
}

template <class Lstm>
Case lstm_case(const std::string& name, const Layout& layout, bool initial, Lstm compute) {
  Inputs inputs = lstm_inputs(*layout, 3, 4);
  if (!initial) inputs.resize(5);
  return {name, inputs, [=](Tape<double>&, const Values& x) {
            std::optional<LstmState<double>> state;
            if (initial) state = LstmState<double>{x[5], x[6]};
            const LstmOutput<double> out = compute(
                Packed<double>{x[0], layout}, LstmWeights<double>{x[1], x[2], x[3], x[4]}, state);
            return Values{out.h.data, out.hn, out.cn};
          }};
}

std::vector<Case> lstm_cases() {
  std::vector<Case> all;
  const Layout layout = make_layout(std::vector<int>{2, 4, 1});
  for (bool reverse : {false, true})
    for (bool initial : {false, true}) {
      for (const auto* row : kernels::lstm_kernels<double>().usable_rows())
        all.push_back(lstm_case("lstm " + kernels::label(*row), layout, initial,
                                [=](const auto& x, const auto& weights, const auto& state) {
                                  return lstm(x, weights, {reverse, row}, state);
                                }));
      all.push_back(lstm_case("lstm_unrolled", layout, initial,
                              [=](const auto& x, const auto& weights, const auto& state) {
                                return lstm_unrolled(x, weights, {.reverse = reverse}, state);
                              }));
    }
  Inputs step = lstm_inputs(*make_layout(std::vector<int>{1, 1}), 3, 4);
  all.push_back({"lstm_step", step, [](Tape<double>&, const Values& x) {
                   const auto s = lstm_step<double>(x[0], {x[5], x[6]}, {x[1], x[2], x[3], x[4]});
                   return Values{s.h, s.c};
                 }});
  return all;
}

void check_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) check_case(c);
}

}  // namespace

TEST_CASE("frozen inputs: arithmetic", "[core][ops]") { check_cases(arithmetic_cases()); }
TEST_CASE("frozen inputs: products", "[core][ops]") { check_cases(product_cases()); }
TEST_CASE("frozen inputs: normalisations", "[core][ops]") { check_cases(normalisation_cases()); }
TEST_CASE("frozen inputs: concat", "[core][ops]") { check_cases(shaping_cases()); }
TEST_CASE("frozen inputs: attention", "[core][ops]") { check_cases(attention_cases()); }
TEST_CASE("frozen inputs: LSTMs", "[core][ops]") { check_cases(lstm_cases()); }

TEST_CASE("frozen inputs: one value in both places", "[core][ops]") {
  const Tensor<double> a = uniform({3, 3}, 1, 2, 1);
  const auto twice = [&](auto op) {
    Tape<double> tape;
    const auto x = tape.variable(a);
    contract({op(x, x)}, 1).backward();
    return x.grad();
  };
  // The two parts of the gradient, each with the other place frozen.
  const auto apart = [&](auto op) {
    Tensor<double> sum({3, 3});
    for (bool first : {true, false}) {
      Tape<double> tape;
      const auto x = tape.variable(a), frozen = tape.constant(a);
      contract({first ? op(x, frozen) : op(frozen, x)}, 1).backward();
      for (std::int64_t i = 0; i < sum.size(); ++i) sum[i] += x.grad()[i];
    }
    return sum;
  };
  const auto check_op = [&](auto op) { CHECK(close(twice(op), apart(op), 1e-13, 1e-15)); };
  check_op([](auto x, auto y) { return x + y; });
  check_op([](auto x, auto y) { return x - y; });
  check_op([](auto x, auto y) { return x * y; });
  check_op([](auto x, auto y) { return x / y; });
  check_op([](auto x, auto y) { return matmul(x, y); });
  check_op([](auto x, auto y) { return linear(x, y); });
  check_op([](auto x, auto y) { return concat({x, y}, 1); });
}

TEST_CASE("frozen inputs: a head learns on a frozen network", "[core][ops]") {
  // The LSTM below is constant, attention and classifier above it are trained.
  const Layout layout = make_layout(std::vector<int>{5, 3, 4});
  const Inputs below = lstm_inputs(*layout, 3, 4);
  const Tensor<double> u0 = normal({4, 1}, 21), w0 = normal({2, 4}, 22), b0 = normal({2}, 23);
  const auto* kernel = &kernels::lstm_kernels<double>().reference();
  const auto gradients_of = [&](bool frozen) {
    Tape<double> tape;
    Values in;
    for (const auto& x : below) in.push_back(frozen ? tape.constant(x) : tape.variable(x));
    const auto u = tape.variable(u0), w = tape.variable(w0), b = tape.variable(b0);
    const auto h = lstm<double>({in[0], layout}, {in[1], in[2], in[3], in[4]}, {.kernel = kernel});
    const auto logits = linear(soft_attention(h.h, u).context, w, b);
    cross_entropy(logits, std::vector<int>{0, 1, 1}).backward();
    return Inputs{u.grad(), w.grad(), b.grad()};
  };
  const Inputs frozen = gradients_of(true), trained = gradients_of(false);
  for (std::size_t k = 0; k < frozen.size(); ++k) {
    CAPTURE(k);
    CHECK(frozen[k] == trained[k]);
    CHECK_FALSE(is_zero(frozen[k]));
  }
}
