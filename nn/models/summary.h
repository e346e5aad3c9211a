// A model's description as a table, with the number of parameters of each layer.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <sonant/nn/models/model.h>

namespace sonant {

struct SummaryRow {
  std::string name, op, inputs, settings;  // "lstm2", "lstm", "bn_residual", "layers 2"
  std::string output;                      // "(N,64)"
  std::string result;                      // "emotion", for the head of that name, or a tap
  std::int64_t parameters;                 // trainable numbers
};

// A row for each node of the model's graph.
template <Real T>
std::vector<SummaryRow> summarise(const Model<T>& model);

// An aligned table with the total, one line per row.
void print_summary(std::ostream& out, const std::vector<SummaryRow>& rows);

}  // namespace sonant
