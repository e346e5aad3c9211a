// The results table of a paper, from the folders of experiments.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sonant/train/cross_validation.h>
#include <sonant/train/published.h>

namespace sonant {

struct TableRow {
  std::filesystem::path run;
  CvResult result;
  const PublishedModel* published = nullptr;  // null: none for this model or corpus
  // (our mean - published mean) / published standard deviation
  double difference() const;
};

// Reads cv.json of every folder (or the file itself). Rows by corpus, protocol, family and width.
// Folders whose experiment is not finished are added to `unfinished`. Error if none is finished, or
// if one holds no experiment at all.
std::vector<TableRow> read_results(const std::vector<std::filesystem::path>& runs,
                                   std::vector<std::filesystem::path>& unfinished);

enum class TableFormat { text, markdown, json };
// One table per corpus. If `systems`, other systems' published figures below that of RAVDESS, which
// they are of, marked so.
std::string results_table(const std::vector<TableRow>& rows, TableFormat format, bool systems);

}  // namespace sonant
