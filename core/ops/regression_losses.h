// Losses of predicted numbers: docs/losses.md. Predictions x are (B) or (B,1), targets y are [B].
#pragma once

#include <span>

#include <sonant/core/autograd.h>

namespace sonant {

// loss = sum_b (x_b - y_b)^2 / B.  docs/losses.md (4)    dx_b = 2 (x_b - y_b) / B
// Error for another number of targets, one that is not finite, and an empty batch.
template <Real T>
Var<T> mean_squared_error(Var<T> x, std::span<const double> targets);

// loss = 1 - CCC, the concordance correlation coefficient (Lin 1989),  docs/losses.md (5), (6)
//   CCC = 2 s_xy / D,  D = s_xx + s_yy + (m_x - m_y)^2,
// with means m and (co)variances s over the batch, divided by B. It lies in [0,2].
//   dx_b = -2 / (B D) (y_b - m_y - CCC (x_b - m_y))
// Where D is 0 (all x and y are one number) CCC counts as 0, and dx is 0.
// Error as above, and for a batch of one, which has no variance.
template <Real T>
Var<T> concordance_loss(Var<T> x, std::span<const double> targets);

}  // namespace sonant
