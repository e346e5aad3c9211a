#include <cmath>
#include <iostream>

#include <sonant/nn/speech/speech_model_file.h>

int main(int argc, char** argv) {
  const sonant::SpeechModel model =
      sonant::load_model(argc > 1 ? argv[1] : "apps/models/reslstm-sa-h64.safetensors");
  const sonant::Prediction p =
      model.predict_file(argc > 2 ? argv[2] : "tests/golden/audio/syn_chirp.wav");
  for (const std::string& note : p.notes) std::cout << "note: " << note << '\n';
  for (std::size_t c = 0; c < p.probabilities.size(); ++c)
    std::cout << std::lround(100 * p.probabilities[c]) << "% " << model.class_names[c] << '\n';
  std::cout << p.name << '\n';
}
