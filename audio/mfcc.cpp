#include <sonant/audio/mfcc.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <sonant/audio/cache.h>
#include <sonant/core/error.h>

namespace sonant {

void power_to_db(FrameMatrix& power, double amin, double top_db) {
  check(amin > 0, "power_to_db", "expects amin > 0, got ", amin);
  check(top_db >= 0, "power_to_db", "expects top_db >= 0, got ", top_db);
  // The frames that fill up the last block are silent: they sit at the floor and cannot be the
  // maximum.
  double loudest = -std::numeric_limits<double>::infinity();
  for (int b = 0; b < power.blocks(); ++b)
    for (double& s : power.block(b)) {
      s = 10.0 * std::log10(std::max(s, amin));  // in this order NaN stays NaN
      loudest = std::max(loudest, s);
    }
  for (int b = 0; b < power.blocks(); ++b)
    for (double& s : power.block(b)) s = std::max(s, loudest - top_db);
}

DenseMatrix dct_matrix(int n_coefficients, int n_bands) {
  check(1 <= n_coefficients && n_coefficients <= n_bands, "dct_matrix", "expects 1 to ", n_bands,
        " coefficients of ", n_bands, " bands, got ", n_coefficients);
  DenseMatrix dct{n_coefficients, n_bands, {}};
  for (int k = 0; k < n_coefficients; ++k)
    for (int m = 0; m < n_bands; ++m)
      dct.weights.push_back(std::sqrt((k == 0 ? 1.0 : 2.0) / n_bands) *
                            std::cos(std::numbers::pi * k * (2 * m + 1) / (2.0 * n_bands)));
  return dct;
}

std::shared_ptr<const DenseMatrix> cached_dct_matrix(int n_coefficients, int n_bands) {
  static Cache<std::pair<int, int>, DenseMatrix> cache(8);
  return cache.get({n_coefficients, n_bands}, [&] { return dct_matrix(n_coefficients, n_bands); });
}

}  // namespace sonant
