// TESS, the Toronto emotional speech set (Pichora-Fuller & Dupuis 2020).
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// OAF_back_angry.wav anywhere below `dir`, in capitals or not; OA_bite_neutral is OAF's. Columns:
// emotion (ps in names is pleasant surprise), gender (both are women) and statement (the word).
Corpus read_tess(const std::filesystem::path& dir);

CorpusReader tess_reader();

}  // namespace sonant
