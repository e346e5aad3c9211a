// SpeechModel: from sound to label, with all that lies between. docs/run_a_model.md.
//
//   const SpeechModel model = load_model("model.safetensors");  // speech_model_file.h
//   std::cout << model.predict_file("speech.wav").name;
//
// A model that nobody changes may be used by any number of host threads at once: what predict()
// works with is its own, and what is shared behind it (filter banks, plans, the pools of threads
// and memory) has locks. A prediction has the same bits whoever else is at work. Of a SpeechStream
// each thread needs its own.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sonant/audio/decode.h>
#include <sonant/audio/features.h>
#include <sonant/audio/normaliser.h>
#include <sonant/nn/models/family.h>
#include <sonant/nn/speech/answer.h>

namespace sonant {

class SpeechStream;

// The answer of the model's main head, and of the others.
struct Prediction : Answer {
  std::vector<Answer> others = {};
  std::vector<double> attention = {};  // [T], how much each frame counted; sums to 1
  // What a person should know, each one line: the sound's own notes, that it was resampled, that it
  // is silent or far quieter than what the model learnt from.
  std::vector<std::string> notes = {};
};

// Classifier and front end together. A value that can be moved.
struct SpeechModel {
  std::unique_ptr<Model<float>> classifier;  // in evaluation mode after load_model()
  FeatureSettings features;
  Normaliser normaliser;
  std::vector<std::string> class_names;  // of the main head; empty: it is of a number
  std::string head = {};                 // which that is; "": the only one
  std::string unit = {};                 // of its number
  std::vector<HeadLabels> others = {};   // all other heads of the classifier
  int sample_rate = 0;                   // Hz, of the sounds it learnt from; 0: unknown
  // Where it comes from, as JSON text, which nothing here is computed from; "" if nobody says.
  // train/experiment/training_facts.h reads it.
  std::string facts;

  std::vector<HeadLabels> labels() const;  // of all heads, the main one first

  // The sound as the model knows sounds: at the rate of its front end or, if that takes any, at
  // sample_rate; as it is if that is unknown.
  Sound at_own_rate(Sound sound) const;
  // What a person should know of a sound recorded at `recorded` Hz: that it is resampled, and that
  // little is to be expected if it ends far below what the model hears (docs/results.md has
  // figures). Empty if it has the model's own rate.
  std::string remark_on_rate(int recorded) const;
  // What the classifier gets, (T,F): own rate -> features -> normalised, the bits it learnt from.
  Tensor<float> features_of(Sound sound) const;

  // Sound -> own rate -> features -> normalised -> class, alone in its batch. Error if the sound is
  // shorter than the features allow, cannot be resampled, or has a sample that is not finite.
  Prediction predict(Sound sound) const;
  // The same of mono samples in memory, full scale [-1, 1).
  Prediction predict(std::span<const float> samples, int sample_rate) const;
  Prediction predict(std::span<const double> samples, int sample_rate) const;
  // The same of what decode() reads: wav, flac, ogg, mp3. Error, naming the file.
  Prediction predict_file(const std::filesystem::path& file) const;

  // Answers while a sound is heard: speech_stream.h. Error that says why for a model that cannot.
  SpeechStream open_stream(int sample_rate) const;
};

}  // namespace sonant
