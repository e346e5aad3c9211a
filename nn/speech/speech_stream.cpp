#include <sonant/nn/speech/speech_stream.h>

#include <algorithm>

#include <sonant/core/error.h>
#include <sonant/nn/class_scores.h>

namespace sonant {
namespace {

constexpr const char* kAt = "speech stream";

const Model<float>& classifier_of(const SpeechModel& model, int sample_rate) {
  const int own = FeatureExtractor(model.features).front_end().sample_rate();
  const int wanted = own > 0 ? own : model.sample_rate;
  check(wanted == 0 || sample_rate == wanted, kAt, "expects samples at the model's ", wanted,
        " Hz, got ", sample_rate, " Hz: resample() needs the whole sound");
  check(model.classifier != nullptr, kAt, "expects a model with a classifier");
  return *model.classifier;
}

}  // namespace

SpeechStream::SpeechStream(const SpeechModel& model, int sample_rate)
    : features_(model.features, sample_rate),
      normaliser_(model.normaliser),
      class_names_(model.class_names),
      stream_(classifier_of(model, sample_rate)) {}

void SpeechStream::push(std::span<const double> samples) {
  const Tensor<float> x = normaliser_.apply(features_.push(samples).to<float>());
  const auto width = static_cast<std::size_t>(features_.dims());
  for (std::size_t t = 0; t < static_cast<std::size_t>(x.dim(0)); ++t)
    stream_.push(x.span().subspan(t * width, width));
  stream_.prepare_next();
}

void SpeechStream::push(std::span<const float> samples) {
  push(std::vector<double>(samples.begin(), samples.end()));
}

Prediction SpeechStream::result() {
  const auto logits = stream_.result().logits;
  const Tensor<float> scores({1, stream_.classes()}, logits);
  Prediction p;
  p.probabilities = class_probabilities(scores, 0);
  check_answer(p.probabilities, "stream");
  p.label = predicted_class(scores, 0);
  p.name = class_names_.at(static_cast<std::size_t>(p.label));
  return p;
}

void SpeechStream::reset() {
  features_.reset();
  stream_.reset();
}

}  // namespace sonant
