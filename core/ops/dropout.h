// Inverted dropout.
#pragma once

#include <sonant/core/autograd.h>

namespace sonant {

// y = x m / (1 - p) with m = 0 with probability p, else 1; in evaluation (training false), and for
// p = 0, y is x itself.  dx = dy m / (1 - p).
// x of any shape; 0 <= p < 1, else an Error. Hinton et al., arXiv:1207.0580.
//
// m depends only on (tape.seed(), tape.step(), how many random ops this tape recorded before, the
// element's index; of a batch in shards, the shard): the same bits with any thread count and after
// a resume.
template <Real T>
Var<T> dropout(Var<T> x, double p, bool training);

}  // namespace sonant
