// SAVEE (Haq & Jackson 2009).
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// DC/a01.wav, or DC_a01.wav in any folder below `dir`. Columns: emotion, gender (all are men) and
// statement (the number in the name).
Corpus read_savee(const std::filesystem::path& dir);

CorpusReader savee_reader();

}  // namespace sonant
