// What a report shows of a head of numbers, and of each head beside the one that is watched.
#pragma once

#include <string>

#include <sonant/train/experiment/result.h>

namespace sonant::report {

// CCC, Pearson's correlation and the errors as large figures.
std::string number_scores(const NumberMetrics& m, const std::string& caption);
// Predicted over true numbers, with the line where both are the same.
std::string number_chart(const Evaluation& e);
// The section of a head, with its name as heading.
std::string head_section(const Evaluation& e);

}  // namespace sonant::report
