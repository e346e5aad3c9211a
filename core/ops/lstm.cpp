#include <sonant/core/ops/lstm.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include <sonant/core/kernels/lstm.h>
#include <sonant/core/ops/sequence_shards.h>
#include <sonant/core/ops/shaping.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

using kernels::Gate;
using kernels::LstmKernel;
using kernels::LstmPart;

// One call of lstm(): what forward and backward share.
template <Real T>
struct FusedLstm {
  const LstmKernel<T>* kernel;
  SequenceShards shards;
  int input, hidden;
  bool wants_input;           // the gradient of x
  Tensor<T> prepared, saved;  // saved: one part per shard

  FusedLstm(const Packed<T>& x, const LstmWeights<T>& w, const LstmOptions<T>& options)
      : kernel(options.kernel ? options.kernel : &choose_lstm_kernel<T>()),
        shards(x.layout, options.reverse),
        input(static_cast<int>(x.data.dim(1))),
        hidden(static_cast<int>(w.w_hh.dim(1))),
        wants_input(x.data.needs_grad()) {}

  kernels::LstmSizes sizes(int shard) const {
    return kernel->sizes(input, hidden, shards.rows(shard));
  }
  static Tensor<T> scratch(std::int64_t size) { return Tensor<T>::uninitialized({size}); }

  // Where a shard's part of `saved` begins; for shard == shards.count(), the size of it all.
  std::int64_t saved_begin(int shard) const {
    return shards.begin(shard, [&](int n) { return sizes(n).saved; });
  }

  void prepare(const kernels::LstmParameters<T>& parameters, bool for_backward) {
    prepared = scratch(sizes(0).prepared);
    if (kernel->prepare == nullptr) return;
    constexpr LstmPart parts[] = {LstmPart::forward, LstmPart::recurrent_gradient,
                                  LstmPart::input_gradient};
    parallel_shards(
        !for_backward ? 1
        : wants_input ? 3
                      : 2,
        [&](int n) { kernel->prepare(input, hidden, parameters, parts[n], prepared.data()); });
  }
};

}  // namespace

template <Real T>
void check_lstm_arguments(const Packed<T>& x, const LstmWeights<T>& w,
                          const std::optional<LstmState<T>>& initial) {
  check(x.layout != nullptr, "lstm", "expects a packed batch, got one without a layout");
  const std::int64_t N = x.layout->rows(), B = x.layout->batch();
  // The weights first, among themselves: then they tell what x must be.
  check(w.w_hh.rank() == 2 && w.w_hh.dim(0) == 4 * w.w_hh.dim(1) && w.w_hh.dim(1) > 0, "lstm",
        "expects w_hh (4H,H), got ", w.w_hh.shape());
  const std::int64_t H = w.w_hh.dim(1);
  check(w.w_ih.rank() == 2 && w.w_ih.dim(0) == 4 * H && w.w_ih.dim(1) > 0, "lstm",
        "expects w_ih (4H,D) = (", 4 * H, ",D), got ", w.w_ih.shape());
  const std::int64_t D = w.w_ih.dim(1);
  const auto expect = [](const char* name, const Var<T>& v, const Shape& shape, const char* letters,
                         std::source_location here = std::source_location::current()) {
    check(v.shape() == shape, {"lstm", here}, "expects ", name, " ", letters, " = ", shape,
          ", got ", v.shape());
  };
  expect("b_ih", w.b_ih, {4 * H}, "(4H)");
  expect("b_hh", w.b_hh, {4 * H}, "(4H)");
  expect("x", x.data, {N, D}, "(N,D)");
  if (!initial) return;
  expect("h0", initial->h, {B, H}, "(B,H)");
  expect("c0", initial->c, {B, H}, "(B,H)");
}

