// What `sonant synth` renders, in whichever corpus' layout.
#pragma once

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// A folder with this note holds no speech: it is read by the reader of its layout, and called
// "synthetic" everywhere.
inline constexpr const char* kSyntheticNote = "SYNTHETIC.txt";

CorpusReader synthetic_reader();

}  // namespace sonant
