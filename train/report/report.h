// One HTML file that tells how a run, an experiment or a search went: no script, no network, for
// screens of any width, light or dark, and for paper. docs/reports.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <sonant/train/experiment/cross_validation.h>
#include <sonant/train/experiment/embeddings.h>
#include <sonant/train/experiment/result.h>
#include <sonant/train/experiment/results_table.h>
#include <sonant/train/search/study.h>

namespace sonant {

// Each gives the whole page as UTF-8. Every text from outside (names, paths, reasons) is escaped.

// One training. `embeddings`: of its test speakers, for the picture of the utterances, or null.
std::string html_report(const RunResult& result, const Embeddings* embeddings = nullptr);

// Every fold with several seeds. `embeddings`: of some of its jobs, in the order they are shown.
// `others`: experiments that were compared with it, as compare_rows() leaves them, or none.
struct JobEmbeddings {
  int fold = 0;
  std::uint64_t seed = 0;
  Embeddings embeddings;
};
std::string html_report(const CvResult& result, const std::vector<JobEmbeddings>& embeddings = {},
                        const std::vector<TableRow>& others = {});

// A search. `importance`: the share of each parameter, or empty.
std::string html_report(const Study& study, const std::map<std::string, double>& importance = {});

// The page of what is there: the JSON result of `sonant train`, the folder or cv.json of `sonant
// cv`, the study file (or FILE#NAME) of `sonant tune`. Embeddings are taken from `embeddings` for a
// training, else from embeddings.safetensors beside the result, if it is there. Several runs: the
// page of the first, and the others compared with it; all are experiments of `sonant cv`. Error,
// naming the file, for anything else.
std::string html_report_of(const std::vector<std::string>& runs,
                           const std::filesystem::path& embeddings = {});

}  // namespace sonant
