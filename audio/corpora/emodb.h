// EMO-DB (Burkhardt et al. 2005).
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// 03a01Fa.wav or .flac anywhere below `dir`. Columns: emotion, gender and text (a01 .. b10).
// class_names holds only the emotions that occur (a model should have no output that is never
// trained), in the order anger boredom disgust fear happiness sadness neutral (German initials
// W L E A F T N).
Corpus read_emodb(const std::filesystem::path& dir);

CorpusReader emodb_reader();

}  // namespace sonant
