// oneDNN's LSTM primitives: the layers alone, without attention, loss or optimizer. It computes all
// sequences to the length of the longest, so its problems have sequences of one length. Frame by
// frame it carries the layers' states, without the attention and the result.
#include <cmath>
#include <dnnl.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "peers/serve.h"
#include "problems.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

using Arguments = std::unordered_map<int, dnnl::memory>;
using Desc = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;

struct Context {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
};

Desc plain(const dnnl::memory::dims& dims, Tag tag) {
  return {dims, dnnl::memory::data_type::f32, tag};
}

// One layer, forward and backward. Weights are given in the layout the framework keeps them in and
// reordered at every call, as in training, where they change at every step.
class Layer {
 public:
  enum class Mode { infer, train, carry };  // carry: go on from the state of the call before
  Layer(Context& context, int T, int B, int D, int H, Mode mode, const Parameter<float>* p);
  void forward(const dnnl::memory& x);
  void reset();  // the carried state to zero
  void backward(const dnnl::memory& x, const dnnl::memory& dh);
  dnnl::memory h, dx;
  // dw_hh as (4H,H).
  Tensor<float> recurrent_gradient();

 private:
  void load(const Parameter<float>* p);
  void reorder(dnnl::memory& from, dnnl::memory& to) {
    dnnl::reorder(from, to).execute(c_.stream, from, to);
  }
  static void clear(dnnl::memory& memory) {
    std::fill_n(static_cast<char*>(memory.get_data_handle()), memory.get_desc().get_size(),
                char(0));
  }

  Context& c_;
  int D_, H_;
  bool train_, carry_;
  dnnl::lstm_forward::primitive_desc forward_desc_;
  dnnl::lstm_backward::primitive_desc backward_desc_;
  dnnl::lstm_forward forward_;
  dnnl::lstm_backward backward_;
  dnnl::memory w_ih_, w_hh_, bias_;  // plain
  dnnl::memory packed_ih_, packed_hh_, packed_ih_back_, packed_hh_back_, workspace_;
  dnnl::memory state_[2][2];  // h and c, before and after
  dnnl::memory zero_state_, dw_ih_, dw_hh_, db_, dstate_h_, dstate_c_;
};

Layer::Layer(Context& context, int T, int B, int D, int H, Mode mode, const Parameter<float>* p)
    : c_(context), D_(D), H_(H), train_(mode == Mode::train), carry_(mode == Mode::carry) {
  const Desc x = plain({T, B, D}, Tag::tnc), y = plain({T, B, H}, Tag::tnc), none;
  const Desc state = plain({1, 1, B, H}, Tag::ldnc);
  const Desc w_ih = plain({1, 1, D, 4, H}, Tag::any), w_hh = plain({1, 1, H, 4, H}, Tag::any);
  const Desc bias = plain({1, 1, 4, H}, Tag::ldgo);
  const auto direction = dnnl::rnn_direction::unidirectional_left2right;
  const Desc last = carry_ ? state : none;
  const auto kind = train_ ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  forward_desc_ = {{kind, direction, x, state, state, w_ih, w_hh, bias, y, last, last}, c_.engine};
  forward_ = dnnl::lstm_forward(forward_desc_);
  h = dnnl::memory(y, c_.engine);
  // Without an initial state, release 2.6.3 takes what it finds in the workspace for it in dw_hh.
  zero_state_ = dnnl::memory(state, c_.engine);
  clear(zero_state_);
  for (auto& before_and_after : state_)
    for (dnnl::memory& memory : before_and_after) memory = dnnl::memory(state, c_.engine);
  reset();
  load(p);
  packed_ih_ = dnnl::memory(forward_desc_.weights_layer_desc(), c_.engine);
  packed_hh_ = dnnl::memory(forward_desc_.weights_iter_desc(), c_.engine);
  reorder(w_ih_, packed_ih_);
  reorder(w_hh_, packed_hh_);
  if (!train_) return;
  workspace_ = dnnl::memory(forward_desc_.workspace_desc(), c_.engine);
  backward_desc_ = {{dnnl::prop_kind::backward,
                     direction,
                     x,
                     state,
                     state,
                     w_ih,
                     w_hh,
                     bias,
                     y,
                     none,
                     none,
                     x,
                     state,
                     state,
                     w_ih,
                     w_hh,
                     bias,
                     y,
                     none,
                     none},
                    c_.engine,
                    forward_desc_};
  backward_ = dnnl::lstm_backward(backward_desc_);
  packed_ih_back_ = dnnl::memory(backward_desc_.weights_layer_desc(), c_.engine);
  packed_hh_back_ = dnnl::memory(backward_desc_.weights_iter_desc(), c_.engine);
  dw_ih_ = dnnl::memory(backward_desc_.diff_weights_layer_desc(), c_.engine);
  dw_hh_ = dnnl::memory(backward_desc_.diff_weights_iter_desc(), c_.engine);
  db_ = dnnl::memory(bias, c_.engine);
  dx = dnnl::memory(x, c_.engine);
  dstate_h_ = dnnl::memory(state, c_.engine);
  dstate_c_ = dnnl::memory(state, c_.engine);
}

