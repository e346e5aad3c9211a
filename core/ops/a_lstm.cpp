#include <sonant/core/ops/a_lstm.h>

#include <algorithm>
#include <array>
#include <string>

#include <sonant/core/kernels/a_lstm.h>
#include <sonant/core/ops/lstm.h>
#include <sonant/core/ops/sequence_shards.h>

namespace sonant {
namespace {

using kernels::ALstmKernel;
using kernels::Gate;
using kernels::LstmPart;
using kernels::StateMix;

// Inputs of the node, in this order; the last two only where there are such vectors.
enum Input { in_x, in_w_ih, in_w_hh, in_bias, in_w, in_w_h };

// One call of a_lstm(): what forward and backward share.
template <Real T>
struct FusedALstm {
  const ALstmKernel<T>* kernel;
  SequenceShards shards;
  int input, hidden, vectors;  // vectors: of w_state and w_state_h, how many there are
  StateCombination combination;
  PoolVector<int> offsets;
  bool combine_h, zero_past;
  bool wants_input;           // the gradient of x
  Tensor<T> prepared, saved;  // saved: one part per shard
  Tensor<T> a, b;

  FusedALstm(const Packed<T>& x, const ALstmWeights<T>& w, const ALstmOptions<T>& options)
      : kernel(options.kernel ? options.kernel : &choose_a_lstm_kernel<T>()),
        shards(x.layout, options.reverse),
        input(static_cast<int>(x.data.dim(1))),
        hidden(static_cast<int>(w.w_hh.dim(1))),
        vectors((w.w_state.empty() ? 0 : 1) + (w.w_state_h.empty() ? 0 : 1)),
        combination(options.combination),
        offsets(options.offsets),
        combine_h(options.combine_h),
        zero_past(options.zero_past),
        wants_input(x.data.needs_grad()) {}

  // Which input scores the cells, and which one h.
  int scores_c() const { return in_w; }
  int scores_h() const { return vectors == 2 ? in_w_h : in_w; }

  StateMix<T> mix(bool combined, const T* w) const {
    if (!combined || combination == StateCombination::none) return {};
    return {offsets.data(), static_cast<int>(offsets.size()),
            combination == StateCombination::attention ? w : nullptr, zero_past};
  }

  kernels::LstmSizes sizes(int shard) const {
    return kernel->sizes(input, hidden, static_cast<int>(offsets.size()), offsets.back(),
                         shards.rows(shard));
  }
  std::int64_t saved_begin(int shard) const {
    return shards.begin(shard, [&](int n) { return sizes(n).saved; });
  }

