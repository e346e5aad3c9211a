// Judgements as text: UAR, accuracy, recalls and the confusion matrix.
#pragma once

#include <sonant/train/metrics.h>

#include <string>
#include <vector>

namespace sonant::apps {

std::string metrics_text(const Metrics& metrics, const std::vector<std::string>& class_names);

}  // namespace sonant::apps