// The parameters of the LSTM, plain.
void Layer::load(const Parameter<float>* p) {
  w_ih_ = dnnl::memory(plain({1, 1, D_, 4, H_}, Tag::ldgoi), c_.engine);  // PyTorch's (4H,D)
  w_hh_ = dnnl::memory(plain({1, 1, H_, 4, H_}, Tag::ldgoi), c_.engine);
  bias_ = dnnl::memory(plain({1, 1, 4, H_}, Tag::ldgo), c_.engine);
  std::copy_n(p[0].value.data(), 4 * H_ * D_, static_cast<float*>(w_ih_.get_data_handle()));
  std::copy_n(p[1].value.data(), 4 * H_ * H_, static_cast<float*>(w_hh_.get_data_handle()));
  auto* b = static_cast<float*>(bias_.get_data_handle());
  for (int k = 0; k < 4 * H_; ++k) b[k] = p[2].value[k] + p[3].value[k];
}

void Layer::forward(const dnnl::memory& x) {
  if (train_) {
    reorder(w_ih_, packed_ih_);
    reorder(w_hh_, packed_hh_);
  }
  Arguments a = {{DNNL_ARG_SRC_LAYER, x},
                 {DNNL_ARG_SRC_ITER, carry_ ? state_[0][0] : zero_state_},
                 {DNNL_ARG_SRC_ITER_C, carry_ ? state_[0][1] : zero_state_},
                 {DNNL_ARG_WEIGHTS_LAYER, packed_ih_},
                 {DNNL_ARG_WEIGHTS_ITER, packed_hh_},
                 {DNNL_ARG_BIAS, bias_},
                 {DNNL_ARG_DST_LAYER, h}};
  if (train_) a[DNNL_ARG_WORKSPACE] = workspace_;
  if (carry_) {
    a[DNNL_ARG_DST_ITER] = state_[1][0];
    a[DNNL_ARG_DST_ITER_C] = state_[1][1];
    std::swap(state_[0], state_[1]);
  }
  forward_.execute(c_.stream, a);
}

void Layer::reset() {
  for (dnnl::memory& memory : state_[0]) clear(memory);
}

void Layer::backward(const dnnl::memory& x, const dnnl::memory& dh) {
  reorder(w_ih_, packed_ih_back_);
  reorder(w_hh_, packed_hh_back_);
  for (dnnl::memory* gradient : {&dw_ih_, &dw_hh_, &db_}) clear(*gradient);  // oneDNN adds
  backward_.execute(c_.stream, {{DNNL_ARG_SRC_LAYER, x},
                                {DNNL_ARG_SRC_ITER, zero_state_},
                                {DNNL_ARG_SRC_ITER_C, zero_state_},
                                {DNNL_ARG_WEIGHTS_LAYER, packed_ih_back_},
                                {DNNL_ARG_WEIGHTS_ITER, packed_hh_back_},
                                {DNNL_ARG_BIAS, bias_},
                                {DNNL_ARG_DST_LAYER, h},
                                {DNNL_ARG_WORKSPACE, workspace_},
                                {DNNL_ARG_DIFF_SRC_LAYER, dx},
                                {DNNL_ARG_DIFF_SRC_ITER, dstate_h_},
                                {DNNL_ARG_DIFF_SRC_ITER_C, dstate_c_},
                                {DNNL_ARG_DIFF_WEIGHTS_LAYER, dw_ih_},
                                {DNNL_ARG_DIFF_WEIGHTS_ITER, dw_hh_},
                                {DNNL_ARG_DIFF_BIAS, db_},
                                {DNNL_ARG_DIFF_DST_LAYER, dh}});
}

