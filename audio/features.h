// From a sound to a model's input: a front end by name with its own settings, and what can be done
// around any of them: a fixed length before, normalisation by utterance and deltas behind.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sonant/audio/front_end.h>

namespace sonant {

// What is subtracted from, or divided out of, each feature of an utterance.
enum class UtteranceNorm { none, mean, mean_variance };
constexpr std::array<std::string_view, 3> words_of(UtteranceNorm) {
  return {"none", "mean", "mean-variance"};
}

// Around any front end. With m and s the mean and the population deviation of a feature over the
// utterance and a = utterance_share:
//   mean           x - a m
//   mean-variance  (x - a m) / s^a, and 0 where s <= 1e-10
// Deltas of width W by regression (Young et al., The HTK Book, eq. 5.16), frames at the ends
// repeated: d_t = sum_{n=1..W} n (x_{t+n} - x_{t-n}) / (2 sum n^2); those of order 2 are the deltas
// of the deltas. They stand behind the features, which they are computed from after normalisation.
// At last every `pool` frames, one after the other, become their mean, and so do the fewer that
// may remain at the end.
struct AroundFrontEnd {
  // How many times faster sounds are played before anything else, pitch and all.
  double speed = 1;
  // Seconds of sound that every utterance is brought to before anything else: the middle is kept,
  // or silence put round it, the odd sample at the end; 0: as long as it is.
  double seconds = 0;
  UtteranceNorm utterance = UtteranceNorm::none;
  double utterance_share = 1;
  int deltas = 0;  // order, 0 to 2
  int delta_width = 2;
  int pool = 1;

  bool operator==(const AroundFrontEnd&) const = default;
};
SettingTable settings_of(const AroundFrontEnd&);

struct FeatureSettings {
  std::string front_end = "librosa-mfcc-chroma";
  AnySettings own = find_front_end(front_end).settings;
  AroundFrontEnd around;

  FeatureSettings() = default;
  // The front end of that name with its defaults. UsageError for an unknown one.
  explicit FeatureSettings(const std::string& name);
  // With settings of its own: FeatureSettings("log-mel", LogMelSettings{.n_mels = 40}).
  FeatureSettings(const std::string& name, AnySettings its);

  int dims() const;  // F
  std::vector<std::string> names() const;
  bool operator==(const FeatureSettings&) const = default;
};

// {"front_end": NAME, ...}: its own settings and those around it, in one table. A file without
// "front_end" is of librosa-mfcc-chroma. JsonError for an unknown front end or key.
Json to_json(const FeatureSettings& settings);
FeatureSettings features_from(const Json& json);
// "hop: 2048 there, 512 here", or of the front ends; "" if none.
std::string first_difference(const FeatureSettings& there, const FeatureSettings& here);

// Reuses plans, filter banks and memory from sound to sound. One object per thread.
class FeatureExtractor {
 public:
  // UsageError, naming the field, if a setting is out of its range.
  explicit FeatureExtractor(const FeatureSettings& settings = FeatureSettings());

  // (T, F). Error if the front end cannot take the sound, or if a feature is not finite.
  Tensor<double> operator()(const Sound& sound);
  // For a front end of files.
  Tensor<double> read(const std::filesystem::path& file);

  const FeatureSettings& settings() const { return settings_; }
  FrontEnd& front_end() { return *front_end_; }
  std::vector<std::string> names() const;
  double hop_seconds(int sample_rate) const;  // from row to row; 0: unknown

 private:
  Tensor<double> behind(Tensor<double> features) const;

  FeatureSettings settings_;
  std::unique_ptr<FrontEnd> front_end_;
};

// One sound. For many, keep a FeatureExtractor.
Tensor<double> extract_features(const Sound& sound,
                                const FeatureSettings& settings = FeatureSettings());

}  // namespace sonant