  void prepare(const kernels::LstmParameters<T>& parameters, bool for_backward) {
    prepared = Tensor<T>::uninitialized({sizes(0).prepared});
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

// What all shards have in common.
template <Real T>
kernels::ALstmBackward<T> backward_args(const FusedALstm<T>& run, const Vjp<T>& v) {
  const auto data = [&](int input) { return v.in(input).data(); };
  kernels::ALstmBackward<T> args{};
  args.lstm.input = run.input;
  args.lstm.hidden = run.hidden;
  args.lstm.parameters = {data(in_w_ih), data(in_w_hh), data(in_bias), nullptr};
  args.lstm.prepared = run.prepared.data();
  args.lstm.x = data(in_x);
  args.lstm.h = v.out().data();
  args.lstm.dh = v.dout().data();
  if (v.wants(in_x)) args.lstm.dx = v.din(in_x).data();
  args.c_mix = run.mix(true, run.vectors > 0 ? data(run.scores_c()) : nullptr);
  args.h_mix = run.mix(run.combine_h, run.vectors > 0 ? data(run.scores_h()) : nullptr);
  args.a = run.a.data();
  args.b = run.b.data();
  return args;
}

template <Real T>
void backward(const FusedALstm<T>& run, const Vjp<T>& v) {
  const std::int64_t D = run.input, H = run.hidden, G = Gate::count * H;
  bool wanted = false;
  for (int input = in_w_ih; input < in_w + run.vectors; ++input) wanted |= v.wants(input);
  // Parameter gradients of each shard: dw_ih, dw_hh, dbias, those of the vectors for c and h.
  const std::int64_t size = wanted ? G * (D + H + 1) + 2 * H : 0;
  auto partial = Tensor<T>::uninitialized({run.shards.count(), size});
  const kernels::ALstmBackward<T> args = backward_args(run, v);
  run.shards.template each<T>(run.sizes(0).backward_workspace, [&](int shard, T* workspace) {
    kernels::ALstmBackward<T> mine = args;
    mine.lstm.rows = run.shards.rows(shard);
    mine.lstm.saved = run.saved.data() + run.saved_begin(shard);
    if (wanted) {
      mine.lstm.dw_ih = partial.data() + shard * size;
      mine.lstm.dw_hh = mine.lstm.dw_ih + G * D;
      mine.lstm.db = mine.lstm.dw_hh + G * H;
      if (mine.c_mix.w) mine.dw_c = mine.lstm.db + G;
      if (mine.h_mix.w) mine.dw_h = mine.lstm.db + G + H;
      std::fill_n(mine.lstm.dw_ih, size, T(0));
    }
    mine.lstm.workspace = workspace;
    run.kernel->backward(mine);
  });
  const auto add = [&](int input, std::int64_t first, std::int64_t count) {
    if (v.wants(input)) run.shards.add(partial, first, count, v.din(input).data());
  };
  add(in_w_ih, 0, G * D);
  add(in_w_hh, G * D, G * H);
  add(in_bias, G * (D + H), G);
  if (args.c_mix.w) add(run.scores_c(), G * (D + H + 1), H);
  if (args.h_mix.w) add(run.scores_h(), G * (D + H + 1) + H, H);
}

// h, and c where it is asked for
template <Real T>
std::array<Tensor<T>, 2> forward(FusedALstm<T>& run, std::span<const Var<T>> inputs, bool keep,
                                 bool keep_cells) {
  const auto data = [&](int input) {
    return inputs[static_cast<std::size_t>(input)].value().data();
  };
  const std::int64_t N = run.shards.layout().rows(), K = std::ssize(run.offsets);
  std::array out = {Tensor<T>::uninitialized({N, run.hidden}),
                    Tensor<T>::uninitialized({keep_cells ? N : 0, run.hidden})};
  run.a = Tensor<T>({N, K});
  run.b = Tensor<T>({N, K});
  kernels::ALstmForward<T> args{};
  args.lstm.input = run.input;
  args.lstm.hidden = run.hidden;
  args.lstm.parameters = {data(in_w_ih), data(in_w_hh), data(in_bias), nullptr};
  run.prepare(args.lstm.parameters, keep);
  args.lstm.prepared = run.prepared.data();
  if (keep) run.saved = Tensor<T>::uninitialized({run.saved_begin(run.shards.count())});
  args.lstm.x = data(in_x);
  args.lstm.h = out[0].data();
  args.c_mix = run.mix(true, run.vectors > 0 ? data(run.scores_c()) : nullptr);
  args.h_mix = run.mix(run.combine_h, run.vectors > 0 ? data(run.scores_h()) : nullptr);
  args.a = run.a.data();
  args.b = run.b.data();
  args.c = keep_cells ? out[1].data() : nullptr;
  run.shards.template each<T>(run.sizes(0).forward_workspace, [&](int shard, T* workspace) {
    kernels::ALstmForward<T> mine = args;
    mine.lstm.rows = run.shards.rows(shard);
    if (keep) mine.lstm.saved = run.saved.data() + run.saved_begin(shard);
    mine.lstm.workspace = workspace;
    run.kernel->forward(mine);
  });
  return out;
}

template <Real T>
void check_shape(const char* name, const Var<T>& v, const Shape& shape, const char* letters,
                 std::source_location here = std::source_location::current()) {
  check(!v.empty(), {"a_lstm", here}, "expects ", name, " ", letters, ", got an empty value");
  check(v.shape() == shape, {"a_lstm", here}, "expects ", name, " ", letters, " = ", shape,
        ", got ", v.shape());
}

template <Real T>
void check_vectors(const ALstmWeights<T>& w, const ALstmOptions<T>& options, std::int64_t H) {
  const bool attention = options.combination == StateCombination::attention;
  check(attention || (w.w_state.empty() && w.w_state_h.empty()), "a_lstm",
        "expects w_state and w_state_h only where attention combines the states");
  if (attention) check_shape("w_state", w.w_state, {H}, "(H)");
  if (w.w_state_h.empty()) return;
  check(options.combine_h, "a_lstm", "expects no w_state_h where h is not combined");
  check_shape("w_state_h", w.w_state_h, {H}, "(H)");
}

}  // namespace

template <Real T>
void check_a_lstm_arguments(const Packed<T>& x, const ALstmWeights<T>& w,
                            const ALstmOptions<T>& options) {
  check(x.layout != nullptr, "a_lstm", "expects a packed batch, got one without a layout");
  // The weights first, among themselves: then they tell what x must be.
  check(w.w_hh.rank() == 2 && w.w_hh.dim(0) == 4 * w.w_hh.dim(1) && w.w_hh.dim(1) > 0, "a_lstm",
        "expects w_hh (4H,H), got ", w.w_hh.shape());
  const std::int64_t H = w.w_hh.dim(1);
  check(w.w_ih.rank() == 2 && w.w_ih.dim(0) == 4 * H && w.w_ih.dim(1) > 0, "a_lstm",
        "expects w_ih (4H,D) = (", 4 * H, ",D), got ", w.w_ih.shape());
  check_shape("bias", w.bias, {4 * H}, "(4H)");
  check_shape("x", x.data, {x.layout->rows(), w.w_ih.dim(1)}, "(N,D)");
  check(!options.offsets.empty(), "a_lstm", "expects at least one offset");
  int before = 0;
  for (int offset : options.offsets) {
    check(offset > before, "a_lstm", "expects offsets of at least 1 that rise, got ", offset,
          before == 0 ? "" : " after ", before == 0 ? "" : std::to_string(before));
    before = offset;
  }
  check_vectors(w, options, H);
}

// (x, w_ih, w_hh, bias [, w_state [, w_state_h]]) -> h.  docs/a_lstm.md (1)-(18).
// saves: what the kernel keeps of each row, its packed weights, a and b
template <Real T>
ALstmOutput<T> a_lstm(const Packed<T>& x, const ALstmWeights<T>& weights,
                      const ALstmOptions<T>& options) {
  check_a_lstm_arguments(x, weights, options);
  const std::array<Var<T>, in_w_h + 1> all = {x.data,       weights.w_ih,    weights.w_hh,
                                              weights.bias, weights.w_state, weights.w_state_h};
  FusedALstm<T> run(x, weights, options);
  const auto inputs =
      std::span<const Var<T>>(all).first(static_cast<std::size_t>(in_w + run.vectors));
  Tape<T>& tape = x.data.tape();
  auto [h, c] = forward(run, inputs, tape.would_record(inputs), options.keep_cells);
  Tensor<T> a = run.a, b = run.b;
  const Var<T> y = tape.record("a_lstm", inputs, std::move(h),
                               [run = std::move(run)](const Vjp<T>& v) { backward(run, v); });
  return {{y, x.layout}, std::move(a), std::move(b), std::move(c)};
}

template <Real T>
const ALstmKernel<T>& choose_a_lstm_kernel(std::string_view name) {
  return kernels::a_lstm_kernels<T>().find(lstm_kernel(name));
}

template const ALstmKernel<float>& choose_a_lstm_kernel(std::string_view);
template const ALstmKernel<double>& choose_a_lstm_kernel(std::string_view);
template void check_a_lstm_arguments(const Packed<float>&, const ALstmWeights<float>&,
                                     const ALstmOptions<float>&);
template void check_a_lstm_arguments(const Packed<double>&, const ALstmWeights<double>&,
                                     const ALstmOptions<double>&);
template ALstmOutput<float> a_lstm(const Packed<float>&, const ALstmWeights<float>&,
                                   const ALstmOptions<float>&);
template ALstmOutput<double> a_lstm(const Packed<double>&, const ALstmWeights<double>&,
                                    const ALstmOptions<double>&);

}  // namespace sonant