namespace {

// Inputs of the node, in this order.
enum Input { in_x, in_w_ih, in_w_hh, in_b_ih, in_b_hh, in_h0, in_c0 };

// A gradient of output k that nothing used is not even made.
template <Real T>
const T* dout_or_null(const Vjp<T>& v, int k) {
  return v.has_dout(k) ? v.dout(k).data() : nullptr;
}

// What all shards have in common.
template <Real T>
kernels::LstmBackward<T> backward_args(const FusedLstm<T>& run, bool has_initial, const Vjp<T>& v) {
  kernels::LstmBackward<T> args{};
  args.input = run.input;
  args.hidden = run.hidden;
  args.parameters = {v.in(in_w_ih).data(), v.in(in_w_hh).data(), v.in(in_b_ih).data(),
                     v.in(in_b_hh).data()};
  args.prepared = run.prepared.data();
  args.x = v.in(in_x).data();
  args.h = v.out(0).data();
  args.dh = dout_or_null(v, 0);
  args.dhn = dout_or_null(v, 1);
  args.dcn = dout_or_null(v, 2);
  if (v.wants(in_x)) args.dx = v.din(in_x).data();
  if (has_initial) {
    args.h0 = v.in(in_h0).data();
    args.c0 = v.in(in_c0).data();
    if (v.wants(in_h0)) args.dh0 = v.din(in_h0).data();
    if (v.wants(in_c0)) args.dc0 = v.din(in_c0).data();
  }
  return args;
}

template <Real T>
void add_parameter_gradients(const FusedLstm<T>& run, const Tensor<T>& partial, const Vjp<T>& v) {
  const std::int64_t D = run.input, H = run.hidden, G = Gate::count * H;
  const auto add = [&](Input input, std::int64_t first, std::int64_t count) {
    if (v.wants(input)) run.shards.add(partial, first, count, v.din(input).data());
  };
  add(in_w_ih, 0, G * D);
  add(in_w_hh, G * D, G * H);
  add(in_b_ih, G * (D + H), G);
  add(in_b_hh, G * (D + H), G);
}

template <Real T>
void backward(const FusedLstm<T>& run, bool has_initial, const Vjp<T>& v) {
  const std::int64_t D = run.input, H = run.hidden, G = Gate::count * H;
  const bool wants_weights =
      v.wants(in_w_ih) || v.wants(in_w_hh) || v.wants(in_b_ih) || v.wants(in_b_hh);
  // Parameter gradients of each shard: dw_ih, dw_hh, db.
  const std::int64_t weights = wants_weights ? G * (D + H + 1) : 0;
  auto partial = Tensor<T>::uninitialized({run.shards.count(), weights});
  const kernels::LstmBackward<T> args = backward_args(run, has_initial, v);
  run.shards.template each<T>(run.sizes(0).backward_workspace, [&](int shard, T* workspace) {
    kernels::LstmBackward<T> mine = args;
    mine.rows = run.shards.rows(shard);
    mine.saved = run.saved.data() + run.saved_begin(shard);
    if (wants_weights) {
      mine.dw_ih = partial.data() + shard * weights;
      mine.dw_hh = mine.dw_ih + G * D;
      mine.db = mine.dw_hh + G * H;
      std::fill_n(mine.dw_ih, weights, T(0));
    }
    mine.workspace = workspace;
    run.kernel->backward(mine);
  });
  if (wants_weights) add_parameter_gradients(run, partial, v);
}

// h, hn, cn
template <Real T>
std::array<Tensor<T>, 3> forward(FusedLstm<T>& run, std::span<const Var<T>> inputs, bool keep) {
  const auto data = [&](Input input) { return inputs[input].value().data(); };
  const PackedLayout& layout = run.shards.layout();
  const std::int64_t H = run.hidden, B = layout.batch();
  std::array out = {Tensor<T>::uninitialized({layout.rows(), H}), Tensor<T>::uninitialized({B, H}),
                    Tensor<T>::uninitialized({B, H})};
  kernels::LstmForward<T> args{};
  args.input = run.input;
  args.hidden = run.hidden;
  args.parameters = {data(in_w_ih), data(in_w_hh), data(in_b_ih), data(in_b_hh)};
  run.prepare(args.parameters, keep);
  args.prepared = run.prepared.data();
  if (keep) run.saved = run.scratch(run.saved_begin(run.shards.count()));
  args.x = data(in_x);
  if (inputs.size() > in_h0) {
    args.h0 = data(in_h0);
    args.c0 = data(in_c0);
  }
  args.h = out[0].data();
  args.hn = out[1].data();
  args.cn = out[2].data();
  run.shards.template each<T>(run.sizes(0).forward_workspace, [&](int shard, T* workspace) {
    kernels::LstmForward<T> mine = args;
    mine.rows = run.shards.rows(shard);
    if (keep) mine.saved = run.saved.data() + run.saved_begin(shard);
    mine.workspace = workspace;
    run.kernel->forward(mine);
  });
  return out;
}

// The name that "auto" stands for; an empty one leaves it to the registry.
struct DefaultKernel {
  std::string name, source;
};

bool is_automatic(std::string_view name) { return name.empty() || name == "auto"; }

DefaultKernel environment_kernel() {
  const char* text = std::getenv("SONANT_KERNEL");
  return {text == nullptr || is_automatic(text) ? "" : text, "SONANT_KERNEL"};
}

DefaultKernel& default_kernel() {
  static DefaultKernel chosen = environment_kernel();
  return chosen;
}

}  // namespace

