#include <sonant/nn/speech/speech_model.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include <sonant/audio/resample.h>
#include <sonant/core/error.h>
#include <sonant/core/finite.h>
#include <sonant/core/text.h>
#include <sonant/nn/speech/speech_stream.h>

namespace sonant {
namespace {

constexpr const char* kAt = "predict";

// Hz; 0: any.
int own_rate(const SpeechModel& model, const FrontEnd& front_end) {
  return front_end.sample_rate() > 0 ? front_end.sample_rate() : model.sample_rate;
}

Sound at_rate(Sound sound, int rate) {
  return rate == 0 ? std::move(sound) : resample(std::move(sound), rate);
}

// Of every one of RAVDESS's and EMO-DB's files the loudest frame lies above the average of all
// frames, speech and pauses; one whole deviation below it there is no speech that such a model has
// heard. Levels of its own utterance alone say nothing of that.
std::string remark_on_level(const Tensor<float>& normalised, const FrontEnd& front_end,
                            const SpeechModel& model) {
  const auto level = front_end.level();
  if (!level || model.features.around.utterance != UtteranceNorm::none || normalised.dim(0) < 1)
    return "";
  const int f = level->feature;
  float loudest = normalised(0, f);
  for (std::int64_t t = 0; t < normalised.dim(0); ++t)
    loudest = std::max(loudest, normalised(t, f));
  if (loudest >= -1) return "";
  const double decibels =
      -loudest * model.normaliser.stddev[static_cast<std::size_t>(f)] * level->decibels;
  return "far quieter than what the model learnt from: its loudest frame is " +
         std::to_string(std::lround(decibels)) + " dB below their average one; expect little";
}

std::string remark_on_rate(int recorded, const SpeechModel& model, const FrontEnd& front_end) {
  const int rate = own_rate(model, front_end);
  if (rate == 0 || recorded == rate || recorded == model.sample_rate) return "";
  std::string text = "resampled from " + std::to_string(recorded) + " Hz to the model's " +
                     std::to_string(rate) + " Hz";
  if (recorded / 2.0 < 2 * front_end.highest_hz(rate) / 3)
    text += ", but it is empty above " + std::to_string(recorded / 2) +
            " Hz, where the model listens too: expect little";
  return text;
}

Sound sound_of(std::span<const double> samples, int sample_rate) {
  return {std::vector<double>(samples.begin(), samples.end()), sample_rate, 1};
}

}  // namespace

std::vector<HeadLabels> SpeechModel::labels() const {
  std::vector<HeadLabels> all{
      {head.empty() ? classifier->spec().heads.front().name : head, class_names, unit}};
  all.insert(all.end(), others.begin(), others.end());
  return all;
}

Sound SpeechModel::at_own_rate(Sound sound) const {
  FeatureExtractor extract(features);
  return at_rate(std::move(sound), own_rate(*this, extract.front_end()));
}

std::string SpeechModel::remark_on_rate(int recorded) const {
  FeatureExtractor extract(features);
  return sonant::remark_on_rate(recorded, *this, extract.front_end());
}

Tensor<float> SpeechModel::features_of(Sound sound) const {
  FeatureExtractor extract(features);
  const int rate = own_rate(*this, extract.front_end());
  return normaliser.apply(extract(at_rate(std::move(sound), rate)).to<float>());
}

Prediction SpeechModel::predict(Sound sound) const {
  check(classifier && !classifier->training(), kAt,
        "expects a classifier in evaluation mode: call eval() once, before any thread predicts");
  check(sound.sample_rate >= 1 && all_finite(sound.samples), kAt,
        "expects finite samples at a rate of 1 Hz or more, got ", sound.samples.size(), " at ",
        sound.sample_rate, " Hz");
  FeatureExtractor extract(features);
  const FrontEnd& front_end = extract.front_end();
  Prediction p;
  p.notes = sound.notes;
  const std::string rate = sonant::remark_on_rate(sound.sample_rate, *this, front_end);
  if (!rate.empty()) p.notes.push_back(rate);
  const bool silent = std::adjacent_find(sound.samples.begin(), sound.samples.end(),
                                         std::not_equal_to<>()) == sound.samples.end();
  sound = at_rate(std::move(sound), own_rate(*this, front_end));
  Tensor<float> x = normaliser.apply(extract(sound).to<float>());
  const std::string level =
      silent ? "digital silence: every sample is the same" : remark_on_level(x, front_end, *this);
  if (!level.empty()) p.notes.push_back(level);
  const int steps = static_cast<int>(x.dim(0));
  Tape<float> tape(TapeMode::inference);
  const auto output =
      (*classifier)({tape.constant(std::move(x)), make_layout(std::span(&steps, 1))});
  const std::vector<HeadLabels> heads = labels();
  const auto answer = [&](const HeadLabels& of) {
    return answer_of(of, output.head(of.head).value().span(), "sound");
  };
  static_cast<Answer&>(p) = answer(heads.front());
  for (const HeadLabels& other : std::span(heads).subspan(1)) p.others.push_back(answer(other));
  if (output.has_attention()) {
    const auto weights = output.attention().value().span();
    p.attention.assign(weights.begin(), weights.end());
  }
  return p;
}

Prediction SpeechModel::predict(std::span<const double> samples, int rate) const {
  return predict(sound_of(samples, rate));
}

Prediction SpeechModel::predict(std::span<const float> samples, int rate) const {
  return predict(sound_of(std::vector<double>(samples.begin(), samples.end()), rate));
}

Prediction SpeechModel::predict_file(const std::filesystem::path& file) const {
  Sound sound = decode(file);
  try {
    return predict(std::move(sound));
  } catch (const Error& error) {
    throw Error(printable(file.native()) + ": " + error.what(), error.where());
  }
}

SpeechStream SpeechModel::open_stream(int rate) const { return SpeechStream(*this, rate); }

}  // namespace sonant
