// CASIA's Mandarin emotional corpus (Institute of Automation, Chinese Academy of Sciences).
#pragma once

#include <filesystem>

#include <sonant/audio/corpora/reader.h>

namespace sonant {

// Whatever is laid out so that the path of a file below `dir` names one of the four speakers and
// one of the six emotions, each as a word of its own: liuchanhg/angry/201.wav,
// angry/201-angry-wangzhe, zhaoquanyin_happy_201; in the full corpus Chang.Liu and normal. Columns:
// emotion, gender and statement (the file's number, if it has one).
Corpus read_casia(const std::filesystem::path& dir);

CorpusReader casia_reader();

}  // namespace sonant
