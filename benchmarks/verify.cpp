#include "verify.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/random.h>
#include <sonant/nn/models/streaming.h>

namespace sonant::bench {
namespace {

Tensor<float> normal(Shape shape, std::uint64_t stream, float stddev) {
  Tensor<float> t(shape);
  Random(64, stream).fill_normal(t.span(), 0.0f, stddev);
  return t;
}

}  // namespace

double verify_limit(const kernels::KernelRow& row) { return 4 * row.accuracy; }

void verify_close(const Tensor<float>& got, const Tensor<float>& expected, const std::string& what,
                  double limit) {
  check(got.shape() == expected.shape(), "verification", what, " has shape ", got.shape(),
        ", the reference ", expected.shape());
  double largest = 0;
  for (float value : expected.span()) largest = std::max(largest, std::abs(double{value}));
  for (std::int64_t n = 0; n < got.size(); ++n) {
    const double error = std::abs(double{got[n]} - double{expected[n]});
    check(error <= limit * largest, "verification", what, "[", n, "] is ", got[n],
          ", the reference kernel gives ", expected[n], "; nothing was timed");
  }
}

KernelRun::KernelRun(const kernels::LstmKernel<float>& kernel, int input, int hidden,
                     std::span<const int> lengths)
    : kernel_(&kernel), input_(input), hidden_(hidden), layout_(lengths) {
  const std::int64_t N = layout_.rows(), D = input, H = hidden;
  const float scale = 1.0f / std::sqrt(static_cast<float>(H));
  x_ = normal({N, D}, 0, 1.0f);
  w_ih_ = normal({4 * H, D}, 1, scale);
  w_hh_ = normal({4 * H, H}, 2, scale);
  b_ih_ = normal({4 * H}, 3, 0.1f);
  b_hh_ = normal({4 * H}, 4, 0.1f);
  dh_ = normal({N, H}, 5, 1.0f);
  h_ = Tensor<float>({N, H});
  const kernels::LstmRows rows = {layout_.first_row().data(), layout_.active().data(),
                                  layout_.steps()};
  const kernels::LstmSizes sizes = kernel.sizes(input, hidden, rows);
  prepared_ = Tensor<float>({sizes.prepared});
  saved_ = Tensor<float>({sizes.saved});
  forward_workspace_ = Tensor<float>({sizes.forward_workspace});
  backward_workspace_ = Tensor<float>({sizes.backward_workspace});
  forward_args_.input = backward_args_.input = input;
  forward_args_.hidden = backward_args_.hidden = hidden;
  forward_args_.rows = backward_args_.rows = rows;
  forward_args_.parameters =
      backward_args_.parameters = {w_ih_.data(), w_hh_.data(), b_ih_.data(), b_hh_.data()};
  forward_args_.prepared = backward_args_.prepared = prepared_.data();
  forward_args_.x = backward_args_.x = x_.data();
  forward_args_.h = h_.data();
  forward_args_.saved = saved_.data();
  forward_args_.workspace = forward_workspace_.data();
  backward_args_.h = h_.data();
  backward_args_.saved = saved_.data();
  backward_args_.dh = dh_.data();
  backward_args_.workspace = backward_workspace_.data();
}

// Preparing belongs to the call: in training the parameters are new every time.
void KernelRun::forward() {
  const kernels::FlushDenormals guard;
  using kernels::LstmPart;
  if (kernel_->prepare)
    for (LstmPart part :
         {LstmPart::forward, LstmPart::recurrent_gradient, LstmPart::input_gradient})
      kernel_->prepare(input_, hidden_, forward_args_.parameters, part, prepared_.data());
  kernel_->forward(forward_args_);
}

void KernelRun::backward() {
  const kernels::FlushDenormals guard;
  if (dx_.empty()) {
    dx_ = Tensor<float>(x_.shape());
    dw_ih_ = Tensor<float>(w_ih_.shape());
    dw_hh_ = Tensor<float>(w_hh_.shape());
    db_ = Tensor<float>(b_ih_.shape());
    backward_args_.dx = dx_.data();
    backward_args_.dw_ih = dw_ih_.data();
    backward_args_.dw_hh = dw_hh_.data();
    backward_args_.db = db_.data();
  }
  kernel_->backward(backward_args_);
}

std::vector<Tensor<float>> KernelRun::results() {
  for (Tensor<float>* gradient : {&dx_, &dw_ih_, &dw_hh_, &db_}) gradient->fill(0.0f);
  forward();
  backward();
  return {h_, dx_, dw_ih_, dw_hh_, db_};
}

double KernelRun::forward_flops() const { return lstm_forward_flops(input_, hidden_, layout_); }
double KernelRun::backward_flops() const {
  return lstm_backward_flops(input_, hidden_, layout_, true);
}

void verify_kernel(const kernels::LstmKernel<float>& kernel, int input, int hidden,
                   std::span<const int> lengths) {
  constexpr const char* names[] = {"h", "dx", "dw_ih", "dw_hh", "db"};
  const auto& reference = kernels::lstm_kernels<float>().reference();
  const auto expected = KernelRun(reference, input, hidden, lengths).results();
  const auto got = KernelRun(kernel, input, hidden, lengths).results();
  for (std::size_t k = 0; k < got.size(); ++k)
    verify_close(got[k], expected[k], kernels::label(kernel) + ": " + names[k],
                 verify_limit(kernel));
}

void verify_training(const Utterances& batch) {
  Training fast, reference("reference");
  verify_close(fast.infer(batch), reference.infer(batch), "logits");
  for (int k = 0; k < 3; ++k) {
    const double loss = fast.step(batch), expected = reference.step(batch);
    check(std::abs(loss - expected) <= 1e-5 * expected, "verification", "the loss of step ", k + 1,
          " is ", loss, ", the reference kernel gives ", expected, "; nothing was timed");
  }
  // Adam's first steps move a weight by the rate whatever the size of its gradient, so a gradient
  // that is all but zero makes a difference of up to the rate.
  const auto parameters = fast.model().named_parameters();
  const auto expected = reference.model().named_parameters();
  for (std::size_t k = 0; k < parameters.size(); ++k)
    verify_close(parameters[k].value->grad, expected[k].value->grad,
                 "gradient of " + parameters[k].name, 1e-3);
}

void verify_streaming() {
  Training reference("reference");
  reference.step(make_utterances(first_lengths(8)));  // so that batch normalisation does something
  reference.model().eval();
  StreamingClassifier<float> stream(reference.model());
  const Utterances data = make_utterances(std::vector<int>{w_utterance});
  for (int t = 0; t < w_utterance; ++t) {
    const auto frame = data.features.span().subspan(static_cast<std::size_t>(t * w_features));
    stream.push(frame.first(w_features));
    const std::vector<int> lengths = {t + 1};
    const auto size = static_cast<std::size_t>((t + 1) * w_features);
    const Tensor<float> first({t + 1, w_features}, data.features.span().first(size));
    verify_close(Tensor<float>({1, w_classes}, stream.result().logits),
                 reference.infer({make_layout(lengths), first, {0}}),
                 "logits of frame " + std::to_string(t));
  }
}

void verify_stack(std::span<const int> sizes, std::span<const int> lengths) {
  LstmStack fast(sizes, lengths), reference(sizes, lengths, "reference");
  for (LstmStack* stack : {&fast, &reference}) {
    stack->forward();
    stack->forward_backward();
  }
  verify_close(fast.output(), reference.output(), "h");
  for (std::size_t k = 0; k < fast.parameters().size(); ++k)
    verify_close(fast.parameters()[k].grad, reference.parameters()[k].grad,
                 "gradient of parameter " + std::to_string(k));
}

}  // namespace sonant::bench
