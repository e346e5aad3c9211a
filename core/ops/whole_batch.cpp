#include <sonant/core/ops/whole_batch.h>

#include <algorithm>

namespace sonant {

// x (b,C) -> y (B,C)    saves: nothing
template <Real T>
Var<T> whole_batch(Var<T> x, std::int64_t batch) {
  check(x.rank() == 2, "whole_batch", "expects x (b,C), got ", x.shape());
  Exchange* const others = x.tape().exchange();
  const std::int64_t width = x.dim(1), S = others ? others->shards() : 1;
  const std::int64_t mine = others ? others->shard() : 0, most = (batch + S - 1) / S;
  const std::int64_t rows = (batch - mine + S - 1) / S;
  check(x.dim(0) == rows, "whole_batch", "expects ", rows, " of ", batch, " rows, got ", x.shape());
  if (others == nullptr) return x;
  // Shards may differ by a row, which is sent as zeros.
  PoolVector<double> sent(static_cast<std::size_t>(most * width), 0.0), all(sent.size() * S);
  std::ranges::copy(x.value().span(), sent.begin());
  others->gather(sent, all);
  auto y = Tensor<T>::uninitialized({batch, width});
  for (std::int64_t b = 0; b < batch; ++b) {
    const double* row = all.data() + (b % S * most + b / S) * width;
    for (std::int64_t c = 0; c < width; ++c) y[b * width + c] = static_cast<T>(row[c]);
  }
  return x.tape().record("whole_batch", {x}, std::move(y), [mine, S, width](const Vjp<T>& v) {
    const T* dy = v.dout().data() + mine * width;
    Tensor<T>& dx = v.din();
    for (std::int64_t r = 0; r < dx.dim(0); ++r)
      for (std::int64_t c = 0; c < width; ++c) dx[r * width + c] += dy[r * S * width + c];
  });
}

template Var<float> whole_batch(Var<float>, std::int64_t);
template Var<double> whole_batch(Var<double>, std::int64_t);

}  // namespace sonant
