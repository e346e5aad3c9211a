// The parts that reports of several kinds share.
#pragma once

#include <string>
#include <vector>

#include <sonant/train/config.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/metrics.h>

namespace sonant::report {

using Rows = std::vector<std::pair<std::string, std::string>>;

// A figure in large letters. `main`: the one that counts.
std::string score(const std::string& value, const std::string& caption, bool main = false);
// "UAR 62.3 %", "CCC 0.412".
std::string figure_text(bool of_classes, double figure);
std::string notice(const std::string& text);
// What a reader of any figures on this corpus and with these settings must know; may be empty.
std::string corpus_notices(const DataFacts& data);
std::string page_end();

// Of `runs` trainings that judged the same files: m has their counts together, shown is the mean,
// so that a class has as many files as it has everywhere else on the page.
std::string confusion_table(const ConfusionMatrix& m, const std::vector<std::string>& names,
                            std::size_t runs = 1);
std::string worst_confused(const ConfusionMatrix& m, const std::vector<std::string>& names,
                           std::size_t runs = 1);

// <td>s: a bar as long as the share, with more HTML in it, and the share in per cent.
std::string bar_cells(double share, const std::string& css = "", const std::string& after = "",
                      int digits = 0);
// A line over such a bar, from the least to the most.
std::string range_bar(double low, double high);
std::string class_bars(const Metrics& m, const std::vector<std::string>& names);

Rows config_rows(const TrainConfig& config);
Rows feature_rows(const FeatureSettings& features);

}  // namespace sonant::report
