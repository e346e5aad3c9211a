// A made-up model with everything in it, for tones of tones.h: names that need escaping, a Padding
// and a kernel that are not the defaults.
#pragma once

#include <sonant/nn/speech/speech_model_file.h>
#include <sonant/train/experiment/training_facts.h>

#include "support/models.h"
#include "train/sample_result.h"
#include "train/tones.h"

namespace sonant::test {

inline SpeechModel sample_model(const std::string& name = "reslstm-sa-h6") {
  SpeechModel m;
  m.features = tone_features();
  m.classifier = make_model<float>(
      NamedModel{
          .name = name, .input = 22, .classes = 3, .dropout = 0.25, .padding = Padding::paper},
      3);
  m.classifier->eval();
  for (int f = 0; f < 22; ++f) {
    m.normaliser.mean.push_back(-3.0 / (f + 1));
    m.normaliser.stddev.push_back(10.0 / (f + 3));
  }
  m.class_names = {"low", "<middle>", "h\"igh"};
  m.sample_rate = 8000;
  const RunResult r = sample_result();
  m.facts = to_json(TrainingFacts{r.data, r.config, 7, 0.7, 0.65, 0.66, r.environment});
  return m;
}

}  // namespace sonant::test
