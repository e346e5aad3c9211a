#include <sonant/core/ops/lstm.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <sonant/core/kernels/float_mode.h>
#include <sonant/core/kernels/lstm.h>
#include <sonant/core/parallel.h>

namespace sonant {
namespace {

using kernels::Gate;
using kernels::LstmKernel;
using kernels::LstmRows;

// Sequences per shard: enough rows to keep a kernel's register tiles full.
constexpr int shard_sequences = 16;
constexpr int max_shards = 64;

// One call of lstm(): what forward and backward share.
template <Real T>
struct FusedLstm {
  const LstmKernel<T>* kernel;
  Layout layout;
  int input, hidden, shards;
  bool reverse;
  Tensor<T> prepared, saved;  // saved: one part a shard

  FusedLstm(const Packed<T>& x, const LstmWeights<T>& w, const LstmOptions& options)
      : kernel(&kernels::find_lstm_kernel<T>(options.kernel.empty() ? default_lstm_kernel()
                                                                    : options.kernel)),
        layout(x.layout),
        input(static_cast<int>(x.data.dim(1))),
        hidden(static_cast<int>(w.w_hh.dim(1))),
        shards(std::clamp(layout->batch() / shard_sequences, 1, max_shards)),
        reverse(options.reverse) {}

  LstmRows rows(int shard) const {
    return {layout->first_row().data(),
            layout->active().data(),
            layout->steps(),
            shard,
            shards,
            reverse};
  }
  kernels::LstmSizes sizes(int shard) const { return kernel->sizes(input, hidden, rows(shard)); }
  static Tensor<T> scratch(std::int64_t size) { return Tensor<T>::uninitialized({size}); }

  // Where a shard's part of `saved` begins; for shard == shards, the size of it all.
  std::int64_t saved_begin(int shard) const {
    std::int64_t begin = 0;
    while (shard-- > 0) begin += round_up(sizes(shard).saved);
    return begin;
  }
  // To whole cache lines, in which kernels' vectors are aligned.
  static std::int64_t round_up(std::int64_t size) { return (size + 15) / 16 * 16; }

