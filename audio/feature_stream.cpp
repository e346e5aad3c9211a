#include <sonant/audio/feature_stream.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/core/finite.h>

namespace sonant {
namespace {

constexpr const char* kAt = "feature stream";

FrontEnd::Framing framing_of(const FeatureSettings& settings, FrontEnd& front_end) {
  const AroundFrontEnd& around = settings.around;
  check(around.speed == 1, kAt, "sounds are played ", around.speed,
        " times faster; expected speed = 1");
  check(around.seconds == 0, kAt, "every sound is brought to ", around.seconds,
        " s: that needs its end; expected seconds = 0");
  check(around.utterance == UtteranceNorm::none, kAt,
        "features are normalised by utterance: that needs its end; expected utterance = none");
  check(around.deltas == 0, kAt,
        "a delta looks at the frames behind it; expected features with deltas = 0");
  check(around.pool == 1, kAt, "every ", around.pool,
        " frames are averaged: that needs the last of them; expected features with pool = 1");
  const auto framing = front_end.framing();
  check(framing.has_value(), kAt, "the front end ", settings.front_end, " as it is set ",
        front_end.causal() ? "does not say which samples a frame is made of"
                           : "is not causal: its frames depend on what is behind them",
        "; expected one that can go along, as log-mel with centred = false");
  return *framing;
}

}  // namespace

FeatureStream::FeatureStream(const FeatureSettings& settings, int sample_rate)
    : extract_(settings),
      framing_(framing_of(settings, extract_.front_end())),
      dims_(static_cast<int>(extract_.names().size())) {
  const int wanted = extract_.front_end().sample_rate();
  check(sample_rate >= 1 && (wanted == 0 || sample_rate == wanted), kAt, "expects samples at ",
        wanted == 0 ? "a rate of 1 Hz or more" : std::to_string(wanted) + " Hz", ", got ",
        sample_rate, " Hz");
  heard_.sample_rate = sample_rate;
  heard_.channels = 1;
}

Tensor<double> FeatureStream::push(std::span<const double> samples) {
  check(all_finite(samples), kAt, "expects finite samples");
  const std::size_t skipped = std::min(skip_, samples.size());
  std::vector<double>& x = heard_.samples;
  x.insert(x.end(), samples.begin() + static_cast<std::ptrdiff_t>(skipped), samples.end());
  skip_ -= skipped;
  if (std::ssize(x) < framing_.length) return Tensor<double>({0, dims_});
  Tensor<double> features = extract_(heard_);
  const auto used = static_cast<std::size_t>(features.dim(0) * framing_.hop);
  const std::size_t gone = std::min(used, x.size());
  x.erase(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(gone));
  skip_ = used - gone;
  return features;
}

void FeatureStream::reset() {
  heard_.samples.clear();
  skip_ = 0;
}

}  // namespace sonant
