// Soft attention over the steps of each sequence of a packed batch. docs/attention.md
#pragma once

#include <span>

#include <sonant/core/packed.h>

namespace sonant {

template <Real T>
struct AttentionOutput {
  Var<T> context;  // (B,H), one row for each sequence, in the caller's order
  Var<T> weights;  // (N,1), alpha of every packed row
};

// For each sequence b, over its own steps t only:  docs/attention.md (1)-(3)
//   e_t = <u, h_t>,   alpha_t = exp(e_t) / sum_s exp(e_s),   context_b = sum_t alpha_t h_t
// h (N,H) packed, u (H,1) -> context (B,H), weights (N,1)
//
// zero_steps: empty, or for each sequence, in the caller's order, a number of padded steps with h =
// 0. They score e = 0 and take their share of the softmax, as in the published system ("paper"
// mode), but are not stored and add nothing to the context.  docs/attention.md (4)
template <Real T>
AttentionOutput<T> soft_attention(const Packed<T>& h, Var<T> u,
                                  std::span<const int> zero_steps = {});

}  // namespace sonant
