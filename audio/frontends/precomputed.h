// The front end "precomputed": features that another program has computed, one .npy or .npz file
// per utterance, named where a manifest names sounds.
#pragma once

#include <sonant/audio/front_end.h>

namespace sonant {

struct PrecomputedSettings {
  int width = 0;                   // F, numbers in a frame; must be said
  std::string array = "features";  // which array of an .npz
  double hop_seconds = 0;          // from frame to frame, for the reports; 0: unknown
  bool causal = false;             // what is known of how they were computed

  bool operator==(const PrecomputedSettings&) const = default;
};
SettingTable settings_of(const PrecomputedSettings&);

class Precomputed : public FrontEnd {
 public:
  // UsageError, naming the field, if a setting is out of its range.
  explicit Precomputed(const PrecomputedSettings& settings);

  std::vector<std::string> names() const override;   // "feature 0", ...
  Tensor<double> operator()(const Sound&) override;  // Error: it takes files, no sounds
  // (T,width) of a real or integer dtype. Error for another shape and for what is not finite.
  Tensor<double> read(const std::filesystem::path& file) override;
  bool causal() const override { return settings_.causal; }
  double hop_seconds(int) const override { return settings_.hop_seconds; }

 private:
  PrecomputedSettings settings_;
};

FrontEndRow precomputed_row();

}  // namespace sonant
