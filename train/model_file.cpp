#include <sonant/train/model_file.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <sonant/audio/resample.h>
#include <sonant/core/usage.h>
#include <sonant/core/version.h>
#include <sonant/nn/state_dict.h>
#include <sonant/train/dataset.h>
#include <sonant/train/evaluate.h>
#include <sonant/train/json_body.h>

namespace sonant {
namespace {

constexpr int kFormat = 1;
constexpr const char* kAt = "model file";

Json facts_json(const TrainingFacts& f) {
  return {{"data", data_json(f.data)},
          {"config", to_json(f.config)},
          {"best_epoch", f.best_epoch},
          {"val_uar", f.val_uar},
          {"test_uar", f.test_uar},
          {"test_accuracy", f.test_accuracy},
          {"environment", environment_json(f.environment)}};
}

TrainingFacts facts_from(const Json& json) {
  return {data_from(json.at("data")),
          settings_from<TrainConfig>(json.at("config")),
          json.at("best_epoch"),
          number_from(json.at("val_uar")),
          number_from(json.at("test_uar")),
          number_from(json.at("test_accuracy")),
          environment_from(json.at("environment"))};
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

// The parts come from a file that anybody may have written.
void check_parts(const SpeechModel& m, const std::string& where) {
  const ModelSpec& spec = m.classifier->spec();
  const auto width = static_cast<std::size_t>(m.features.dims());
  check(spec.input == m.features.dims(), kAt, where, ": the model expects ", spec.input,
        " features, its feature settings give ", width);
  const int classes = spec.heads.front().outputs;
  check(static_cast<std::size_t>(classes) == m.class_names.size(), kAt, where, ": the model has ",
        classes, " outputs and ", m.class_names.size(), " class names");
  const std::set<std::string> distinct(m.class_names.begin(), m.class_names.end());
  check(distinct.size() == m.class_names.size(), kAt, where, ": two of the ", m.class_names.size(),
        " class names are the same");
  const Normaliser& n = m.normaliser;
  const bool positive =
      std::all_of(n.stddev.begin(), n.stddev.end(), [](double s) { return s > 0; });
  check(n.mean.size() == width && n.stddev.size() == width && all_finite(n.mean) &&
            all_finite(n.stddev) && positive,
        kAt, where, ": expected ", width, " finite means and positive deviations");
}

Json parsed(const Safetensors& file, const char* key) {
  check(file.metadata.contains(key), kAt, file.where(), ": the metadata lacks \"", key, "\"");
  return Json::parse(file.metadata.at(key));
}

SpeechModel parts_from(const Safetensors& file) {
  const int format = parsed(file, "sonant_model");
  check(format == kFormat, kAt, file.where(), ": expected format ", kFormat, ", got ", format);
  SpeechModel m;
  m.classifier = make_model<float>(model_spec_from(parsed(file, "architecture")), 0);
  m.features = features_from(parsed(file, "features"));
  parsed(file, "mean").get_to(m.normaliser.mean);
  parsed(file, "stddev").get_to(m.normaliser.stddev);
  parsed(file, "class_names").get_to(m.class_names);
  parsed(file, "sample_rate").get_to(m.sample_rate);
  m.facts = facts_from(parsed(file, "training"));
  return m;
}

// Of every one of RAVDESS's and EMO-DB's files the loudest frame lies above the average of all
// frames, speech and pauses; one whole deviation below it there is no speech that such a model has
// heard. Levels of its own utterance alone say nothing of that.
std::string remark_on_level(const Tensor<float>& normalised, const FeatureSettings& settings,
                            const Normaliser& normaliser) {
  const auto level = FeatureExtractor(settings).front_end().level();
  if (!level || settings.around.utterance != UtteranceNorm::none || normalised.dim(0) < 1)
    return "";
  const int f = level->feature;
  float loudest = normalised(0, f);
  for (std::int64_t t = 0; t < normalised.dim(0); ++t)
    loudest = std::max(loudest, normalised(t, f));
  if (loudest >= -1) return "";
  const double decibels =
      -loudest * normaliser.stddev[static_cast<std::size_t>(f)] * level->decibels;
  return "far quieter than what the model learnt from: its loudest frame is " +
         std::to_string(std::lround(decibels)) + " dB below their average one; expect little";
}

}  // namespace

Sound SpeechModel::at_own_rate(Sound sound) const {
  return sample_rate == 0 ? std::move(sound) : resample(std::move(sound), sample_rate);
}

std::string SpeechModel::remark_on_rate(int recorded) const {
  if (sample_rate == 0 || recorded == sample_rate) return "";
  std::string text = "resampled from " + std::to_string(recorded) + " Hz to the model's " +
                     std::to_string(sample_rate) + " Hz";
  const double listens_to = FeatureExtractor(features).front_end().highest_hz(sample_rate);
  if (recorded / 2.0 < 2 * listens_to / 3)
    text += ", but it is empty above " + std::to_string(recorded / 2) +
            " Hz, where the model listens too: expect little";
  return text;
}

Prediction SpeechModel::predict(Sound sound) const {
  Prediction p;
  p.notes = sound.notes;
  const std::string rate = remark_on_rate(sound.sample_rate);
  if (!rate.empty()) p.notes.push_back(rate);
  const bool silent = std::adjacent_find(sound.samples.begin(), sound.samples.end(),
                                         std::not_equal_to<>()) == sound.samples.end();
  Tensor<float> x = normalised_features(at_own_rate(std::move(sound)), features, normaliser);
  const std::string level = silent ? "digital silence: every sample is the same"
                                   : remark_on_level(x, features, normaliser);
  if (!level.empty()) p.notes.push_back(level);
  const int steps = static_cast<int>(x.dim(0));
  Tape<float> tape(TapeMode::inference);
  const auto output =
      (*classifier)({tape.constant(std::move(x)), make_layout(std::span(&steps, 1))});
  p.probabilities = class_probabilities(output.head().value(), 0);
  check_answer(p.probabilities, "sound");
  p.label = predicted_class(output.head().value(), 0);
  p.name = class_names.at(static_cast<std::size_t>(p.label));
  if (output.has_attention()) {
    const auto weights = output.attention().value().span();
    p.attention.assign(weights.begin(), weights.end());
  }
  return p;
}

void save_model(const SpeechModel& model, const std::filesystem::path& path) {
  check_parts(model, path.native());
  check(model.facts.best_epoch <= model.facts.config.epochs, kAt, path.native(),
        ": expects a best epoch of at most ", model.facts.config.epochs, ", got ",
        model.facts.best_epoch);
  Safetensors file;
  file.metadata = {
      {"format", "pt"},  // what PyTorch's tools look for: the tensors are laid out as theirs
      {"sonant_model", std::to_string(kFormat)},
      {"sonant_version", version()},
      {"architecture", to_json(model.classifier->spec()).dump()},
      {"features", to_json(model.features).dump()},
      {"mean", Json(model.normaliser.mean).dump()},
      {"stddev", Json(model.normaliser.stddev).dump()},
      {"class_names", Json(model.class_names).dump()},
      {"sample_rate", std::to_string(model.sample_rate)},
      {"training", facts_json(model.facts).dump()}};
  save_state_dict(*model.classifier, file);
  file.write(path);
}

SpeechModel load_model(const std::filesystem::path& path) {
  const Safetensors file = Safetensors::read(path);
  check(!file.metadata.contains("sonant_checkpoint"), kAt, path.native(),
        ": is the checkpoint of a training run; expected the model file that the finished run "
        "writes");
  check(file.metadata.contains("sonant_model"), kAt, path.native(),
        ": has weights but not what a model needs besides (architecture, features, classes); "
        "expected a file written by `sonant train`");
  SpeechModel model;
  try {
    model = parts_from(file);
  } catch (const JsonError& error) {
    fail(kAt, path.native(), ": the metadata is damaged: ", error.what());
  } catch (const UsageError& error) {  // the file's values, not the caller's
    fail(kAt, path.native(), ": the metadata is damaged: ", error.what());
  }
  check_parts(model, path.native());
  load_state_dict(*model.classifier, file, Strictness::strict, "",
                  model.facts.config.check_finite ? Numbers::finite : Numbers::any);
  model.classifier->eval();
  return model;
}

}  // namespace sonant
