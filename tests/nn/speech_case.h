// A small model, as speech may have one, and a sound for it.
#pragma once

#include <sonant/audio/frontends/log_mel.h>
#include <sonant/core/random.h>
#include <sonant/nn/speech/speech_model.h>

#include <string>
#include <vector>

namespace sonant::test {

inline LogMelSettings causal_log_mel() {
  return {.rate = 8000,
          .n_fft = 256,
          .win_length = 200,
          .hop = 80,
          .n_mels = 12,
          .fmin = 60,
          .fmax = 3800,
          .centred = false};
}

inline SpeechModel speech_case(const std::string& name = "reslstm-sa-h9",
                               const LogMelSettings& settings = causal_log_mel()) {
  SpeechModel m;
  m.features = FeatureSettings("log-mel", settings);
  m.classifier = make_model<float>(model_spec(name, settings.n_mels, 4), 5);
  m.classifier->eval();
  for (int f = 0; f < settings.n_mels; ++f) {
    m.normaliser.mean.push_back(-8 + 0.1 * f);
    m.normaliser.stddev.push_back(2 + 0.05 * f);
  }
  m.class_names = {"a", "b", "c", "d"};
  m.sample_rate = settings.rate;
  return m;
}

inline std::vector<double> noise(std::size_t samples, std::uint64_t seed = 1) {
  std::vector<double> x(samples);
  Random(seed).fill_normal(std::span(x), 0.0, 0.1);
  return x;
}

}  // namespace sonant::test
