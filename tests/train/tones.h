// A tiny corpus for the training tests: tones whose pitch tells the class, from six "speakers".
#pragma once

#include <sonant/audio/decode.h>
#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/core/random.h>
#include <sonant/train/dataset.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "support/temp_folder.h"

namespace sonant::test {

inline constexpr int kToneSpeakers = 6, kToneClasses = 3, kToneTakes = 4;

// Features small enough for a model that trains in milliseconds.
inline FeatureSettings tone_features() {
  // 22 features
  MfccChromaSettings s;
  s.n_fft = 512;
  s.hop = 256;
  s.n_mels = 24;
  s.n_mfcc = 10;
  return FeatureSettings("librosa-mfcc-chroma", s);
}

// The same with one of its numbers changed.
inline FeatureSettings tone_features(const std::string& name, const Json& value) {
  FeatureSettings s = tone_features();
  s.own.view().set(*s.own.view().find(name), value);
  return s;
}

// 8 kHz, 0.15 to 0.3 s: a tone at 300, 600 or 1200 Hz, detuned by the speaker, in noise.
inline std::vector<double> tone(int label, int speaker, int take) {
  const Random random(7, static_cast<std::uint64_t>((speaker * 10 + label) * 10 + take));
  const auto n = static_cast<std::size_t>(1200 + 1200 * random.uniform(0));
  const double hertz = 300 * std::pow(2.0, label) * (1 + 0.02 * speaker);
  std::vector<double> samples(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000;
    samples[i] = 0.3 * std::sin(phase) + 0.05 * random.normal(i + 1);
  }
  return samples;
}

// Writes the sounds and a manifest with a split by speaker: 1-4 train, 5 validation, 6 test.
inline std::filesystem::path write_tones(const TempFolder& folder) {
  std::ofstream csv(folder / "tones.csv");
  csv << "path,label,speaker,split\n";
  const char* names[] = {"low", "middle", "high"};
  for (int speaker = 1; speaker <= kToneSpeakers; ++speaker) {
    const char* split = speaker == 5 ? "validation" : speaker == 6 ? "test" : "train";
    for (int label = 0; label < kToneClasses; ++label) {
      for (int take = 0; take < kToneTakes; ++take) {
        const std::string name = std::string("s") + std::to_string(speaker) + "_" + names[label] +
                                 "_" + std::to_string(take) + ".wav";
        write_wav(folder / name, tone(label, speaker, take), 8000);
        csv << name << ',' << names[label] << ',' << speaker << ',' << split << '\n';
      }
    }
  }
  return folder / "tones.csv";
}

inline Dataset tone_dataset() {
  const TempFolder folder;
  return load_dataset(open_corpus(write_tones(folder)), {.features = tone_features()});
}

}  // namespace sonant::test
