// IEMOCAP (Busso et al. 2008).
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// The release's tree, or a part of it, in `dir`: Session1/sentences/wav/<dialogue>/<turn>.wav with
// Session1/dialog/EmoEvaluation/<dialogue>.txt, which need not lie below `dir`. The label is the
// majority of the annotators; turns without one (xxx) are left out. A speaker is who speaks, the
// last letter of a turn's name, and not who wears the markers: Ses01_F.
// Columns: emotion, gender, session, dialogue, kind (improvised, scripted), valence, activation and
// dominance (means of the annotators, 1 to 5). Label sets: set-a, set-b and the improvised turns of
// each. Error for a dialogue without its label file, and for a label file that cannot be read.
Corpus read_iemocap(const std::filesystem::path& dir);

CorpusReader iemocap_reader();

}  // namespace sonant
