// Figures that others published for RAVDESS, eight classes, unseen speakers; printed as published.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sonant {

// Krasnoproshin & Vashkevich 2026 (arXiv:2606.03359): UAR of the pooled predictions of five folds,
// over ten seeds. Settings were chosen by the same test speakers, and features normalised over all
// files: docs/results.md.
struct PublishedModel {
  std::string_view name;  // as in nn/models
  std::int64_t parameters;
  double mean, stddev, max;  // stddev of the population
};
std::span<const PublishedModel> published_models();
const PublishedModel* find_published(std::string_view model);  // null: none

// Other systems, as the same authors list them: one figure each.
struct PublishedSystem {
  std::string_view name, source;
  double millions;  // parameters, in millions; 0: not published
  double uar;
};
std::span<const PublishedSystem> published_systems();

}  // namespace sonant
