#include <sonant/nn/speech/speech_stream.h>

#include <algorithm>

#include <sonant/core/error.h>

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
      stream_(classifier_of(model, sample_rate), "", kAllHeads) {
  for (HeadLabels& labels : model.labels()) {
    std::size_t begin = 0;
    for (const Head& head : model.classifier->spec().heads) {
      const auto outputs = static_cast<std::size_t>(head.outputs);
      if (head.name == labels.head) parts_.push_back({std::move(labels), begin, outputs});
      begin += outputs;
    }
  }
}

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
  Prediction p;
  for (const Part& part : parts_) {
    Answer answer = answer_of(part.labels, logits.subspan(part.begin, part.outputs), "stream");
    if (&part == &parts_.front())
      static_cast<Answer&>(p) = std::move(answer);
    else
      p.others.push_back(std::move(answer));
  }
  return p;
}

void SpeechStream::reset() {
  features_.reset();
  stream_.reset();
}

}  // namespace sonant
