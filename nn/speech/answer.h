// What a head of a model says of a sound: a class, or a number.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sonant {

// What a head's outputs mean.
struct HeadLabels {
  std::string head = {};                      // its name in the model
  std::vector<std::string> class_names = {};  // of its outputs; empty: it is of one number
  std::string unit = {};                      // of that number, if it has one

  friend bool operator==(const HeadLabels&, const HeadLabels&) = default;
};

struct Answer {
  std::string head = {};
  // Of classes: the index of the likeliest, its name, and how likely each is; else empty.
  int label = 0;
  std::string name = {};
  std::vector<double> probabilities = {};  // [C]
  // Of numbers.
  double number = 0;
  std::string unit = {};

  bool of_classes() const { return !probabilities.empty(); }
};

// Scores are the head's outputs, before the softmax. Error, naming `what` was heard, if they are
// not finite.
Answer answer_of(const HeadLabels& labels, std::span<const float> scores, const std::string& what);

}  // namespace sonant
