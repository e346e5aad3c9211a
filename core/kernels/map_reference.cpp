// The kernels over maps for the plain architecture, by themselves: in map.cpp, where the rows of
// all instruction sets are named, the bodies would be compiled for every one of them.
#include <sonant/core/kernels/map_body.h>

namespace sonant::kernels {

template struct SimdMap<Isa::scalar, float>;
template struct SimdMap<Isa::scalar, double>;

}  // namespace sonant::kernels
