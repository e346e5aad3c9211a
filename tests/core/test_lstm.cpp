#include <string>
#include <vector>

#include <sonant/core/gradcheck.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/parallel.h>
#include <sonant/core/random.h>

#include "support/catch.h"

using namespace sonant;

namespace {

template <Real T>
Tensor<T> normal(Shape shape, std::uint64_t stream, T stddev = T(0.5)) {
  Tensor<T> t(shape);
  Random(11, stream).fill_normal(t.span(), T(0), stddev);
  return t;
}

// x, w_ih, w_hh, b_ih, b_hh, h0, c0
template <Real T>
std::vector<Tensor<T>> random_inputs(const PackedLayout& layout, int D, int H) {
  const std::int64_t N = layout.rows(), B = layout.batch(), G = 4 * H;
  return {normal<T>({N, D}, 1), normal<T>({G, D}, 2), normal<T>({G, H}, 3), normal<T>({G}, 4),
          normal<T>({G}, 5),    normal<T>({B, H}, 6), normal<T>({B, H}, 7)};
}

template <Real T>
LstmOutput<T> run(const Layout& layout, const std::vector<Var<T>>& in, const LstmOptions& options) {
  std::optional<LstmState<T>> initial;
  if (in.size() > 5) initial = LstmState<T>{in[5], in[6]};
  return lstm<T>({in[0], layout}, {in[1], in[2], in[3], in[4]}, options, initial);
}

std::vector<std::string> kernel_names() {
  std::vector<std::string> names;
  for (const auto& row : kernels::lstm_kernels<double>())
    if (isa_supported(row.isa) && (names.empty() || names.back() != row.name))
      names.push_back(row.name);
  return names;
}

// One value that depends on all three outputs, so that their gradients arrive together.
Var<double> joined(const LstmOutput<double>& out) {
  const auto copy = [](const Var<double>& v) { return v.value(); };
  Tensor<double> all({out.h.data.value().size() + 2 * out.hn.value().size()});
  std::int64_t n = 0;
  for (const auto& part : {copy(out.h.data), copy(out.hn), copy(out.cn)})
    for (double value : part.span()) all[n++] = value;
  return out.hn.tape().record("joined", {out.h.data, out.hn, out.cn}, all,
                              [](const Vjp<double>& v) {
                                std::int64_t i = 0;
                                for (int k = 0; k < 3; ++k)
                                  for (double& d : v.din(k).span()) d += v.dout()[i++];
                              });
}

}  // namespace

TEST_CASE("every kernel's gradients are the finite differences, in both directions", "[core]") {
  const std::vector<int> lengths = {2, 5, 5, 1, 3};
  const auto layout = make_layout(lengths);
  const auto all = random_inputs<double>(*layout, 3, 4);
  for (const std::string& name : kernel_names())
    for (bool reverse : {false, true})
      for (bool initial : {false, true}) {
        const std::vector<Tensor<double>> inputs(all.begin(), all.begin() + (initial ? 7 : 5));
        const auto report = gradcheck(
            [&](Tape<double>&, const std::vector<Var<double>>& in) {
              return joined(run<double>(layout, in, {reverse, name}));
            },
            inputs);
        INFO(name << (reverse ? " reverse" : "") << (initial ? " initial" : "") << ": " << report);
        CHECK(report.passed);
      }
}
