// A kernel variant that is no part of the library: a row of this program, by the recipe of
// docs/contributing.md ("Add a kernel variant").
#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include <sonant/core/kernels/lstm.h>
#include <sonant/nn/lstm.h>

#include "support/catch.h"
#include "support/close.h"
#include "support/lstm_case.h"

using namespace sonant;
using kernels::LstmKernel;

namespace {

// The reference on weights that are rounded to bfloat16: 8 of 24 bits are left.
const LstmKernel<float>& reference() { return kernels::lstm_kernels<float>().reference(); }

float rounded(float x) {
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(x) + 0x8000u) & 0xffff0000u);
}

kernels::LstmSizes sizes(int D, int H, const kernels::LstmRows& rows) {
  kernels::LstmSizes sizes = reference().sizes(D, H, rows);
  sizes.prepared = 4 * std::int64_t{H} * (D + H);
  return sizes;
}

void prepare(int D, int H, const kernels::LstmParameters<float>& p, kernels::LstmPart part,
             float* prepared) {
  if (part != kernels::LstmPart::forward) return;
  prepared = std::transform(p.w_ih, p.w_ih + 4 * H * D, prepared, rounded);
  std::transform(p.w_hh, p.w_hh + 4 * H * H, prepared, rounded);
}

// Forward and backward alike: the arguments with the rounded weights in place of the exact ones.
template <class Args>
Args with_prepared(Args args) {
  args.parameters.w_ih = args.prepared;
  args.parameters.w_hh = args.prepared + 4 * args.hidden * args.input;
  return args;
}
void forward(const kernels::LstmForward<float>& args) { reference().forward(with_prepared(args)); }
void backward(const kernels::LstmBackward<float>& args) {
  reference().backward(with_prepared(args));
}

const LstmKernel<float>& own_row() {
  static const LstmKernel<float>& row =
      kernels::lstm_kernels<float>().add({{.name = "rounded",
                                           .needs = {},
                                           .storage = kernels::Storage::bf16,
                                           .accuracy = 0.05,
                                           .choice = kernels::Choice::by_name,
                                           .idea = "weights in bfloat16"},
                                          sizes,
                                          prepare,
                                          forward,
                                          backward});
  return row;
}

}  // namespace

TEST_CASE("an own kernel is in the list, and is found by its name", "[kernels]") {
  const LstmKernel<float>& row = own_row();
  const std::vector<std::string> names = kernels::lstm_kernel_names();
  CHECK(std::count(names.begin(), names.end(), "rounded") == 1);
  CHECK(&kernels::lstm_kernels<float>().find("rounded") == &row);
  CHECK(&choose_lstm_kernel<float>("rounded") == &row);
  CHECK(lstm_kernel("rounded") == "rounded");
  CHECK(default_lstm_kernel() != "rounded");  // the last row, but only for who asks for it
  CHECK_THROWS_WITH(choose_lstm_kernel<double>("rounded"), ContainsSubstring("no kernel"));
}

TEST_CASE("an own kernel is held to the accuracy that its row tells", "[kernels]") {
  double worst = 0;
  for (const LstmCase& c : lstm_cases()) {
    const auto expected = run_lstm(kernels::lstm_kernels<double>().reference(), c);
    const LstmError error = compare(run_lstm(own_row(), c), expected);
    INFO(c << ": " << error.where);
    CHECK(error.worst <= own_row().accuracy);
    worst = std::max(worst, error.worst);
  }
  CHECK(worst > 100 * reference().accuracy);  // which is not that of the others
}

TEST_CASE("a layer runs an own kernel, which was found when the layer was made", "[kernels]") {
  const auto run = [](const std::string& kernel) {
    own_row();
    Lstm<float> layer({.input = 5, .hidden = 7, .kernel = kernel}, Random(3));
    CHECK(layer.kernel().name == kernel);
    set_default_lstm_kernel("blas");  // too late for this one
    Tape<float> tape;
    const auto x = tape.constant(test::normal<float>({9, 5}, 4));
    const auto h = layer({x, make_layout(std::vector<int>{4, 2, 3})}).data;
    set_default_lstm_kernel("");
    return h.value();
  };
  const Tensor<float> exact = run("reference"), own = run("rounded");
  CHECK(own != exact);
  CHECK(test::close(own, exact, own_row().accuracy, own_row().accuracy));
}
