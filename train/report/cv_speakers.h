// What a page says of an experiment's speakers: how far its figures could be off because these were
// asked and not others, and how it stands beside other experiments on the same utterances.
#pragma once

#include <string>
#include <vector>

#include <sonant/train/experiment/results_table.h>

namespace sonant::report {

// Intervals of the pooled measures, and each speaker's UAR or CCC.
std::string speakers_section(const CvResult& result);
// "" without others.
std::string comparison_section(const CvResult& result, const std::vector<TableRow>& others);

}  // namespace sonant::report
