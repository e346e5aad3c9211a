// The rows of all shards of a batch, for what is not a sum over its sequences: losses, metrics.
#pragma once

#include <sonant/core/autograd.h>

namespace sonant {

// Row r of shard s of S becomes row s + r S of y.  dx = dy of the shard's own rows: every shard
// computes the same from y, so the derivatives by its parameters add up over the shards.
// x (b,C), as many rows as the shard has of the `batch` -> y (batch,C); x itself where the tape has
// no other shards. Error for another number of rows.
template <Real T>
Var<T> whole_batch(Var<T> x, std::int64_t batch);

}  // namespace sonant
