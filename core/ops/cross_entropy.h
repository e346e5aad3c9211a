// Cross-entropy of class scores, as torch.nn.functional.cross_entropy.
#pragma once

#include <span>
#include <vector>

#include <sonant/core/autograd.h>

namespace sonant {

enum class Reduction { mean, sum };

struct CrossEntropyOptions {
  PoolVector<double> class_weights = {};  // C weights >= 0, or empty: all 1
  double label_smoothing = 0;             // in [0,1]: share spread evenly over all classes
  Reduction reduction = Reduction::mean;  // mean divides by the sum of the labels' weights
};

// loss = sum_b l_b / W,  l_b = -sum_c q_bc log softmax(z_b)_c,  with  docs/softmax.md (6)-(8)
//   q_bc = (1 - smoothing) w_c [c = label_b] + smoothing w_c / C,
//   W = sum_b w_label_b for the mean, 1 for the sum.
// z (B,C) logits, labels [B] in [0,C) -> loss ().  dz = (softmax(z) sum_c q_bc - q_bc) / W.
// Error for a label outside [0,C), an empty batch, and where all of W's weights are zero.
template <Real T>
Var<T> cross_entropy(Var<T> logits, std::span<const int> labels,
                     const CrossEntropyOptions& options = {});

}  // namespace sonant
