// CREMA-D (Cao et al. 2014).
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// 1001_DFA_ANG_XX.wav or .flac anywhere below `dir`. Columns: emotion (what the actor was asked
// for, not what the crowd heard), statement (DFA, IEO, ...), intensity (low, medium, high,
// unspecified), and gender if VideoDemographics.csv lies in `dir` or beside it. Four files that
// hold no speech, or all emotions, are left out, with a note.
Corpus read_crema_d(const std::filesystem::path& dir);

CorpusReader crema_d_reader();

}  // namespace sonant
