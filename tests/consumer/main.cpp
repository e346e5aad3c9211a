// A program outside the tree: one call into each installed library.
#include <cstdio>

#include <sonant/core/tensor.h>

int main() {
  const sonant::Tensor<float> x({2, 3}, 1.0F);
  std::printf("a tensor of %lld numbers\n", static_cast<long long>(x.size()));
  return x.size() == 6 ? 0 : 1;
}