  // Runs body(shard) for all of them, in float without denormals.
  template <class Body>
  void each_shard(const Body& body) const {
    parallel_shards(shards, [&](int shard) {
      if constexpr (std::same_as<T, float>) {
        const kernels::FlushDenormals guard;
        body(shard);
      } else {
        body(shard);
      }
    });
  }
};

template <Real T>
void check_shapes(const Packed<T>& x, const LstmWeights<T>& w,
                  const std::optional<LstmState<T>>& initial) {
  check(x.layout != nullptr, "lstm", "expects a packed batch, got one without a layout");
  const std::int64_t N = x.layout->rows(), B = x.layout->batch();
  check(x.data.rank() == 2 && x.data.dim(0) == N, "lstm", "expects x (", N, ",D), got ",
        x.data.shape());
  check(w.w_hh.rank() == 2 && w.w_hh.dim(0) == 4 * w.w_hh.dim(1) && w.w_hh.dim(1) > 0, "lstm",
        "expects w_hh (4H,H), got ", w.w_hh.shape());
  const std::int64_t D = x.data.dim(1), H = w.w_hh.dim(1);
  check(D > 0 && w.w_ih.shape() == Shape({4 * H, D}), "lstm", "expects w_ih (4H,D) = (", 4 * H, ",",
        D, "), got ", w.w_ih.shape());
  for (const Var<T>& bias : {w.b_ih, w.b_hh})
    check(bias.shape() == Shape({4 * H}), "lstm", "expects biases (4H) = (", 4 * H, "), got ",
          bias.shape());
  if (!initial) return;
  for (const Var<T>& state : {initial->h, initial->c})
    check(state.shape() == Shape({B, H}), "lstm", "expects an initial state (B,H) = (", B, ",", H,
          "), got ", state.shape());
}

template <Real T>
void add(const T* from, Tensor<T>& to) {
  for (std::int64_t n = 0; n < to.size(); ++n) to[n] += from[n];
}

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
void backward(const FusedLstm<T>& run, bool has_initial, const Vjp<T>& v) {
  const std::int64_t D = run.input, H = run.hidden, G = Gate::count * H;
  const bool wants_weights =
      v.wants(in_w_ih) || v.wants(in_w_hh) || v.wants(in_b_ih) || v.wants(in_b_hh);
  // Parameter gradients of each shard: dw_ih, dw_hh, db.
  Tensor<T> partial({wants_weights ? run.shards : 0, G * (D + H + 1)});
  const kernels::LstmBackward<T> args = backward_args(run, has_initial, v);
  run.each_shard([&](int shard) {
    kernels::LstmBackward<T> mine = args;
    mine.rows = run.rows(shard);
    mine.saved = run.saved.data() + run.saved_begin(shard);
    if (wants_weights) {
      mine.dw_ih = partial.data() + shard * G * (D + H + 1);
      mine.dw_hh = mine.dw_ih + G * D;
      mine.db = mine.dw_hh + G * H;
    }
    auto workspace = run.scratch(run.sizes(shard).backward_workspace);
    mine.workspace = workspace.data();
    run.kernel->backward(mine);
  });
  // In the order of the shards, whichever thread computed them.
  for (int shard = 0; wants_weights && shard < run.shards; ++shard) {
    const T* mine = partial.data() + shard * G * (D + H + 1);
    if (v.wants(in_w_ih)) add(mine, v.din(in_w_ih));
    if (v.wants(in_w_hh)) add(mine + G * D, v.din(in_w_hh));
    if (v.wants(in_b_ih)) add(mine + G * (D + H), v.din(in_b_ih));
    if (v.wants(in_b_hh)) add(mine + G * (D + H), v.din(in_b_hh));
  }
}

// h, hn, cn
template <Real T>
std::vector<Tensor<T>> forward(FusedLstm<T>& run, const Packed<T>& x, const LstmWeights<T>& w,
                               const std::optional<LstmState<T>>& initial, bool keep) {
  const std::int64_t H = run.hidden, B = run.layout->batch();
  std::vector<Tensor<T>> out;
  for (std::int64_t rows : {run.layout->rows(), B, B})
    out.push_back(Tensor<T>::uninitialized({rows, H}));
  kernels::LstmForward<T> args{};
  args.input = run.input;
  args.hidden = run.hidden;
  args.parameters = {w.w_ih.value().data(), w.w_hh.value().data(), w.b_ih.value().data(),
                     w.b_hh.value().data()};
  run.prepared = run.scratch(run.sizes(0).prepared);
  if (run.kernel->prepare)
    run.kernel->prepare(run.input, run.hidden, args.parameters, keep, run.prepared.data());
  args.prepared = run.prepared.data();
  if (keep) run.saved = run.scratch(run.saved_begin(run.shards));
  args.x = x.data.value().data();
  if (initial) {
    args.h0 = initial->h.value().data();
    args.c0 = initial->c.value().data();
  }
  args.h = out[0].data();
  args.hn = out[1].data();
  args.cn = out[2].data();
  run.each_shard([&](int shard) {
    kernels::LstmForward<T> mine = args;
    mine.rows = run.rows(shard);
    if (keep) mine.saved = run.saved.data() + run.saved_begin(shard);
    auto workspace = run.scratch(run.sizes(shard).forward_workspace);
    mine.workspace = workspace.data();
    run.kernel->forward(mine);
  });
  return out;
}

std::string& chosen_kernel() {
  static std::string name;
  return name;
}

}  // namespace

// (x, w_ih, w_hh, b_ih, b_hh [, h0, c0]) -> (h, hn, cn).  docs/lstm.md (1)-(20).
// saves: what the kernel keeps of each row (docs/lstm.md, "What is saved"), and its packed weights
template <Real T>
LstmOutput<T> lstm(const Packed<T>& x, const LstmWeights<T>& weights, const LstmOptions& options,
                   const std::optional<LstmState<T>>& initial) {
  check_shapes(x, weights, initial);
  Tape<T>& tape = x.data.tape();
  std::vector<Var<T>> inputs = {x.data, weights.w_ih, weights.w_hh, weights.b_ih, weights.b_hh};
  if (initial) inputs.insert(inputs.end(), {initial->h, initial->c});
  const bool keep = std::any_of(inputs.begin(), inputs.end(),
                                [](const Var<T>& input) { return input.needs_grad(); });
  FusedLstm<T> run(x, weights, options);
  auto values = forward(run, x, weights, initial, keep);
  const auto out = tape.record("lstm", inputs, std::move(values),
                               [run = std::move(run), has_initial = initial.has_value()](
                                   const Vjp<T>& v) { backward(run, has_initial, v); });
  return {{out[0], x.layout}, out[1], out[2]};
}

std::string_view default_lstm_kernel() {
  if (!chosen_kernel().empty()) return chosen_kernel();
  if (const char* text = std::getenv("SONANT_KERNEL"); text != nullptr && *text != '\0')
    return text;
  return active_isa() == Isa::scalar ? "blas" : "simd";
}

void set_default_lstm_kernel(std::string_view name) {
  if (!name.empty()) kernels::find_lstm_kernel<float>(name);
  chosen_kernel() = name;
}

template LstmOutput<float> lstm(const Packed<float>&, const LstmWeights<float>&, const LstmOptions&,
                                const std::optional<LstmState<float>>&);
template LstmOutput<double> lstm(const Packed<double>&, const LstmWeights<double>&,
                                 const LstmOptions&, const std::optional<LstmState<double>>&);

}  // namespace sonant
