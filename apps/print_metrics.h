// Judgements as text: UAR, accuracy, recalls and the confusion matrix.
#pragma once

#include <sonant/train/experiment/result.h>

#include <string>
#include <vector>

namespace sonant::apps {

std::string metrics_text(const Metrics& metrics, const std::vector<std::string>& class_names);
std::string metrics_text(const NumberMetrics& metrics);
std::string metrics_text(const Evaluation& evaluation);  // of every head

}  // namespace sonant::apps
