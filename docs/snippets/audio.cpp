// Two seconds of a tone, its features, and the pitch class that they name.
#include <sonant/audio/frontends/mfcc_chroma.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numbers>

int main() {
  sonant::Sound sound{{}, 16000, 1};  // or sonant::decode("speech.flac")
  for (int i = 0; i < 2 * sound.sample_rate; ++i)
    sound.samples.push_back(0.3 * std::sin(2 * std::numbers::pi * 445.0 * i / sound.sample_rate));

  sonant::MfccChromaSettings settings;  // every parameter has a default: those of ResLSTM-SA
  sonant::MfccChroma extract(settings);
  const sonant::Tensor<double> features = extract(sound);  // (T, 46)

  const double* chroma = &features(7, settings.n_mfcc);
  const auto loudest = std::max_element(chroma, chroma + settings.chroma.n_chroma) - chroma;
  std::cout << features.dim(0) << " frames of " << features.dim(1)
            << " features; frame 7 is in pitch class " << loudest << " (A is 9), tuned "
            << extract.found()[0].second << " semitones above A = 440 Hz\n";
  return loudest == 9 ? 0 : 1;
}
