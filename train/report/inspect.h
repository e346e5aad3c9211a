// What a model does with one sound, step by step: the numbers behind the signal-flow figure of
// Krasnoproshin & Vashkevich (DSPA 2026), from the model's own layers. docs/reports.md.
#pragma once

#include <string>
#include <vector>

#include <sonant/audio/decode.h>
#include <sonant/nn/lstm_trace.h>
#include <sonant/nn/speech/speech_model.h>

namespace sonant {

struct LayerInspection {
  std::string name;      // in the model: "lstm1"
  Tensor<float> output;  // (T,H), as the layer computed it
  LstmTrace inside;      // gates and cell, recomputed from weights and input in double
  std::string into;      // the op that takes the output next: "add", "soft_attention"
};

struct Inspection {
  Sound sound;                          // at the model's sample rate
  int recorded_rate = 0;                // Hz, that it had before
  Tensor<float> features;               // (T,F), normalised: what the model gets
  std::vector<LayerInspection> layers;  // from the input on
  std::vector<double> attention;        // [T], sums to 1; empty: the model has none
  std::vector<int> attended;            // attended_frames(attention)
  Answer answer;                        // of the model's main head, to the whole sound
  // (T,C): the probabilities, or (T,1): the number, as if the sound ended with frame t; empty for a
  // model that cannot be streamed.
  Tensor<double> so_far;
  // What of all this the model has not, and why; "" if nothing is missing.
  std::string missing;
};

// `model` must be in evaluation mode. Error for a sound that is too short for the features or
// longer than max_inspected_seconds.
inline constexpr double max_inspected_seconds = 120;
Inspection inspect(const SpeechModel& model, Sound sound);

// The fewest frames that together hold at least `share` of the attention, ascending. Of equal
// weights the earlier counts first.
std::vector<int> attended_frames(const std::vector<double>& attention, double share = 0.5);

// The page: one HTML file that loads nothing, with the sound in it. `file` is what it calls the
// sound. Every text from outside is escaped.
std::string html_inspection(const SpeechModel& model, const Inspection& inspection,
                            const std::string& file);

}  // namespace sonant
