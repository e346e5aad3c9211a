// Figures that others published, as published; none was measured here. They stand in
// apps/recipes/<publication>/published.csv, beside the recipe that repeats them.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sonant {

struct Published {
  static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

  std::string publication;      // the recipe's folder: "krasnoproshin2026"
  std::string corpus, system;   // "RAVDESS", "ResLSTM-SA h64"
  std::string model = {};       // as in nn/models, where its figure has a deviation to compare with
  std::int64_t parameters = 0;  // 0: not published
  std::string measure = "uar";  // or "accuracy", "macro_f1"
  double mean = 0, stddev = kUnknown, max = kUnknown;  // stddev of the population
  std::string source, caveat = {};                     // who says so; why it is another thing
};

// All there are, by publication.
std::span<const Published> published();
// The model's figure on this corpus; null: none.
const Published* find_published(std::string_view corpus, std::string_view model);

// A published.csv. Error with file and line for what is wrong in it.
std::vector<Published> parse_published(std::string_view text, const std::string& publication);

// Publication and text of each file, which the build puts into the library.
std::vector<std::pair<std::string, std::string_view>> published_texts();

}  // namespace sonant
