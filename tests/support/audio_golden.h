// librosa's stages for one sound, and how far ours are from them.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <sonant/audio/decode.h>
#include <sonant/audio/frames.h>
#include <sonant/core/npz.h>

#include "support/files.h"

namespace sonant::test {

struct AudioGolden {
  std::string name;
  Npz stages;
  std::string prefix;  // of the arrays' names
  Sound sound;

  Tensor<double> stage(const std::string& stage_name) const {
    return stages.real(prefix + stage_name);
  }
};

// "syn_chirp" (48 kHz), "syn_click" (44.1 kHz) or "syn_noise" (16 kHz), in tests/golden/audio.
inline AudioGolden audio_golden(const std::string& name) {
  const std::filesystem::path base = golden("audio/" + name);
  return {name, Npz::read(base.string() + ".npz"), "", decode(base.string() + ".wav")};
}

inline const std::vector<std::string>& audio_golden_names() {
  static const std::vector<std::string> names{"syn_chirp", "syn_click", "syn_noise"};
  return names;
}

// max |a - b| over a (frames, rows) matrix of ours and a (rows, frames) array of librosa's;
// infinity if their sizes differ.
inline double max_difference(const FrameMatrix& ours, const Tensor<double>& theirs) {
  if (theirs.rank() != 2 || ours.rows() != theirs.dim(0) || ours.frames() != theirs.dim(1))
    return HUGE_VAL;
  double worst = 0;
  for (int r = 0; r < ours.rows(); ++r)
    for (int t = 0; t < ours.frames(); ++t)
      worst = std::max(worst, std::abs(ours(t, r) - theirs(r, t)));
  return worst;
}

inline double max_magnitude(const Tensor<double>& x) {
  double largest = 0;
  for (const double v : x.span()) largest = std::max(largest, std::abs(v));
  return largest;
}

}  // namespace sonant::test
