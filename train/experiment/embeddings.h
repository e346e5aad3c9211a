// How a model sees utterances, beside what it was given: for plots of both.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include <sonant/audio/corpora/target.h>
#include <sonant/nn/models/model.h>
#include <sonant/train/dataset.h>

namespace sonant {

struct Embeddings {
  Tensor<float> embedding;     // (n,H), ClassifierOutput::embedding
  Tensor<float> feature_mean;  // (n,F), the utterance's normalised features averaged over time
  std::vector<int> labels;     // [n], the corpus' own, indices into class_names
  std::vector<std::string> class_names;
  std::vector<Target> others = {};  // further columns that were learnt, [n] values each
};

// Of the clips, in their order, in evaluation mode. The view must be normalised as for training.
Embeddings compute_embeddings(Model<float>& model, const DataView& view, std::span<const int> clips,
                              std::span<const Target> others = {});

// As a safetensors file with the tensors `embedding`, `feature_mean`, `label` and the class names
// in its metadata; each further column is a tensor `label.NAME` (-1: no value) with its class
// names, or `number.NAME` (NaN).
void save_embeddings(const Embeddings& embeddings, const std::filesystem::path& path);
// Error, naming the file, for anything else.
Embeddings load_embeddings(const std::filesystem::path& path);

}  // namespace sonant
