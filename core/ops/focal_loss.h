// Focal loss: cross-entropy in which classes that are already told well count less. Lin et al.
// 2017, "Focal Loss for Dense Object Detection"; docs/losses.md.
#pragma once

#include <span>
#include <vector>

#include <sonant/core/ops/cross_entropy.h>

namespace sonant {

struct FocalOptions {
  double gamma = 2;                       // >= 0; 0 is cross-entropy
  PoolVector<double> alpha = {};          // C weights >= 0 of the classes, or empty: all 1
  Reduction reduction = Reduction::mean;  // mean divides by the sum of the labels' alphas
};

// loss = sum_b l_b / W,  l_b = - alpha_y (1 - p_by)^gamma log p_by,  docs/losses.md (1), where
//   p_b = softmax(z_b), y = label_b,  W = sum_b alpha_label_b for the mean, 1 for the sum.
// z (B,C) logits, labels [B] in [0,C) -> loss ().
//   dz_bc = alpha_y / W (gamma p (1-p)^(gamma-1) log p - (1-p)^gamma) ([c = y] - p_bc),  p = p_by
// Error for a label outside [0,C), an empty batch, gamma < 0, and where all of W's alphas are zero.
template <Real T>
Var<T> focal_loss(Var<T> logits, std::span<const int> labels, const FocalOptions& options = {});

}  // namespace sonant
