#include "print_metrics.h"

#include <fmt/format.h>
#include <sonant/core/numbers.h>
#include <sonant/core/text.h>

#include <algorithm>

#include "terminal.h"

namespace sonant::apps {

std::string metrics_text(const Metrics& metrics, const std::vector<std::string>& class_names) {
  std::vector<std::string> names;
  std::size_t width = 9;
  for (const std::string& name : class_names) {
    names.push_back(printable(name));
    width = std::max(width, columns(names.back()));
  }
  std::string text(width + 2, ' ');
  for (const std::string& name : names)
    text += padded(std::string(first_columns(name, 5)), 6, true);
  text += "   recall     F1\n";
  for (int label = 0; label < static_cast<int>(names.size()); ++label) {
    const auto& one = metrics.per_class[static_cast<std::size_t>(label)];
    text += padded(names[static_cast<std::size_t>(label)], width + 2);
    for (int predicted = 0; predicted < metrics.confusion.classes(); ++predicted) {
      const std::string cell = fmt::format("{:>6}", metrics.confusion(label, predicted));
      text += predicted == label ? styled(cell, "1", 1) : cell;
    }
    text += fmt::format("   {:>6.3f} {:>6.3f}\n", one.recall, one.f1);
  }
  text += fmt::format("\nUAR {}   accuracy {:.4f}   macro F1 {:.4f}   ({})\n",
                      styled(fmt::format("{:.4f}", metrics.uar), "1", 1), metrics.accuracy,
                      metrics.macro_f1, count_of(metrics.count, "utterance"));
  return text;
}

std::string metrics_text(const NumberMetrics& m) {
  return fmt::format("CCC {}   Pearson {:.4f}   RMSE {:.4g}   MAE {:.4g}   ({})\n",
                     styled(fmt::format("{:.4f}", m.ccc), "1", 1), m.pearson, m.rmse, m.mae,
                     count_of(m.count, "utterance"));
}

std::string metrics_text(const Evaluation& evaluation) {
  std::string text;
  const bool several = !evaluation.others.empty();
  for (const Evaluation* head : evaluation.all()) {
    if (several) text += (text.empty() ? "" : "\n") + printable(head->head) + ":\n";
    text += head->of_classes ? metrics_text(head->metrics, head->class_names)
                             : metrics_text(head->numbers);
  }
  return text;
}

}  // namespace sonant::apps
