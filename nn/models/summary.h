// A table of a model's layers.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <sonant/core/packed.h>
#include <sonant/nn/models/classifier.h>

namespace sonant {

struct SummaryRow {
  std::string name, kind, settings;  // "lstm1", "LSTM", "46 -> 46"
  std::string output;                // "(N,46)"; "" if the layer computed nothing on the tape
  std::int64_t parameters;           // trainable numbers
};

// The layers below `module`, in its order, with the shapes of what they computed on `tape` over a
// batch of that layout. N and B stand for the extents of its rows and sequences, which should
// therefore differ.
template <Real T>
std::vector<SummaryRow> summarise(Module<T>& module, const Tape<T>& tape,
                                  const PackedLayout& layout);
// Runs a small batch through a copy of the model to learn the shapes.
template <Real T>
std::vector<SummaryRow> summarise(const Classifier<T>& model);

// An aligned table with the total, one line per layer.
void print_summary(std::ostream& out, const std::vector<SummaryRow>& rows);

}  // namespace sonant