// (x, w_ih, w_hh, b_ih, b_hh [, h0, c0]) -> (h, hn, cn).  docs/lstm.md (1)-(20).
// saves: what the kernel keeps of each row (docs/lstm.md, "What is saved"), and its packed weights
template <Real T>
LstmOutput<T> lstm(const Packed<T>& x, const LstmWeights<T>& weights, const LstmOptions<T>& options,
                   const std::optional<LstmState<T>>& initial) {
  check_lstm_arguments(x, weights, initial);
  Tape<T>& tape = x.data.tape();
  // Kernels count sequences as they are sorted.
  const PackedLayout& layout = *x.layout;
  const auto reordered = [&](Var<T> rows, std::span<const int> order) {
    return layout.sorted() ? rows : gather(rows, 0, order);
  };
  std::array<Var<T>, in_c0 + 1> all = {x.data, weights.w_ih, weights.w_hh, weights.b_ih,
                                       weights.b_hh};
  if (initial) {
    all[in_h0] = reordered(initial->h, layout.order());
    all[in_c0] = reordered(initial->c, layout.order());
  }
  const auto inputs = std::span<const Var<T>>(all).first(initial ? all.size() : std::size_t{in_h0});
  const bool keep = tape.would_record(inputs);
  FusedLstm<T> run(x, weights, options);
  auto values = forward(run, inputs, keep);
  const auto out = tape.record("lstm", inputs, std::span<Tensor<T>>(values),
                               [run = std::move(run), has_initial = initial.has_value()](
                                   const Vjp<T>& v) { backward(run, has_initial, v); });
  return {
      {out[0], x.layout}, reordered(out[1], layout.places()), reordered(out[2], layout.places())};
}

template <Real T>
const LstmKernel<T>& choose_lstm_kernel(std::string_view name) {
  if (!is_automatic(name)) return kernels::lstm_kernels<T>().find(name);
  return kernels::lstm_kernels<T>().find(default_kernel().name, default_kernel().source);
}

void set_default_lstm_kernel(std::string_view name) {
  default_kernel() =
      is_automatic(name) ? environment_kernel() : DefaultKernel{lstm_kernel(name), ""};
}

std::string lstm_kernel(std::string_view name) { return choose_lstm_kernel<float>(name).name; }

std::string default_lstm_kernel() { return lstm_kernel(""); }

template const LstmKernel<float>& choose_lstm_kernel(std::string_view);
template const LstmKernel<double>& choose_lstm_kernel(std::string_view);
template void check_lstm_arguments(const Packed<float>&, const LstmWeights<float>&,
                                   const std::optional<LstmState<float>>&);
template void check_lstm_arguments(const Packed<double>&, const LstmWeights<double>&,
                                   const std::optional<LstmState<double>>&);
template LstmOutput<float> lstm(const Packed<float>&, const LstmWeights<float>&,
                                const LstmOptions<float>&, const std::optional<LstmState<float>>&);
template LstmOutput<double> lstm(const Packed<double>&, const LstmWeights<double>&,
                                 const LstmOptions<double>&,
                                 const std::optional<LstmState<double>>&);

}  // namespace sonant
