#include "golden_systems/front_ends.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <sonant/audio/features.h>
#include <sonant/audio/frontends/frames36.h>
#include <sonant/audio/frontends/light_sernet_mfcc.h>
#include <sonant/audio/mel.h>

namespace sonant {
namespace {

namespace fs = std::filesystem;

Sound sound_of(const Npz& npz) {
  const Tensor<double> samples = npz.real("samples");
  return {{samples.data(), samples.data() + samples.size()}, LightSernetMfcc::rate, 1};
}

void compare_mel(const Npz& npz, Comparison& seen) {
  const FilterBank bank = linear_mel_filter_bank(16000, 1024, 128, 80, 7600);
  Tensor<double> matrix({bank.columns, bank.rows()});
  for (int k = 0; k < bank.columns; ++k)
    for (int m = 0; m < bank.rows(); ++m) matrix(k, m) = bank(m, k);
  seen.add_absolute("mel_matrix", matrix, {1e-11, 0});
  if (!npz.has("nonzero_per_band")) return;
  Tensor<double> counts({bank.rows()});
  for (int m = 0; m < bank.rows(); ++m)
    for (int k = 0; k < bank.columns; ++k) counts[m] += bank(m, k) > 0 ? 1 : 0;
  const auto expected = npz.integers("nonzero_per_band");
  Tensor<double> wanted({bank.rows()});
  std::ranges::copy(expected, wanted.data());
  seen.add_line("nonzero_per_band", Comparison::whole(counts, wanted), 0);
}

void compare_mfcc(const Npz& npz, Comparison& seen) {
  const Sound sound = sound_of(npz);
  const auto mfcc = [&](const LightSernetMfccSettings& settings) {
    return LightSernetMfcc(settings)(sound);
  };
  seen.add_absolute("mfcc", mfcc({}), {1e-9, 0});
  seen.add_absolute("mfcc_q16", mfcc({.store_16bit = true}), {1e-9, 0});
  seen.add_absolute("mfcc_7s", mfcc({.clip_seconds = 7}), {1e-9, 0});
  seen.add_forgotten({"mfcc_q", "mfcc_7"});
}

// FEATURES.md 2: steps of the last digit may move a whole frame of these by one place.
bool may_flip(std::int64_t feature) { return feature == 0 || feature == 7 || feature >= 34; }

// Digital silence of a frame's length: its features are made of rounding errors there.
bool is_silent(const Sound& sound) {
  int zeros = 0;
  for (const double x : sound.samples) {
    zeros = x == 0 ? zeros + 1 : 0;
    if (zeros >= 400) return true;
  }
  return false;
}

// Each feature against its own maximum.
void compare_frames(const std::string& array, const Tensor<double>& got, const Npz& npz,
                    bool silent, Comparison& seen) {
  const Tensor<double> want = npz.real(array);
  if (got.shape() != want.shape())
    return seen.add_line(array, std::numeric_limits<double>::infinity(), 0);
  const auto names = Frames36().names();
  std::int64_t most_flipped = 0;
  for (std::int64_t f = 0; f < want.dim(1); ++f) {
    double largest = 1e-300, worst = 0;
    std::int64_t flipped = 0;
    for (std::int64_t t = 0; t < want.dim(0); ++t)
      largest = std::max(largest, std::abs(want(t, f)));
    const bool cepstrum = f >= 8 && f < 21;
    const double limit = !silent ? 1e-9 : cepstrum ? 1e-6 : 1e-8;
    for (std::int64_t t = 0; t < want.dim(0); ++t) {
      const double off = std::abs(got(t, f) - want(t, f)) / largest;
      if (may_flip(f) && off > limit)
        ++flipped;
      else if (!(off <= worst))
        worst = off;
    }
    most_flipped = std::max(most_flipped, flipped);
    seen.add_line(array + ", " + names.at(static_cast<std::size_t>(f)), worst, limit);
  }
  seen.add_line(array + ", share of frames where a step fell the other way",
                static_cast<double>(most_flipped) / static_cast<double>(want.dim(0)), 0.005);
}

void compare_features36(const fs::path& folder, const fs::path& file, const Npz& npz,
                        Comparison& seen) {
  // The sound is in the file itself, or with the other front end's numbers.
  const std::string name = file.string().substr(std::string("features36_").size());
  const Sound sound = sound_of(npz.has("samples") ? npz : Npz::read(folder / ("frontend_" + name)));
  FeatureSettings plain("frames36"), normalised("frames36");
  normalised.around.utterance = UtteranceNorm::mean_variance;
  const bool silent = is_silent(sound);
  compare_frames("features", extract_features(sound, plain), npz, silent, seen);
  if (npz.has("zscore"))
    compare_frames("zscore", extract_features(sound, normalised), npz, silent, seen);
}

void compare_names(const Npz& npz, Comparison& seen) {
  std::vector<std::string> names = Frames36().names();
  for (std::string& name : names) std::erase(name, ' ');  // "mfcc 0" there is mfcc0
  const bool same = npz.strings("names") == names;
  seen.add_line("names", same ? 0 : std::numeric_limits<double>::infinity(), 0);
}

}  // namespace

std::vector<SystemLine> check_front_ends(const fs::path& folder, const fs::path& file) {
  const std::string name = file.filename().string();
  const Npz npz = Npz::read(folder / file.filename());
  Comparison seen(npz, name, "double", false);
  if (name == "frontend_mel.npz")
    compare_mel(npz, seen);
  else if (name == "features36_tables.npz")
    compare_names(npz, seen);
  else if (name.starts_with("frontend_"))
    compare_mfcc(npz, seen);
  else
    compare_features36(folder, file.filename(), npz, seen);
  return std::move(seen.lines);
}

}  // namespace sonant