Tensor<float> Layer::recurrent_gradient() {
  dnnl::memory out(plain({1, 1, H_, 4, H_}, Tag::ldgoi), c_.engine);
  reorder(dw_hh_, out);
  c_.stream.wait();
  Tensor<float> t({4 * H_, H_});
  std::copy_n(static_cast<const float*>(out.get_data_handle()), t.size(), t.data());
  return t;
}

// Packed rows of sequences of one length are oneDNN's (T,B,D).
struct Stack {
  Context context;
  std::vector<Layer> layers;
  dnnl::memory x, dh;
  bool train;

  Stack(const std::vector<int>& sizes, int T, int B, Layer::Mode mode, const LstmStack& same)
      : train(mode == Layer::Mode::train) {
    for (std::size_t k = 1; k < sizes.size(); ++k)
      layers.emplace_back(context, T, B, sizes[k - 1], sizes[k], mode,
                          &same.parameters()[4 * (k - 1)]);
    x = dnnl::memory(plain({T, B, sizes.front()}, Tag::tnc), context.engine);
    dh = dnnl::memory(plain({T, B, sizes.back()}, Tag::tnc), context.engine);
    std::copy_n(same.input().data(), T * B * sizes.front(),
                static_cast<float*>(x.get_data_handle()));
    std::copy_n(same.doutput().data(), T * B * sizes.back(),
                static_cast<float*>(dh.get_data_handle()));
  }

  void run() {
    for (std::size_t k = 0; k < layers.size(); ++k) layers[k].forward(k == 0 ? x : layers[k - 1].h);
    for (std::size_t k = layers.size(); train && k-- > 0;)
      layers[k].backward(k == 0 ? x : layers[k - 1].h,
                         k + 1 == layers.size() ? dh : layers[k + 1].dx);
    context.stream.wait();
  }
};

void verify_close(const float* got, const Tensor<float>& expected, const char* what) {
  double largest = 0;
  for (float value : expected.span()) largest = std::max(largest, std::abs(double{value}));
  for (std::int64_t n = 0; n < expected.size(); ++n)
    check(std::abs(double{got[n]} - double{expected[n]}) <= 1e-4 * largest, "verification", what,
          "[", n, "] is ", got[n], ", Sonant's reference kernel gives ", expected[n]);
}

std::function<void()> prepare(const std::vector<int>& sizes, int T, int B, bool train) {
  LstmStack same(sizes, std::vector<int>(static_cast<std::size_t>(B), T), "reference");
  const auto mode = train ? Layer::Mode::train : Layer::Mode::infer;
  const auto stack = std::make_shared<Stack>(sizes, T, B, mode, same);
  stack->run();
  same.forward();
  verify_close(static_cast<const float*>(stack->layers.back().h.get_data_handle()), same.output(),
               "h");
  if (train) {
    same.forward_backward();
    verify_close(stack->layers.front().recurrent_gradient().data(), same.parameters()[1].grad,
                 "dw_hh");
  }
  return [=] { stack->run(); };
}

// The layers over an utterance of T frames, one at a time.
std::function<void()> prepare_stream(const std::vector<int>& sizes, int T) {
  const auto same = std::make_shared<LstmStack>(sizes, std::vector<int>{T}, "reference");
  const auto stack = std::make_shared<Stack>(sizes, 1, 1, Layer::Mode::carry, *same);
  const auto utterance = [=] {
    for (Layer& layer : stack->layers) layer.reset();
    for (int t = 0; t < T; ++t) {
      std::copy_n(same->input().data() + t * sizes.front(), sizes.front(),
                  static_cast<float*>(stack->x.get_data_handle()));
      stack->run();
    }
  };
  utterance();
  same->forward();
  const std::int64_t H = sizes.back();
  const Tensor<float> last({1, H}, same->output().span().last(static_cast<std::size_t>(H)));
  verify_close(static_cast<const float*>(stack->layers.back().h.get_data_handle()), last, "h");
  return utterance;
}

}  // namespace

int main() {
  const std::vector<int> w = {w_features, w_features, w_hidden}, l = {l_input, l_hidden};
  const dnnl_version_t* v = dnnl_version();
  const std::string version =
      std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
  return serve("oneDNN", version,
               {{"stream", [=] { return prepare_stream(w, w_utterance); }},
                {"layers/1/forward", [=] { return prepare(w, w_utterance, 1, false); }},
                {"layers/32/forward", [=] { return prepare(w, w_utterance, 32, false); }},
                {"layers/32", [=] { return prepare(w, w_utterance, 32, true); }},
                {"large/32", [=] { return prepare(l, l_steps, l_batch, true); }}});
}
